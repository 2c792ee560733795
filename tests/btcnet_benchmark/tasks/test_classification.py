"""Clusters and classes: shares by hand, and that worse cubes agree less."""

import numpy as np
import pytest

from btcnet_benchmark.tasks import NotApplicableError, pair_pixels
from btcnet_benchmark.tasks.classification import compare_classes, compare_clusters
from data_pipeline.synthetic import SyntheticSettings, synthetic_scene
from data_pipeline.synthetic.endmembers import spectral_library
from data_pipeline.synthetic.landscape import draw_landscape
from data_pipeline.synthetic.sensor import make_sensor
from data_pipeline.synthetic.streams import stream


@pytest.fixture
def groups():
    """Eight tight groups of 20 pixels far apart, as spectra and as group numbers from 1."""
    rng = np.random.default_rng(0)
    numbers = np.repeat(np.arange(8), 20)
    return 100 * rng.random((8, 5))[numbers] + 0.01 * rng.random((160, 5)), numbers[None] + 1


@pytest.fixture(scope="module")
def land():
    """A synthetic scene and the material that covers most of each pixel, counted from 1."""
    settings = SyntheticSettings(rows=40, cols=40, bands=30, seed=3, dead_bands=2)
    library = spectral_library(
        make_sensor(settings).wavelengths, settings.endmembers, stream(settings.seed, "spectra")
    )
    drawn = draw_landscape(40, 40, library, stream(settings.seed, "landscape"))
    return synthetic_scene(settings), drawn.cover.argmax(axis=0) + 1


def noisy(values, factor):
    noise = np.random.default_rng(0).standard_normal(values.shape)
    return values + factor * values.std(axis=(0, 1)) * noise


def test_equal_cubes_agree(pair, groups):
    spectra, _ = groups
    result = compare_clusters(pair(spectra, spectra))
    assert (result.equal_share, result.adjusted_rand) == (1, 1)


def test_a_group_that_falls_into_another_by_hand(pair, groups):
    spectra, _ = groups
    merged = spectra.copy()
    merged[20:40] = spectra[:20]
    result = compare_clusters(pair(spectra, merged))
    assert result.equal_share == 7 / 8
    # Hubert and Arabie: 8 groups of 20 against 6 of 20 and one of 40; pairs of pixels.
    apart, together, both, every = 8 * 190, 6 * 190 + 780, 8 * 190, 160 * 159 / 2
    chance = apart * together / every
    expected = (both - chance) / ((apart + together) / 2 - chance)
    assert result.adjusted_rand == pytest.approx(expected)


def test_clusters_are_those_of_the_original(pair, groups):
    # Centers fitted to the restored cube would not notice a shift of everything.
    spectra, _ = groups
    assert compare_clusters(pair(spectra, spectra + 60)).equal_share < 0.9


def test_scenes_too_small_or_too_flat_for_clusters(pair, groups):
    spectra, _ = groups
    with pytest.raises(NotApplicableError, match="79 pixels are too few for 8 clusters"):
        compare_clusters(pair(spectra[:79], spectra[:79]))
    flat = np.repeat(np.eye(5), 32, axis=0)
    with pytest.raises(NotApplicableError, match="fewer than 8 different pixels"):
        compare_clusters(pair(flat, flat))


def test_accuracy_by_hand(pair, groups):
    spectra, labels = groups
    swapped = spectra.copy()
    swapped[:20], swapped[20:40] = spectra[20:40], spectra[:20]
    result = compare_classes(pair(spectra, swapped), labels)
    # Stratified halves: 10 test pixels a class, of which two classes are mistaken for each other.
    assert (result.before, result.after, result.classes, result.pixels) == (1, 0.75, 8, 80)


def test_pixels_without_label_and_small_classes_take_no_part(pair, groups):
    spectra, labels = groups
    labels = np.where(labels == 3, 0, np.where(labels == 4, -1, labels))
    labels[0, 49] = 9
    result = compare_classes(pair(spectra, spectra), labels)
    assert (result.classes, result.pixels) == (6, 60)


@pytest.mark.parametrize("labels", [None, np.ones((1, 160), int), np.arange(160)[None]])
def test_label_maps_without_two_classes(pair, groups, labels):
    spectra, _ = groups
    with pytest.raises(NotApplicableError, match=r"no label map|fewer than two classes"):
        compare_classes(pair(spectra, spectra), labels)


def test_synthetic_land_is_classified_and_noise_spoils_it(land):
    scene, labels = land
    exact, little, much = (
        pair_pixels(scene, noisy(scene.values, factor)) for factor in (0, 0.02, 1)
    )
    perfect, close, spoiled = (compare_classes(pixels, labels) for pixels in (exact, little, much))
    assert perfect.classes > 2
    assert perfect.before == perfect.after > 0.6
    assert perfect.before == close.before == spoiled.before
    assert perfect.after >= close.after > spoiled.after
    shares = [compare_clusters(pixels).equal_share for pixels in (exact, little, much)]
    assert 1 == shares[0] > shares[1] > shares[2]
