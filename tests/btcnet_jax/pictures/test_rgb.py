"""Which bands make the picture, and how they are stretched."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from btcnet_jax.errors import CubeError
from btcnet_jax.pictures import RgbStretch, pick_rgb_bands, style

_NM = np.linspace(400, 2500, 211)


@pytest.fixture(scope="module")
def cube():
    return np.random.default_rng(0).normal(500, 100, (12, 9, 211))


def test_bands_nearest_to_red_green_and_blue(cube):
    assert pick_rgb_bands(cube, wavelengths=_NM) == (24, 15, 6)


@pytest.mark.parametrize("missing", [np.nan, -9999.0, 1e9])
def test_missing_samples_change_neither_bands_nor_stretch_and_are_gray(cube, missing):
    valid = np.ones(cube.shape, bool)
    valid[:6, :, 6], valid[0, 0], valid[..., 15] = False, False, False
    spoiled = np.where(valid, cube, missing)
    stretch = RgbStretch.of(spoiled, wavelengths=_NM, valid=valid)
    assert stretch.bands[::2] == (24, 6)
    assert stretch.bands[1] in (14, 16)
    assert stretch == RgbStretch.of(np.where(valid, cube, 0), wavelengths=_NM, valid=valid)
    assert stretch.low[2] == np.percentile(cube[6:, :, 6], 2)
    picture = stretch.apply(spoiled, valid)
    np.testing.assert_allclose(picture[:6], np.broadcast_to(to_rgb(style.GRID), (6, 9, 3)))
    np.testing.assert_array_equal(picture[6:], stretch.apply(cube)[6:])


def test_a_cube_without_valid_samples_has_no_picture(cube):
    with pytest.raises(CubeError, match="no band can be shown"):
        RgbStretch.of(cube, valid=np.zeros(cube.shape, bool))


def test_order_of_the_bands_does_not_matter(cube):
    picked = pick_rgb_bands(cube, wavelengths=_NM[::-1])
    assert picked == (210 - 24, 210 - 15, 210 - 6)


def test_bad_constant_and_nan_bands_are_avoided(cube):
    cube, mask = cube.copy(), np.ones(211, bool)
    mask[24], cube[..., 15], cube[0, 0, 6] = False, 7.0, np.nan
    picked = pick_rgb_bands(cube, wavelengths=_NM, band_mask=mask)
    assert picked[0] in (23, 25)
    assert picked[1] in (14, 16)
    assert picked[2] in (5, 7)


@pytest.mark.parametrize("nm", [None, _NM + 1000, _NM / 1000, np.full(211, np.nan)])
def test_without_the_visible_the_bands_are_spread(cube, nm):
    red, green, blue = pick_rgb_bands(cube, wavelengths=nm)
    assert 210 > red > green > blue > 0
    assert red - blue > 20


@pytest.mark.parametrize("bands", [1, 2, 3, 4, 6])
def test_a_few_bands_are_enough_and_red_is_the_last_of_them(bands):
    picked = pick_rgb_bands(np.random.default_rng(0).normal(size=(4, 4, bands)))
    assert all(0 <= band < bands for band in picked)
    assert list(picked) == sorted(picked, reverse=True)
    assert len(set(picked)) == 3 or bands < 6


def test_a_cube_without_a_usable_band_is_refused():
    with pytest.raises(CubeError, match="no band can be shown"):
        pick_rgb_bands(np.full((2, 2, 3), np.nan))
    with pytest.raises(CubeError, match="no band can be shown"):
        pick_rgb_bands(np.ones((2, 2, 3)), band_mask=np.zeros(3, bool))


def test_a_hot_pixel_does_not_darken_the_picture(cube):
    hot = cube.copy()
    hot[0, 0] = 1e6
    picture = RgbStretch.of(hot, wavelengths=_NM).apply(hot)
    assert picture.shape == (12, 9, 3)
    assert (picture[0, 0] == 1).all()
    assert 0.4 < picture.mean() < 0.8


def test_the_stretch_is_shared(cube):
    stretch = RgbStretch.of(cube, wavelengths=_NM)
    assert stretch.apply(cube + 20).mean() > stretch.apply(cube).mean() + 0.02


def test_a_constant_cube_and_nan_have_a_picture():
    cube = np.full((3, 3, 4), 5, np.int16)
    assert np.isfinite(RgbStretch.of(cube).apply(cube)).all()
    broken = np.full((3, 3, 4), np.nan)
    assert (RgbStretch.of(cube).apply(broken) == 0).all()
