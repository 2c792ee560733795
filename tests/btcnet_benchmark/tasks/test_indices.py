"""Spectral indices by hand, and which bands and pixels they are taken from."""

import numpy as np
import pytest

from btcnet_benchmark.tasks import NotApplicableError, pair_pixels
from btcnet_benchmark.tasks.indices import INDICES, IndexDifference, compare_index
from data_pipeline.readers import read_scene

INDEX = {index.name: index for index in INDICES}
NDVI = INDEX["ndvi"]
RED_AND_NIR = np.array([670.0, 800.0])


def test_error_by_hand(pair):
    # NDVI 0.5 and 0 become 0.25 and 0.
    pixels = pair([[2, 6], [4, 4]], [[3, 5], [2, 2]], wavelengths=RED_AND_NIR)
    result = compare_index(pixels, NDVI)
    assert result.rmse == pytest.approx(0.25 / np.sqrt(2))
    assert (result.bias, result.pixels) == (pytest.approx(-0.125), 2)


def test_indices_have_their_authors_bands_and_signs(pair):
    nm = np.array([560, 670, 705, 750, 800, 860, 1240.0])
    dim, leaf = np.full(7, 1.0), np.array([3, 1, 2, 5, 8, 9, 6.0])
    expected = {
        "ndvi": 7 / 9,
        "red_edge_ndvi": 3 / 7,
        "ndwi_mcfeeters": -6 / 12,
        "ndwi_gao": 3 / 15,
    }
    for name, value in expected.items():
        pixels = pair([dim, dim * 2], [dim, leaf], wavelengths=nm)
        assert compare_index(pixels, INDEX[name]).bias == pytest.approx(value / 2), name


def test_samples_below_zero_count_as_zero(pair):
    # NDVI of 1 instead of -3, and of 0 where both are below zero.
    pixels = pair([[-1, 3], [2, 2], [4, 4]], [[-2, 1], [-2, -1], [4, 4]], wavelengths=RED_AND_NIR)
    assert compare_index(pixels, NDVI) == IndexDifference(rmse=0.0, bias=0.0, pixels=3)


def test_dark_pixels_have_no_index(pair):
    original = np.full((100, 2), 50.0)
    original[0] = [2, 2.9]  # 4.9 % of the others
    original[1] = [2, 3.1]
    pixels = pair(original, original[:, ::-1], wavelengths=RED_AND_NIR)
    result = compare_index(pixels, NDVI)
    assert result.pixels == 99
    assert result.bias == pytest.approx(-2 * 1.1 / 5.1 / 99)


def test_the_nearest_usable_band_within_the_tolerance_is_taken(pair):
    # The band at 670 nm is constant; NaN is a band whose center is not known.
    nm = np.array([661.0, 670.0, 679.5, np.nan, 790.0])
    original = [[2, 5, 9, 9, 6], [4, 5, 1, 1, 4]]
    restored = [[3, 5, 1, 1, 5], [4, 5, 9, 9, 4]]
    result = compare_index(pair(original, restored, wavelengths=nm), NDVI)
    assert result.bias == pytest.approx(-0.125)
    with pytest.raises(NotApplicableError, match="no usable band within 10 nm of 800 nm"):
        compare_index(pair(original, restored, wavelengths=nm - 0.5), NDVI)


def test_without_wavelengths_or_light_there_is_no_index(pair):
    with pytest.raises(NotApplicableError, match="wavelengths are unknown"):
        compare_index(pair([[1, 2], [2, 1]], [[1, 2], [2, 1]]), NDVI)
    dark = pair([[-1, -2], [-2, 0]], [[1, 2], [2, 1]], wavelengths=RED_AND_NIR)
    with pytest.raises(NotApplicableError, match="above zero at 800 or 670 nm"):
        compare_index(dark, NDVI)


@pytest.mark.parametrize(
    ("name", "missing"),
    [("gatorsense_vi.mat", ()), ("salton_sea.npz", ()), ("lhdata.hdr", ("ndwi_gao",))],
)
def test_real_scenes_have_indices_and_noise_spoils_them(real_data, name, missing):
    scene = read_scene(real_data / name)
    noise = np.random.default_rng(0).standard_normal(scene.values.shape)
    scale = np.nanstd(scene.values) / 100
    exact, little, much = (
        pair_pixels(scene, scene.values + factor * scale * noise) for factor in (0, 1, 5)
    )
    for index in INDICES:
        if index.name in missing:
            with pytest.raises(NotApplicableError, match="no usable band"):
                compare_index(exact, index)
            continue
        assert compare_index(exact, index).rmse == 0
        errors = [compare_index(pixels, index).rmse for pixels in (little, much)]
        assert 0 < 3 * errors[0] < errors[1] < 1, index
