"""The mask of lines that come in groups is that of the whole scene, byte for byte."""

import numpy as np
import pytest

from btcnet_jax.container.growing_mask import GrowingMask
from btcnet_jax.container.mask import pack_mask, unpack_mask
from btcnet_jax.scene import Scene
from btcnet_jax.scene.missing_samples import find_missing

SHAPE = (23, 13, 6)


def grown(values, nodata=None, mask=None, size=5):
    growing = GrowingMask(*values.shape[1:], values.dtype, nodata)
    for start in range(0, len(values), size):
        rows = slice(start, start + size)
        part = None if mask is None else mask[rows]
        scene = Scene(values=values[rows], mask=part, nodata=nodata)
        growing.add(len(values[rows]), find_missing(scene))
    return growing


@pytest.fixture
def values():
    return np.random.default_rng(0).integers(1, 99, SHAPE).astype(np.int16)


def test_nothing_is_missing(values):
    growing = grown(values)
    assert (growing.pack(), growing.count, growing.exact) == (b"", 0, True)


@pytest.mark.parametrize("size", [1, 5, 23])
def test_one_value_in_planes_that_part_later(values, size):
    values[3:9, 4:] = -1
    values[17, 2, 4] = values[20, :, 1] = -1
    growing = grown(values, -1, size=size)
    assert growing.pack() == pack_mask(find_missing(Scene(values=values, nodata=-1)))
    assert growing.count == (values == -1).sum()


@pytest.mark.parametrize("size", [1, 5, 23])
def test_several_values_that_come_one_after_another(values, size):
    floats = values.astype(np.float32)
    floats[4, 3:7] = np.inf
    floats[15, 2, 1] = np.nan
    floats[16:19, :, 5] = -np.inf
    growing = grown(floats, 7.0, size=size)
    assert growing.pack() == pack_mask(find_missing(Scene(values=floats, nodata=7.0)))


def test_more_values_than_can_be_kept():
    values = np.arange(30 * 40 * 2, dtype=np.int32).reshape(30, 40, 2)
    mask = np.ones((30, 40), bool)
    mask[2:12, 5:25] = mask[20:, 30:] = False
    for nodata, fill in ((None, 0), (-5, -5)):
        growing = grown(values, nodata, mask, size=4)
        assert not growing.exact
        found = unpack_mask(growing.pack(), values.shape, values.dtype)
        np.testing.assert_array_equal(found.planes[0] > 0, ~mask)
        assert found.fills.tolist() == [fill]
