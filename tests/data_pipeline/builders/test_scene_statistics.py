"""Range of a scene over its pixels with data."""

import numpy as np
import pytest
from layout_files import make_cube

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import SceneSource
from data_pipeline.builders.statistics import band_ranges, pixels_with_data, scene_statistics

ALL = (0, 1, 2, 3, 4)


def source_of(values, nodata=None, mask=None):
    return SceneSource(
        name="scene",
        shape=values.shape,
        dtype=values.dtype,
        nodata=nodata,
        read_window=lambda rows, cols: values[rows, cols],
        read_mask=None if mask is None else lambda rows, cols: mask[rows, cols],
    )


@pytest.mark.parametrize("block_samples", [1, 100, 1 << 20])
def test_blocks_give_what_the_whole_gives(block_samples):
    cube = make_cube()
    cube[-1, -1, 3], cube[-1, 0, 1] = 2000, -5  # in the last block
    found = scene_statistics(source_of(cube), (1, 3), None, "scene", block_samples)
    kept = cube[:, :, [1, 3]]
    assert (found.minimum, found.maximum) == (kept.min(), kept.max())
    assert found.constant_bands == ()


@pytest.mark.parametrize("nodata", [-9999, 5000])
def test_nodata_is_ignored(nodata):
    cube = make_cube()
    dirty = cube.copy()
    dirty[2, 3, 1] = nodata
    rest = np.delete(cube.reshape(-1, 5), 2 * 8 + 3, axis=0)
    found = scene_statistics(source_of(dirty, nodata), ALL, None, "scene")
    assert (found.minimum, found.maximum) == (rest.min(), rest.max())


@pytest.mark.parametrize("block_samples", [1, 1 << 20])
def test_pixels_outside_the_mask_are_ignored(block_samples):
    cube = make_cube()
    dirty, mask = cube.copy(), np.ones(cube.shape[:2], bool)
    dirty[2, 3], mask[2, 3] = 5000, False
    rest = np.delete(cube.reshape(-1, 5), 2 * 8 + 3, axis=0)
    found = scene_statistics(source_of(dirty, mask=mask), ALL, None, "scene", block_samples)
    assert (found.minimum, found.maximum) == (rest.min(), rest.max())
    with pytest.raises(DataError, match="5 of 5 kept bands hold only NaN or nodata"):
        scene_statistics(source_of(dirty, mask=mask & False), ALL, None, "scene")


def test_nan_and_infinity_are_ignored():
    cube = make_cube(dtype=np.float32)
    cube[0, 0, 0], cube[5, 1, 2] = np.nan, np.inf
    found = scene_statistics(source_of(cube, float("nan")), ALL, None, "scene")
    assert np.isfinite([found.minimum, found.maximum]).all()


def test_fill_is_all_bands_only():
    cube = make_cube()
    cube[0, 0], cube[1, 1, 0] = 0, 0
    usable = pixels_with_data(cube, None, 0)
    assert np.argwhere(~usable).tolist() == [[0, 0]]
    assert scene_statistics(source_of(cube), ALL, 0, "scene").minimum == 0


def test_constant_bands_are_reported_by_their_number_in_the_file():
    cube = make_cube()
    cube[:, :, 3] = 7
    assert scene_statistics(source_of(cube), (1, 3), None, "scene").constant_bands == (4,)


@pytest.mark.parametrize("value", [np.nan, -1])
def test_band_without_data(value):
    cube = make_cube(dtype=np.float32)
    cube[:, :, 1:3] = value
    with pytest.raises(DataError, match=r"scene: 2 of 5 kept bands .* 2-3 \(counting from 1\)"):
        scene_statistics(source_of(cube, -1.0), ALL, None, "scene")


def test_no_pixel_with_data_in_all_bands():
    cube = make_cube()
    cube[:6, :, 0], cube[6:, :, 1] = -1, -1
    with pytest.raises(DataError, match="no pixel has data in all 5 kept bands"):
        scene_statistics(source_of(cube, -1), ALL, None, "scene")


def test_constant_scene():
    with pytest.raises(DataError, match="scene: all samples of the kept bands are 3"):
        scene_statistics(source_of(np.full((4, 4, 5), 3, np.int16)), ALL, None, "scene")


def test_numbers_with_neighbors_joined():
    assert band_ranges([1, 2, 3, 7]) == "1-3, 7"
