import numpy as np
import pytest

from data_pipeline.synthetic.atmosphere import light
from data_pipeline.synthetic.endmembers import VARIANTS, spectral_library
from data_pipeline.synthetic.features import absorption, edge
from data_pipeline.synthetic.materials import vegetation, water

NM = np.arange(400.0, 2501.0, 10.0)


def at(spectrum, nm):
    return spectrum[np.argmin(np.abs(NM - nm))]


def test_an_absorption_band_is_deepest_at_its_center():
    band = absorption(NM, [(1000.0, 50.0, 0.7)])
    assert NM[band.argmin()] == 1000
    assert band.min() == pytest.approx(np.exp(-0.7))
    assert band[0] == pytest.approx(1)


def test_an_edge_rises_from_zero_to_one_without_overflow():
    step = edge(NM, 700.0, 1.0)
    assert at(step, 700) == pytest.approx(0.5)
    assert (step[0], step[-1]) == (0, 1)


@pytest.mark.parametrize("seed", range(5))
def test_plants_have_a_red_edge_and_leaf_water(seed):
    rng = np.random.default_rng(seed)
    plant = vegetation(NM, rng.uniform(size=8), 1, rng)
    assert at(plant, 860) > 3 * at(plant, 670)
    assert at(plant, 550) > at(plant, 670)
    assert at(plant, 1450) < 0.8 * at(plant, 1250)


@pytest.mark.parametrize("seed", range(5))
def test_water_is_dark_in_the_infrared(seed):
    rng = np.random.default_rng(seed)
    parameters = rng.uniform(size=8)
    parameters[:2] = 1  # turbid: what its sediment scatters must not reach the infrared
    lake = water(NM, parameters, 1, rng)
    assert lake[NM > 790].max() < 0.025
    assert lake[NM < 650].max() > 0.05


@pytest.mark.parametrize("count", [2, 5, 64])
def test_a_library_holds_distinct_physical_spectra(count):
    library = spectral_library(NM, count, np.random.default_rng(0))
    assert library.spectra.shape == (count * VARIANTS, len(NM))
    assert library.spectra.min() > 0
    assert library.spectra.max() <= 1
    assert len(np.unique(library.spectra, axis=0)) == count * VARIANTS
    assert len(library.families) == count


def test_light_has_the_bands_of_the_atmosphere():
    wet = light(NM, 10.0, zenith=0.5, vapor_cm=2.0, haze=0.1)
    dry = light(NM, 10.0, zenith=0.5, vapor_cm=0.0, haze=0.1)
    assert at(wet.direct, 1380) < 0.01 * at(dry.direct, 1380)
    assert at(wet.direct, 1870) < 0.01 * at(dry.direct, 1870)
    assert 0.2 < at(wet.direct, 940) / at(dry.direct, 940) < 0.8
    assert at(dry.direct, 760) < 0.8 * at(dry.direct, 780)
    assert not dry.vapor_depth.any()


def test_the_sky_is_blue_and_a_low_sun_weak():
    high = light(NM, 10.0, zenith=0.3, vapor_cm=1.0, haze=0.1)
    low = light(NM, 10.0, zenith=1.0, vapor_cm=1.0, haze=0.1)
    sky = high.diffuse / high.direct
    assert at(sky, 450) > 3 * at(sky, 860)
    assert (low.direct <= high.direct).all()
