"""Where bands stand on the axis, and the gaps between them."""

import numpy as np

from btcnet_jax.pictures.spectral_axis import SpectralAxis


def test_wavelengths_in_nm_are_used_and_others_are_not():
    shown = np.ones(3, bool)
    assert SpectralAxis.of(np.array([500, 600, 700]), shown).label == "Wavelength (nm)"
    for wavelengths in (None, np.array([0.5, 0.6, 0.7]), np.array([500, np.nan, 700])):
        axis = SpectralAxis.of(wavelengths, shown)
        assert axis.label == "Band number"
        np.testing.assert_array_equal(axis.positions, [1, 2, 3])


def test_overlapping_detectors_are_drawn_in_order_and_bad_bands_are_gaps():
    axis = SpectralAxis.of(np.array([500, 900, 700, 800]), np.array([True, True, True, False]))
    at, values = axis.curve(np.array([1, 2, 3, 4]))
    np.testing.assert_array_equal(at, [500, 700, 800, 900])
    np.testing.assert_array_equal(values, [1, 3, np.nan, 2])
    assert axis.gaps() == [(750, 850)]


def test_gaps_at_the_ends_and_side_by_side():
    axis = SpectralAxis.of(None, np.array([False, True, False, False, True, False]))
    assert axis.gaps() == [(1, 1.5), (2.5, 4.5), (5.5, 6)]
    assert SpectralAxis.of(None, np.ones(3, bool)).gaps() == []
