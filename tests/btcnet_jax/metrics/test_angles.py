"""The spectral angle: exact at both ends of its range, and where it is not defined."""

import math

import numpy as np
import pytest

from btcnet_jax.metrics import measure_quality, spectral_angles_deg


def test_angles_by_hand():
    first = np.array([[1.0, 0], [1, 0], [2, 2], [1, 0]])
    second = np.array([[0, 3.0], [-5, 0], [7, 7], [1, math.tan(math.radians(30))]])
    np.testing.assert_allclose(spectral_angles_deg(first, second), [90, 180, 0, 30], atol=1e-12)


@pytest.mark.parametrize("radians", [1e-3, 1e-7, 1e-12])
def test_nearly_parallel_spectra_keep_their_digits(radians):
    angle = spectral_angles_deg(np.array([[1.0, 0.0]]), np.array([[1.0, radians]]))
    assert angle[0] == pytest.approx(math.degrees(math.atan(radians)), rel=1e-9)


def test_equal_spectra_have_no_angle_between_them():
    spectra = np.random.default_rng(0).integers(-99, 6000, (50, 40, 200)).astype(np.int16)
    assert spectral_angles_deg(spectra, spectra).max() == 0


def test_a_zero_original_has_no_angle_and_a_zero_restoration_gains_nothing():
    first, second = np.array([[0, 0], [1, 2], [0, 0]]), np.array([[1, 2], [0, 0], [0, 0]])
    np.testing.assert_allclose(spectral_angles_deg(first, second), [np.nan, 90, np.nan])
    quality = measure_quality(first[None], second[None])
    assert (quality.pixels, quality.pixels_left_out) == (3, 2)
    assert quality.sam_deg == pytest.approx(90)


def test_a_cube_of_zeros_has_no_mean_angle():
    quality = measure_quality(np.zeros((2, 2, 3)), np.ones((2, 2, 3)))
    assert (quality.sam_deg, quality.pixels_left_out) == (None, 4)
