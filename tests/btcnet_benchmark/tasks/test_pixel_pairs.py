"""What is left out of a comparison, and what is not."""

import numpy as np
import pytest

from btcnet_benchmark.tasks import NotApplicableError, pair_pixels
from btcnet_jax.errors import CubeError
from btcnet_jax.scene.scene import Scene
from data_pipeline.readers import read_scene


@pytest.fixture
def cube():
    return np.random.default_rng(0).uniform(1, 2, (6, 5, 4))


def test_a_whole_scene_is_kept_in_float64():
    values = np.random.default_rng(0).integers(0, 9, (6, 5, 4)).astype(np.uint16)
    restored = values[::-1].astype(np.int32)
    pairs = pair_pixels(Scene(name="a", values=values), restored)
    np.testing.assert_array_equal(pairs.original, values.reshape(30, 4))
    np.testing.assert_array_equal(pairs.restored, restored.reshape(30, 4))
    assert pairs.original.dtype == pairs.restored.dtype == np.float64
    assert pairs.kept.all()
    assert pairs.wavelengths is None
    np.testing.assert_array_equal(pairs.bands, range(4))


def test_bad_empty_and_constant_bands_are_left_out(cube):
    cube = np.concatenate([cube, cube], axis=2)
    restored = cube.copy()
    cube[:, :, 0] = np.nan
    cube[:, :, 3] = 7
    cube[0, 0, 5] = np.inf
    mask = np.arange(8) != 5
    nm = np.arange(400.0, 1200, 100)
    scene = Scene(name="a", values=cube, band_mask=mask, wavelengths=nm)
    restored[:, :, [0, 5]] = np.nan
    pairs = pair_pixels(scene, restored)
    np.testing.assert_array_equal(pairs.bands, [1, 2, 4, 6, 7])
    np.testing.assert_array_equal(pairs.wavelengths, [500, 600, 800, 1000, 1100])
    np.testing.assert_array_equal(pairs.original, cube[:, :, pairs.bands].reshape(30, 5))
    assert pairs.kept.all()


def test_pixels_without_data_are_left_out(cube):
    restored = cube + 1
    cube[:4, :, :] = -99
    restored[0] = np.nan
    mask = np.ones((6, 5), bool)
    mask[5, 1] = False
    masked = pair_pixels(Scene(name="a", values=cube, nodata=-99, mask=mask), restored)
    pairs = pair_pixels(Scene(name="a", values=cube, nodata=-99), restored)
    np.testing.assert_array_equal(masked.kept, pairs.kept & mask)
    np.testing.assert_array_equal(pairs.kept, np.arange(6)[:, None] >= np.full((1, 5), 4))
    np.testing.assert_array_equal(pairs.bands, range(4))
    np.testing.assert_array_equal(pairs.restored, pairs.original + 1)


def test_a_band_that_lacks_much_goes_and_a_pixel_that_lacks_little(cube):
    cube[:3, :, 1] = np.nan  # half of the pixels
    cube[5, 2, 3] = np.nan
    pairs = pair_pixels(Scene(name="a", values=cube), np.nan_to_num(cube))
    np.testing.assert_array_equal(pairs.bands, [0, 2, 3])
    assert np.argwhere(~pairs.kept).tolist() == [[5, 2]]


def test_a_restored_cube_that_is_not_finite_gains_nothing(cube):
    restored = cube.copy()
    restored[0, 0, 0] = np.nan
    with pytest.raises(NotApplicableError, match="restored cube is NaN"):
        pair_pixels(Scene(name="a", values=cube), restored)


def test_nothing_left(cube):
    nothing = Scene(name="a", values=cube * np.nan)
    masked = Scene(name="a", values=cube, band_mask=np.zeros(4, bool))
    for scene in (nothing, masked):
        with pytest.raises(NotApplicableError, match="no data"):
            pair_pixels(scene, cube)
    cube[np.arange(4), 0, np.arange(4)] = np.nan
    holes = Scene(name="a", values=cube[:4, :1])
    with pytest.raises(NotApplicableError, match="no pixel with data in all bands"):
        pair_pixels(holes, cube[:4, :1])


def test_a_constant_scene_has_no_bands():
    values = np.tile(np.arange(4), (6, 5, 1))
    with pytest.raises(NotApplicableError, match="every band of the original is constant"):
        pair_pixels(Scene(name="a", values=values), values)


def test_cubes_of_two_shapes_are_a_mistake(cube):
    with pytest.raises(CubeError, match=r"\(6, 5, 4\), but the restored is \(6, 5, 3\)"):
        pair_pixels(Scene(name="a", values=cube), cube[:, :, :3])


def test_real_scene_with_empty_bands(real_data):
    scene = read_scene(real_data / "salton_sea.npz")
    pairs = pair_pixels(scene, scene.values)
    assert np.isfinite(pairs.original).all()
    assert scene.band_mask[pairs.bands].all()
    assert pairs.original.shape == (51 * 56, scene.band_mask.sum())
