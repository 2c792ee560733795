"""Centers and groups of channels."""

import numpy as np

from btcnet_jax.coding.channel_grouping import channel_centers, group_channels, shift_counts


def counts_of(planes):
    return np.stack([np.bincount(plane, minlength=256) for plane in planes])


def test_center_is_the_median():
    rng = np.random.default_rng(0)
    planes = rng.integers(0, 256, (5, 101))
    np.testing.assert_array_equal(channel_centers(counts_of(planes)), np.median(planes, axis=1))


def test_shifting_counts_is_shifting_symbols():
    rng = np.random.default_rng(1)
    planes, shifts = rng.integers(0, 256, (3, 50)), np.array([5, -200, 0])
    np.testing.assert_array_equal(
        shift_counts(counts_of(planes), shifts), counts_of((planes + shifts[:, None]) % 256)
    )


def test_channels_of_like_spread_share_a_group():
    rng = np.random.default_rng(2)
    scales = np.array([30, 1, 30, 1, 30, 1])
    planes = np.clip(np.rint(128 + rng.laplace(0, scales[:, None], (6, 625))), 0, 255)
    np.testing.assert_array_equal(
        group_channels(counts_of(planes.astype(np.int64))), [1, 0, 1, 0, 1, 0]
    )


def test_groups_multiply_with_the_symbols():
    rng = np.random.default_rng(3)
    scales = np.linspace(5, 8, 10)[:, None]
    planes = np.clip(np.rint(128 + rng.laplace(0, scales, (10, 10**5))), 0, 255).astype(np.int64)
    few, many = group_channels(counts_of(planes[:, :200])), group_channels(counts_of(planes))
    assert few.max() + 1 < many.max() + 1 <= 10
