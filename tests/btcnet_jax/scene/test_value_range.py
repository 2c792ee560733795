"""Between a cube's own values and [0, 1]: exact at the ends, rounded between, padded inside the range."""

import numpy as np
import pytest

from btcnet_jax.parts.whole_range import normalize_and_pad
from btcnet_jax.scene.value_range import ValueRange, denormalize, require_range


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.int8, np.uint16, np.int32])
def test_both_ends_of_an_integer_range_come_back_exactly(dtype):
    limits = np.iinfo(dtype)
    value_range = ValueRange(int(limits.min), int(limits.max))
    restored = denormalize(
        np.array([-0.5, 0.0, 1.0, 1.5], np.float32), value_range, np.dtype(dtype)
    )
    assert restored.dtype == dtype
    assert restored.tolist() == [limits.min, limits.min, limits.max, limits.max]


def test_integers_are_rounded_and_floats_are_not():
    middle = np.array([0.26], np.float32)
    assert denormalize(middle, ValueRange(0, 10), np.dtype("i2")).tolist() == [3]
    value = denormalize(middle, ValueRange(0.0, 10.0), np.dtype("f4"))[0]
    assert value == pytest.approx(2.6)


def test_padding_repeats_the_last_line_and_sample():
    cube = np.arange(5 * 3 * 2, dtype=np.int16).reshape(5, 3, 2)
    padded = normalize_and_pad(cube, require_range(cube), (4, 4))
    assert padded.shape == (8, 4, 2)
    assert (padded.min(), padded.max()) == (0, 1)
    np.testing.assert_array_equal(padded[5:], np.broadcast_to(padded[4], (3, 4, 2)))
    np.testing.assert_array_equal(padded[:, 3], padded[:, 2])


@pytest.mark.parametrize(
    ("dtype", "low"), [(np.uint64, 2**64 - 5000), (np.int64, 2**62), (np.int64, -(2**63))]
)
def test_large_integers_of_a_small_span_keep_every_value(dtype, low):
    cube = (np.arange(200, dtype=np.uint64) + np.uint64(low % 2**64)).astype(dtype)
    cube = cube.reshape(10, 4, 5)
    value_range = require_range(cube)
    padded = normalize_and_pad(cube, value_range, (1, 1))
    np.testing.assert_array_equal(denormalize(padded, value_range, cube.dtype), cube)
