"""The value that tells missing samples, where a scene tells them otherwise."""

import io

import numpy as np
import pytest

from btcnet_jax.codec import Rate
from btcnet_jax.scene import Scene
from btcnet_jax.scene.facts import SceneFacts

xarray = pytest.importorskip("xarray", reason="xarray is not installed: extra arrays")

from btcnet_arrays.fill_value import fill_value_of  # noqa: E402
from btcnet_arrays.xarray_backend import BtcnetBackend  # noqa: E402

_MASK = np.arange(16).reshape(4, 4) != 5


def _fill(values, nodata=None, mask=None):
    scene = Scene(values=np.asarray(values).reshape(4, 4, 1), nodata=nodata, mask=mask)
    return fill_value_of(SceneFacts.of(scene, constant_bands=True), nodata)


_RAMP = np.arange(16)


@pytest.mark.parametrize(
    ("values", "nodata", "mask", "value", "replaces"),
    [
        (_RAMP.astype("i2"), None, None, None, False),
        (_RAMP.astype("i2"), -1, None, -1, False),
        (_RAMP.astype("i2"), 0, None, 0, False),
        (_RAMP.astype("i2"), 7, None, 32767, True),
        (_RAMP.astype("i2"), None, _MASK, 32767, True),
        (_RAMP.astype("i2"), -1, _MASK, -1, True),
        ((_RAMP * 17).astype("u1"), None, _MASK, None, False),
        ((_RAMP * 17).astype("u1"), 0, _MASK, 0, True),
        ((_RAMP + 240).astype("u1"), None, _MASK, 0, True),
        (_RAMP.astype("f4"), None, None, None, False),
        (_RAMP.astype("f4"), None, _MASK, np.nan, True),
        (np.where(_RAMP == 3, np.nan, _RAMP).astype("f4"), None, None, np.nan, False),
        (_RAMP.astype("f4"), -1.0, _MASK, -1, True),
    ],
)
def test_it_is_one_that_no_datum_can_take(values, nodata, mask, value, replaces):
    found = _fill(values, nodata, mask)
    assert found.replaces == replaces
    if value is None:
        assert found.value is None
    else:
        assert found.value.dtype == values.dtype
        np.testing.assert_equal(float(found.value), float(value))


@pytest.fixture(scope="module")
def masked(values):
    """Samples below a mask, which hold numbers like all others."""
    return np.abs(values[:16, :16, :3]), values[:16, :16, 0] % 7 != 0


def _opened(tiled, scene, **options):
    data = tiled.compress(scene, Rate(9.0))
    return xarray.open_dataset(io.BytesIO(data), engine=BtcnetBackend, **options)


def test_what_is_masked_is_nan(tiled, masked):
    values, mask = masked
    dataset = _opened(tiled, Scene(values=values, mask=mask))
    np.testing.assert_array_equal(np.isnan(dataset["cube"].values), np.stack([~mask] * 3))
    cube = _opened(tiled, Scene(values=values, mask=mask), mask_and_scale=False)["cube"]
    assert cube.attrs["_FillValue"] == 32767
    np.testing.assert_array_equal(cube.values == 32767, np.stack([~mask] * 3))


def test_where_no_value_is_free_a_variable_tells(tiled, masked):
    values, mask = masked
    full = (values % 256).astype(np.uint8)
    full[0, 0], full[0, 1] = 0, 255
    mask[0, :2] = True
    dataset = _opened(tiled, Scene(values=full, mask=mask))
    assert "_FillValue" not in dataset["cube"].attrs | dataset["cube"].encoding
    assert dataset["cube"].attrs["ancillary_variables"] == "valid"
    np.testing.assert_array_equal(dataset["valid"].values, np.stack([mask] * 3))
    np.testing.assert_array_equal(dataset["cube"].values[:, ~mask], full[~mask].T)
