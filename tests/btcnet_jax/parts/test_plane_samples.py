"""Samples of planes: as the matrix, the range and the type say, whatever the size."""

import numpy as np
import pytest

from btcnet_jax.errors import FileFormatError
from btcnet_jax.parts.plane_samples import samples_of_planes
from btcnet_jax.scene.value_range import ValueRange, denormalize

RANGES = {
    "u1": ValueRange(3, 250),
    "i2": ValueRange(-300, 9000),
    "u2": ValueRange(0, 65535),
    "i4": ValueRange(-(2**31), 2**31 - 1),
    "u4": ValueRange(7, 2**32 - 1),
    "i8": ValueRange(-(2**62), 2**62),
    "u8": ValueRange(0, 2**64 - 1),
    "f4": ValueRange(-1e30, 1e30),
    "f8": ValueRange(-1e200, 1e200),
}


def _given(bands=5, planes=3, shape=(4, 37)):
    random = np.random.default_rng(0)
    matrix = random.normal(0, 0.2, (planes + 1, bands))
    matrix[0] += 0.5
    return matrix, random.normal(0, 1, (*shape, planes))


def _plain(matrix, planes, value_range, dtype):
    return denormalize(planes @ matrix[1:] + matrix[0], value_range, dtype)


@pytest.mark.parametrize("name", RANGES)
def test_samples_are_those_of_the_matrix(name):
    dtype, value_range = np.dtype(name), RANGES[name]
    matrix, planes = _given()
    samples = samples_of_planes(matrix, value_range, dtype)(planes)
    cube = np.empty(samples.shape, dtype)
    cube[...] = samples
    expected = _plain(matrix, planes, value_range, dtype)
    # Both ends are reached: some samples are clipped.
    assert cube.min() == value_range.minimum
    assert cube.max() == value_range.maximum
    if dtype.kind == "f" or dtype.itemsize > 4:
        # One in 2**53 of the range.
        span = float(value_range.maximum) - float(value_range.minimum)
        np.testing.assert_allclose(cube.astype(float), expected.astype(float), atol=1e-14 * span)
    else:
        assert np.abs(cube.astype(np.int64) - expected.astype(np.int64)).max() <= 1


@pytest.mark.parametrize(("bands", "planes"), [(1, 1), (500, 60), (3000, 200), (4, 0)])
@pytest.mark.parametrize("shape", [(1, 1), (3, 33), (8, 32)])
def test_any_number_of_pixels_bands_and_planes(bands, planes, shape):
    matrix, given = _given(bands, planes, shape)
    matrix /= 10 * max(planes, 1) ** 0.5
    value_range = ValueRange(-1e6, 1e6)
    samples = samples_of_planes(matrix, value_range, np.dtype("f8"))(given)
    expected = _plain(matrix, given, value_range, np.dtype("f8"))
    np.testing.assert_allclose(samples, expected, atol=1e-6)
    assert samples.shape == (*shape, bands)


def test_planes_may_lie_in_memory_in_any_way():
    matrix, planes = _given()
    samples = samples_of_planes(matrix, ValueRange(0, 4000), np.dtype("i2"))
    lying = np.moveaxis(np.ascontiguousarray(np.moveaxis(planes, 2, 0)), 0, 2)
    np.testing.assert_array_equal(samples(lying), samples(planes))
    # Nothing of what was given is changed.
    np.testing.assert_array_equal(planes, _given()[1])


def test_what_is_no_number_stays_none_or_is_refused():
    matrix, planes = _given()
    planes[1, 2, 0] = np.nan
    for name in ("i2", "i4", "f4"):
        samples = samples_of_planes(matrix, RANGES[name], np.dtype(name))(planes)
        assert np.isnan(samples[1, 2]).all()
        assert np.isnan(samples).sum() == samples.shape[2]
    with pytest.raises(FileFormatError, match="no numbers"):
        samples_of_planes(matrix, RANGES["i8"], np.dtype("i8"))(planes)
