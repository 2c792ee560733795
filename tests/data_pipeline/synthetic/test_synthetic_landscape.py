import numpy as np
import pytest

from data_pipeline.synthetic.abundances import draw_abundances
from data_pipeline.synthetic.endmembers import spectral_library
from data_pipeline.synthetic.fields import fractal_field, level_set
from data_pipeline.synthetic.landscape import draw_landscape
from data_pipeline.synthetic.parcels import irregular_parcels
from data_pipeline.synthetic.shading import direct_light

NM = np.linspace(400, 2500, 12)


def draw(rows, cols, seed, count=12):
    rng = np.random.default_rng(seed)
    library = spectral_library(NM, count, rng)
    return draw_abundances(draw_landscape(rows, cols, library, rng), library, rng)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("count", [2, 12])
def test_abundances_sum_to_one(seed, count):
    abundances = draw(37, 50, seed, count)
    assert abundances.min() >= 0
    np.testing.assert_allclose(abundances.sum(0), 1, atol=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_abundances_are_correlated_in_space(seed):
    maps = draw(64, 64, seed)
    maps = maps - maps.mean((1, 2), keepdims=True)
    neighbors = (maps[:, :, 1:] * maps[:, :, :-1]).sum() / (maps[:, :, 1:] ** 2).sum()
    assert neighbors > 0.5


def test_landscapes_hold_mixed_pixels_and_pure_ones():
    library = spectral_library(NM, 12, np.random.default_rng(0))
    most = draw_landscape(96, 96, library, np.random.default_rng(1)).cover.max(0)
    assert (most > 0.98).mean() > 0.02
    assert (most < 0.9).mean() > 0.05


@pytest.mark.parametrize("slope", [1.0, 2.0, 3.0])
def test_a_fractal_field_has_its_slope(slope):
    field = fractal_field(256, 256, slope, np.random.default_rng(0))
    power = np.abs(np.fft.rfft(field * np.hanning(256), axis=1)[:, 4:64]) ** 2
    # A cut through a plane of slope s has slope s - 1 where s is above 1.
    fitted = -np.polyfit(np.log(np.arange(4, 64)), np.log(power.mean(0)), 1)[0]
    assert fitted == pytest.approx(slope - 1, abs=0.4)
    assert field.std() == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_level_set_covers_its_share(share):
    field = fractal_field(128, 128, 3.5, np.random.default_rng(0))
    covered = level_set(field, share)
    assert covered.mean() == pytest.approx(share, abs=0.02)
    if share == 0.3:
        assert ((covered > 0.05) & (covered < 0.95)).any()


def test_parcels_tile_the_plane_and_their_borders_surround_them():
    parcels = irregular_parcels(60, 80, 12.0, 0.4, np.random.default_rng(0))
    assert parcels.label.min() >= 0
    assert parcels.label.max() < parcels.count
    assert len(np.unique(parcels.label)) > 15
    assert (np.abs(parcels.across) <= parcels.half_width + 1e-3).all()
    assert (np.abs(parcels.along) <= parcels.half_length + 1e-3).all()
    crossing = parcels.label[:, 1:] != parcels.label[:, :-1]
    border = parcels.borders(1.5)
    assert border[:, 1:][crossing].mean() > 0.7
    assert border.mean() < 0.4


def test_tall_objects_cast_shadows_beside_them():
    height = np.zeros((40, 40), np.float32)
    height[18:22, 18:22] = 4
    flat, tall = (
        direct_light(h, np.zeros_like(h), 0.8, np.random.default_rng(0))
        for h in (np.zeros_like(height), height)
    )
    dark = tall < 0.5 * flat
    assert 5 < dark.sum() < 100
    assert not dark[19:21, 19:21].any()
