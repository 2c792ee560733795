"""Masks that a user names, from every kind of file, and what is wrong with some."""

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from btcnet_jax.scene import Scene
from data_pipeline.readers.mask_file import read_mask, with_missing_named
from data_pipeline.writers import write_cube

MASK = np.arange(12).reshape(3, 4) % 3 > 0


@pytest.mark.parametrize("dtype", [bool, "uint8", "int16", "float32"])
def test_npy_of_two_axes(tmp_path, dtype):
    np.save(tmp_path / "m.npy", MASK.astype(dtype) * np.array(1, dtype))
    np.testing.assert_array_equal(read_mask(tmp_path / "m.npy", (3, 4)), MASK)


@pytest.mark.parametrize("suffix", [".tif", ".hdr", ".npy", ".npz", ".nc"])
def test_cubes_of_one_band(tmp_path, suffix):
    values = (MASK * 255).astype(np.uint8)[..., None]
    write_cube(tmp_path / f"m{suffix}", Scene(values=values))
    np.testing.assert_array_equal(read_mask(tmp_path / f"m{suffix}", (3, 4)), MASK)


def test_what_the_mask_lacks_itself_has_no_data(tmp_path):
    values = np.ones((3, 4, 1), np.uint8)
    values[0, 0] = 255
    write_cube(tmp_path / "m.tif", Scene(values=values, nodata=255))
    assert np.argwhere(~read_mask(tmp_path / "m.tif", (3, 4))).tolist() == [[0, 0]]
    np.save(tmp_path / "m.npy", np.where(MASK, 1, np.nan))
    np.testing.assert_array_equal(read_mask(tmp_path / "m.npy", (3, 4)), MASK)


def test_masks_of_another_shape_or_of_several_bands(tmp_path):
    np.save(tmp_path / "m.npy", MASK)
    with pytest.raises(DataError, match="the mask is 3 x 4 pixels, the scene 4 x 3"):
        read_mask(tmp_path / "m.npy", (4, 3))
    np.save(tmp_path / "m.npy", np.ones((3, 4, 2)))
    with pytest.raises(DataError, match="has 2 bands, a mask has one"):
        read_mask(tmp_path / "m.npy", (3, 4))
    (tmp_path / "m.npy").write_bytes(b"no array")
    with pytest.raises(DataError, match="not a readable"):
        read_mask(tmp_path / "m.npy", (3, 4))


def test_both_named_at_once(tmp_path):
    scene = Scene(values=np.arange(24, dtype=np.uint8).reshape(3, 4, 2), name="s")
    np.save(tmp_path / "m.npy", MASK)
    named = with_missing_named(scene, nodata=23, mask=tmp_path / "m.npy")
    np.testing.assert_array_equal(named.mask, MASK)
    assert named.nodata == 23
    np.save(tmp_path / "m.npy", MASK * 0)
    with pytest.raises(DataError, match="no sample is valid"):
        with_missing_named(scene, mask=tmp_path / "m.npy")
    with pytest.raises(DataError, match="nodata -9999 is no value of uint8"):
        with_missing_named(scene, nodata=-9999)
