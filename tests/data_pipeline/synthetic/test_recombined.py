from dataclasses import replace

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import Scene
from data_pipeline.synthetic.band_match import match_bands
from data_pipeline.synthetic.donor import Donor, planes_of, principal, spectra_of
from data_pipeline.synthetic.recombined import RecombinedSettings, Sources, recombined_scene

BANDS = 12
SETTINGS = RecombinedSettings(rows=20, cols=16, bands=BANDS, seed=3)


def _scene(seed, rows=24, cols=24, bands=BANDS):
    """Smooth planes over few spectra, and a little noise."""
    rng = np.random.default_rng(seed)
    planes = rng.normal(size=(3, rows, cols)).cumsum(1).cumsum(2) / 10
    spectra = rng.normal(size=(3, bands)) * np.array([[3.0], [1], [0.3]])
    values = 500 + np.tensordot(planes, spectra, (0, 0)) + rng.normal(size=(rows, cols, bands)) / 50
    return Scene(name=f"scene_{seed}", values=values)


def _donor(scene):
    return Donor(scene.name, spectra_of(match_bands(scene, BANDS)), planes_of(scene, 64))


@pytest.fixture(scope="module")
def sources():
    return Sources([_donor(_scene(seed)) for seed in range(4)])


def test_planes_are_uncorrelated_and_of_variance_one():
    planes = planes_of(_scene(0), 5).reshape(-1, 5)
    np.testing.assert_allclose(np.cov(planes, rowvar=False), np.eye(5), atol=1e-4)


def test_basis_and_planes_restore_the_scene_they_are_of():
    scene = _scene(1)
    planes = planes_of(scene, BANDS)
    pixels = scene.values.reshape(-1, BANDS)
    basis, deviations = principal(np.cov(pixels, rowvar=False), BANDS)
    restored = planes.reshape(-1, BANDS) @ (basis * deviations).T + pixels.mean(0)
    np.testing.assert_allclose(restored, pixels, atol=1e-3 * pixels.std())


def test_a_scene_is_a_function_of_its_seed(sources):
    scene = recombined_scene(SETTINGS, sources)
    assert scene.values.shape == (20, 16, BANDS)
    assert scene.values.dtype == np.uint16
    np.testing.assert_array_equal(scene.values, recombined_scene(SETTINGS, sources).values)
    other = recombined_scene(replace(SETTINGS, seed=4), sources)
    assert (other.values != scene.values).any()


def test_one_donor_gives_back_its_spectra_and_its_texture(sources):
    """Mean, basis and smoothness are the donor's: what makes the scenes worth training on."""
    alone = Sources(sources.donors[:1])
    scene = recombined_scene(replace(SETTINGS, rows=24, cols=24), alone).values / 8192
    mean, covariance = alone.donors[0].spectra
    np.testing.assert_allclose(scene.mean((0, 1)), mean, rtol=0.2)
    basis, _ = principal(covariance, 3)
    centered = scene - scene.mean((0, 1))
    left = centered - centered @ basis @ basis.T
    assert left.var() < 0.05 * centered.var(), "spectra leave the donor's basis"
    jump = np.diff(centered @ basis[:, 0], axis=0).var() / (centered @ basis[:, 0]).var()
    assert jump < 0.5, "neighbors have nothing in common"


def test_noise_is_added_on_what_the_components_leave(sources):
    few = [replace(donor, planes=donor.planes[..., :2]) for donor in sources.donors]
    quiet, loud = (
        recombined_scene(replace(SETTINGS, noise=noise), Sources(few)).values.astype(float)
        for noise in (0, 20)
    )
    assert np.linalg.matrix_rank(np.round(quiet - quiet.mean((0, 1))).reshape(-1, BANDS), 20) <= 3
    assert (loud - quiet).std() > 1


def test_small_donors_are_continued_by_their_mirror_image(sources):
    scene = recombined_scene(replace(SETTINGS, rows=60, cols=50), sources)
    assert scene.values.shape == (60, 50, BANDS)


def test_donors_without_spectra_lend_planes_alone_and_the_other_way_round(sources):
    first, second = sources.donors[:2]
    apart = [replace(first, planes=None), replace(second, spectra=None)]
    scene = recombined_scene(SETTINGS, Sources(apart)).values / 8192
    np.testing.assert_allclose(scene.mean((0, 1)), first.spectra.mean, rtol=0.2)


def test_half_of_the_scenes_have_a_texture_in_their_strongest_components(sources):
    stripes = np.tile(np.array([-1.0, 1.0], np.float32), (24, 12))[..., None]

    def striped(seed):
        scene = recombined_scene(
            replace(SETTINGS, seed=seed), Sources(sources.donors, [stripes])
        ).values.astype(float)
        bright = scene @ principal(np.cov(scene.reshape(-1, BANDS), rowvar=False), 1)[0][:, 0]
        steps = [np.abs(np.diff(bright, n=2, axis=axis)).mean() for axis in (0, 1)]
        return max(steps) > 5 * min(steps)

    assert 5 < sum(striped(seed) for seed in range(20)) < 16


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"bands": 1}, {"seed": -1}, {"noise": -0.5}])
def test_settings_are_checked(wrong):
    with pytest.raises(DataError, match="use at least"):
        replace(SETTINGS, **wrong)


def test_a_quarter_of_the_scenes_are_cuts_of_a_donor_in_other_contrast(sources):
    """Then the scene's own components, one by one, are the donor's planes: nothing was paired anew."""
    own = sources.donors[0]
    other = replace(own, spectra=None, planes=sources.donors[1].planes)

    def is_whole(seed):
        settings = replace(SETTINGS, rows=24, cols=24, seed=seed, noise=0)
        values = recombined_scene(settings, Sources([own, other])).values / 8192 - own.spectra.mean
        plane = values @ principal(own.spectra.covariance, 1)[0][:, 0]
        turned = [np.rot90(t, k) for t in (plane, plane.T) for k in range(4)]
        likeness = [np.corrcoef(t.ravel(), own.planes[..., 0].ravel())[0, 1] for t in turned]
        weak = values @ principal(own.spectra.covariance, 3)[0][:, 2]
        signs = [np.rot90(t, k) for t in (weak, weak.T) for k in range(4)]
        third = [np.corrcoef(t.ravel(), own.planes[..., 2].ravel())[0, 1] for t in signs]
        return max(likeness) > 0.99 and max(third) > 0.95

    # Half of those drawn apart take the donor's first plane too, and a quarter of these its third.
    assert 8 <= sum(is_whole(seed) for seed in range(40)) <= 26
