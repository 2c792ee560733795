import numpy as np
import pytest

from btcnet_jax.scene.scene import Scene
from data_pipeline.sensors import AVIRIS
from data_pipeline.synthetic.band_match import EXACT, INDEX, SENSOR, WAVELENGTH, match_bands


def _scene(values, **info):
    return Scene(name="s", values=np.asarray(values), **info)


def _ramp(bands):
    """Each pixel's spectrum is linear in the band, so that interpolation restores it exactly."""
    return np.arange(6.0).reshape(2, 3, 1) + np.arange(bands) * np.arange(1, 7).reshape(2, 3, 1)


def test_a_scene_of_that_many_bands_is_taken_as_it_is():
    values = np.random.default_rng(0).integers(0, 99, (2, 3, 5))
    matched = match_bands(_scene(values), 5)
    assert matched.how == EXACT
    np.testing.assert_array_equal(matched.values, values.reshape(6, 5))


def test_all_bands_of_aviris_become_those_of_the_benchmark():
    matched = match_bands(_scene(_ramp(224), wavelengths=np.arange(224.0)), 172)
    assert matched.how == SENSOR
    np.testing.assert_array_equal(matched.wavelengths, AVIRIS.kept)
    np.testing.assert_array_equal(matched.values, _ramp(224).reshape(6, 224)[:, AVIRIS.kept])


@pytest.mark.parametrize("dead", ["constant", "nan", "marked"])
def test_dead_bands_are_filled_from_the_living(dead):
    values, mask = _ramp(7), np.ones(7, bool)
    if dead == "marked":
        values[..., 3], mask[3] = 7 * values[..., 3], False
    else:
        values[..., 3] = {"constant": 5.0, "nan": np.nan}[dead]
    matched = match_bands(_scene(values, band_mask=mask), 7)
    np.testing.assert_allclose(matched.values, _ramp(7).reshape(6, 7), rtol=1e-6)


def test_wavelengths_decide_where_both_sides_tell_them():
    nm = np.array([400.0, 420.0, 500.0, 480.0])  # detectors overlap
    values = np.broadcast_to(nm, (2, 3, 4)) + np.arange(6.0).reshape(2, 3, 1)
    matched = match_bands(_scene(values, wavelengths=nm), 3, np.array([410.0, 490.0, 600.0]))
    assert matched.how == WAVELENGTH
    # Beyond its last band nothing is known: the last goes on.
    np.testing.assert_allclose(matched.values[0], [410, 490, 500])


def test_other_scenes_are_interpolated_over_the_index():
    matched = match_bands(_scene(_ramp(5)), 9)
    assert matched.how == INDEX
    assert matched.wavelengths is None
    np.testing.assert_allclose(matched.values[:, ::2], _ramp(5).reshape(6, 5), rtol=1e-6)
    np.testing.assert_allclose(matched.values[:, 1], matched.values[:, [0, 2]].mean(1), rtol=1e-6)


def test_a_scene_without_living_bands_matches_nothing():
    assert match_bands(_scene(np.ones((2, 3, 5))), 5) is None
