"""The sensors' band counts and the bands that are dropped."""

import numpy as np
import pytest

from data_pipeline.sensors import AVIRIS, HAN_CHUAN, HONG_HU, HYPERION, LONG_KOU


@pytest.mark.parametrize(
    ("sensor", "bands", "kept"),
    [
        *((AVIRIS, 224, 172), (HYPERION, 242, 155)),
        *((LONG_KOU, 270, 270), (HAN_CHUAN, 274, 274), (HONG_HU, 270, 270)),
    ],
)
def test_band_counts(sensor, bands, kept):
    assert (sensor.bands, len(sensor.kept)) == (bands, kept)
    assert list(sensor.kept) == sorted(set(sensor.kept))
    assert 0 <= sensor.kept[0] <= sensor.kept[-1] < bands


def test_aviris_drops_the_bands_of_the_papers():
    dropped = {band + 1 for band in range(224)} - {band + 1 for band in AVIRIS.kept}
    ranges = ((1, 10), (104, 116), (152, 170), (215, 224))
    assert dropped == {band for first, last in ranges for band in range(first, last + 1)}


def test_hyperion_keeps_calibrated_bands_without_overlap_and_water_vapor():
    numbers = {band + 1 for band in HYPERION.kept}
    assert numbers <= {*range(8, 58), *range(77, 225)}
    kept = HYPERION.wavelengths[list(HYPERION.kept)]
    assert (np.diff(kept) > 0).all(), "the detectors do not overlap"
    for low, high in ((1345, 1470), (1800, 1975)):
        assert not ((kept > low) & (kept < high)).any()


def test_hyperion_centers_are_the_published_ones():
    # Datt et al. (2003) name the ranges they keep in nanometers too.
    published = {8: 427, 57: 925, 79: 932, 83: 973, 119: 1336, 133: 1477, 164: 1790}
    published |= {183: 1982, 184: 1992, 188: 2032, 220: 2355}
    for band, nanometers in published.items():
        assert HYPERION.wavelengths[band - 1] == pytest.approx(nanometers, abs=1), band
