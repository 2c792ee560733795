"""Unmixing of spectra whose endmembers and abundances are known."""

import numpy as np
import pytest

from btcnet_benchmark.tasks import NotApplicableError, pair_pixels
from btcnet_benchmark.tasks.unmixing import compare_abundances, find_endmembers, unmix
from data_pipeline.readers import read_scene

ENDMEMBERS = np.random.default_rng(1).uniform(100, 4000, (5, 30))


def mixture(pixels, seed=0):
    """Abundances of which the first five are pure, and the spectra they give."""
    abundances = np.random.default_rng(seed).dirichlet(np.ones(5), pixels)
    abundances[:5] = np.eye(5)
    return abundances, abundances @ ENDMEMBERS


def test_pure_pixels_are_found():
    _, spectra = mixture(300)
    assert set(find_endmembers(spectra, 5)) == set(range(5))
    assert len(find_endmembers(spectra, 9)) == 5
    assert find_endmembers(spectra, 1) == [int(np.linalg.norm(spectra, axis=1).argmax())]


def test_abundances_are_recovered():
    abundances, spectra = mixture(300)
    np.testing.assert_allclose(unmix(spectra, ENDMEMBERS), abundances, atol=1e-8)


def test_abundances_of_any_spectrum_are_a_mixture():
    spectra = np.random.default_rng(2).normal(2000, 4000, (50, 30))
    abundances = unmix(spectra, ENDMEMBERS)
    assert (abundances >= 0).all()
    np.testing.assert_allclose(abundances.sum(axis=1), 1, atol=1e-5)


def test_the_nearest_mixture_by_hand():
    # Beyond the pure spectrum (1, 0) the nearest mixture is that spectrum; (1, 1) is halfway.
    corners = np.array([[1.0, 0], [0, 1]])
    abundances = unmix(np.array([[3.0, 0], [1, 1], [0.75, 0.25]]), corners)
    np.testing.assert_allclose(abundances, [[1, 0], [0.5, 0.5], [0.75, 0.25]], atol=1e-5)


def test_error_by_hand(pair):
    abundances, spectra = mixture(200)
    restored = abundances.copy()
    restored[5:] = restored[5:, ::-1]
    result = compare_abundances(pair(spectra, restored @ ENDMEMBERS))
    expected = np.sqrt(np.mean(np.square(restored - abundances)))
    assert result.rmse == pytest.approx(expected, rel=1e-6)
    assert (result.endmembers, result.pixels) == (5, 200)
    assert compare_abundances(pair(spectra, spectra)).rmse == 0


def test_a_large_scene_is_sampled(pair):
    _, spectra = mixture(2500)
    assert compare_abundances(pair(spectra, spectra)).pixels == 2000


def test_a_scene_of_one_spectrum_cannot_be_unmixed(pair):
    brighter = np.outer(np.arange(1, 9), ENDMEMBERS[0])
    with pytest.raises(NotApplicableError, match="two independent spectra"):
        compare_abundances(pair(brighter, brighter))


def test_real_scene_is_spoiled_by_noise(real_data):
    scene = read_scene(real_data / "samson.npz")
    noise = np.random.default_rng(0).standard_normal(scene.values.shape)
    errors = [
        compare_abundances(pair_pixels(scene, scene.values + sigma * noise)).rmse
        for sigma in (0, 0.01, 0.1)
    ]
    assert errors[0] == 0 < 3 * errors[1] < errors[2] < 0.5
