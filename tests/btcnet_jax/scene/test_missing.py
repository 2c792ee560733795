"""Missing data that a user names, and numpy's masked arrays."""

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from btcnet_jax.scene import Scene, with_missing


def scene(dtype="int16", **known):
    return Scene(values=np.arange(24).reshape(3, 4, 2).astype(dtype), name="s", **known)


def test_what_the_user_names_joins_what_the_file_declares():
    left, top = np.ones((3, 4), bool), np.ones((3, 4), bool)
    left[:, 0], top[0] = False, False
    named = with_missing(scene(mask=left, nodata=5), nodata=23.0, mask=top)
    assert named.nodata == 23
    assert isinstance(named.nodata, int)
    np.testing.assert_array_equal(named.mask, left & top)
    expected = np.repeat((left & top)[..., None], 2, axis=2)
    expected[2, 3, 1] = False
    np.testing.assert_array_equal(named.valid(), expected)


def test_nothing_named_changes_nothing():
    given = scene(nodata=7)
    assert with_missing(given).info() == given.info()


@pytest.mark.parametrize(
    ("dtype", "nodata"),
    [("uint8", -9999), ("int16", 0.5), ("int16", float("nan")), ("float32", 1e300)],
)
def test_nodata_that_the_type_cannot_hold(dtype, nodata):
    with pytest.raises(DataError, match=f"is no value of {dtype}"):
        with_missing(scene(dtype), nodata=nodata)


@pytest.mark.parametrize("nodata", [float("nan"), float("inf"), -3.4028234663852886e38])
def test_nodata_of_floats(nodata):
    values = scene("float32").values
    values[0, 0] = nodata
    assert not with_missing(Scene(values=values), nodata=nodata).valid()[0, 0].any()


@pytest.mark.parametrize(
    "mask", [np.ones((4, 3), bool), np.ones((3, 4), np.uint8), np.ones((3, 4, 2), bool)]
)
def test_masks_of_another_shape_or_type(mask):
    with pytest.raises(DataError, match=r"the mask is .*, the scene 3 x 4 pixels"):
        with_missing(scene(), mask=mask)


def test_nothing_left():
    with pytest.raises(DataError, match="no sample is valid"):
        with_missing(scene(), mask=np.zeros((3, 4), bool))
    # An empty tile is no mistake.
    assert not with_missing(Scene(values=np.full((2, 2, 2), -1.0)), nodata=-1).valid().any()


def test_masked_arrays_give_their_mask_to_the_scene():
    masked = np.zeros((3, 4, 5), bool)
    masked[..., 3] = masked[1, 2, 0] = True
    values = np.ma.masked_array(np.arange(60).reshape(3, 4, 5), masked)
    made = Scene(values=values, band_mask=np.array([False, True, True, True, True]))
    assert type(made.values) is np.ndarray
    assert made.values[1, 2, 0] == 30
    np.testing.assert_array_equal(made.mask, ~masked)
    masked[...] = False
    masked[1, 2] = True
    alike = Scene(values=np.ma.masked_array(np.arange(60).reshape(3, 4, 5), masked))
    assert np.argwhere(~alike.mask).tolist() == [[1, 2]]


def test_masked_arrays_without_a_masked_sample_or_without_another():
    values = np.ma.masked_array(np.ones((3, 4, 5)))
    assert Scene(values=values).mask is None
    values[...] = np.ma.masked
    assert not Scene(values=values).mask.any()
