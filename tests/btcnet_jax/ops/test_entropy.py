"""The entropy of each channel's histogram."""

import jax
import numpy as np
import pytest

from btcnet_jax.ops.entropy import zero_order_bits


def test_bits_are_those_of_an_ideal_table_of_each_channel():
    random = np.random.default_rng(0)
    indices = np.stack(
        [
            random.integers(0, 8, (2, 30, 20)),
            np.full((2, 30, 20), 7),
            random.integers(2, 4, (2, 30, 20)),
        ],
        axis=-1,
    ).astype(np.int32)
    expected = 0.0
    for channel in range(3):
        _, counts = np.unique(indices[..., channel], return_counts=True)
        expected -= np.sum(counts * np.log2(counts / counts.sum()))
    bits = jax.jit(zero_order_bits, static_argnums=1)(indices, 3)
    assert float(bits) == pytest.approx(expected, rel=1e-5)
