"""Range of a scene over its samples that are data."""

import numpy as np
import pytest
from layout_files import make_cube

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import Scene, SceneSource
from data_pipeline.builders.statistics import samples_with_data, scene_statistics

ALL = (0, 1, 2, 3, 4)


def source_of(values, nodata=None, mask=None):
    return SceneSource(
        name="scene",
        shape=values.shape,
        dtype=values.dtype,
        nodata=nodata,
        read_window=lambda rows, cols: values[rows, cols],
        read_mask=None if mask is None else (lambda rows, cols: mask[rows, cols]),
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


def test_nan_and_infinity_are_ignored():
    cube = make_cube(dtype=np.float32)
    cube[0, 0, 0], cube[5, 1, 2] = np.nan, np.inf
    found = scene_statistics(source_of(cube, float("nan")), ALL, None, "scene")
    assert np.isfinite([found.minimum, found.maximum]).all()


@pytest.mark.parametrize("block_samples", [1, 1 << 20])
def test_the_mask_is_heeded(block_samples):
    cube, mask = make_cube(), np.ones(make_cube().shape[:2], bool)
    cube[1, 2], mask[1, 2] = 30000, False
    found = scene_statistics(source_of(cube, mask=mask), ALL, None, "scene", block_samples)
    assert found.maximum == cube[mask].max()


def test_a_pixel_that_lacks_a_sample_tells_of_its_others():
    cube = make_cube()
    cube[2, 3, 1:3] = -9999, 20000
    assert scene_statistics(source_of(cube, -9999), ALL, None, "scene").maximum == 20000


def test_fill_is_all_bands_only():
    cube = make_cube()
    cube[0, 0], cube[1, 1, 0] = 0, 0
    _, valid = samples_with_data(Scene(values=cube), ALL, 0)
    assert np.argwhere(~valid).tolist() == [[0, 0, band] for band in ALL]
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
