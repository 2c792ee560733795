"""The RX detector: scores by hand, areas by hand, and the areas of real scenes."""

import numpy as np
import pytest

from btcnet_benchmark.tasks import NotApplicableError, pair_pixels, read_labels
from btcnet_benchmark.tasks.anomaly import compare_anomalies, rx_scores, variance_floors
from data_pipeline.readers import read_scene

# Computed once with numpy.linalg.inv of numpy.cov, to four digits.
TEXTBOOK_AREAS = {
    "abu-airport-1": 0.8221,
    "abu-airport-2": 0.8404,
    "abu-airport-3": 0.9288,
    "abu-beach-1": 0.9807,
    "abu-beach-2": 0.9106,
    "abu-urban-1": 0.9907,
    "abu-urban-3": 0.9513,
    "abu-urban-4": 0.9887,
    "abu-urban-5": 0.9692,
}


@pytest.fixture
def spectra():
    rng = np.random.default_rng(0)
    return rng.standard_normal((200, 6)) @ rng.standard_normal((6, 6)) + 100


def low_rank(values, rank):
    flat = values.reshape(-1, values.shape[-1]).astype(float)
    mean = flat.mean(axis=0)
    _, _, axes = np.linalg.svd(flat - mean, full_matrices=False)
    return (mean + (flat - mean) @ axes[:rank].T @ axes[:rank]).reshape(values.shape)


def test_scores_by_hand():
    # Variances 8/3 and 2/3, so that all four lie equally far; raised to 8/3, two lie nearer.
    cross = np.array([[2.0, 0], [-2, 0], [0, 1], [0, -1]]) + 7
    np.testing.assert_allclose(
        rx_scores(cross, [1e-9, 8 / 3]), [[1.5] * 4, [1.5, 1.5, 0.375, 0.375]]
    )
    np.testing.assert_allclose(variance_floors(cross), [2 / 3, 5 / 3])


def test_scores_are_mahalanobis_distances_and_the_first_floor_changes_none(spectra):
    centered = spectra - spectra.mean(axis=0)
    inverse = np.linalg.inv(np.cov(spectra.T))
    expected = np.einsum("pb,bc,pc->p", centered, inverse, centered)
    textbook, robust = rx_scores(spectra, variance_floors(spectra))
    np.testing.assert_allclose(textbook, expected)
    assert (robust < expected).all()


def test_a_dependent_band_does_not_set_the_floor(spectra):
    dependent = np.hstack([spectra, spectra[:, :1] + spectra[:, 1:2]])
    assert variance_floors(dependent)[0] > 1e-6
    assert (rx_scores(dependent, variance_floors(dependent)) < 200).all()


def test_areas_by_hand(pair, spectra):
    spectra[:3] += 1000
    labels = (np.arange(200) < 3).astype(int)[None] * 255
    swallowed = np.where(labels.T > 0, spectra[3:].mean(axis=0), spectra)
    kept = compare_anomalies(pair(spectra, spectra), labels)
    lost = compare_anomalies(pair(spectra, swallowed), labels)
    assert (kept.auc_before, kept.auc_after, kept.anomalies) == (1, 1, 3)
    assert (kept.robust_auc_before, kept.robust_auc_after) == (1, 1)
    assert (lost.auc_before, lost.auc_after) == (1, 0)
    assert (lost.robust_auc_before, lost.robust_auc_after) == (1, 0)


def test_labels_of_pixels_without_data_are_left_out(pair, spectra):
    spectra[:3] += 1000
    spectra[3:6] = np.nan
    labels = (np.arange(200) < 6).astype(int)[None]
    assert compare_anomalies(pair(spectra, spectra), labels).anomalies == 3


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (None, "no label map"),
        (np.zeros((1, 200), int), "both anomalies and background"),
        (np.ones((1, 200), int), "both anomalies and background"),
        (np.arange(200)[None], "several classes"),
    ],
)
def test_label_maps_without_anomalies(pair, spectra, labels, why):
    with pytest.raises(NotApplicableError, match=why):
        compare_anomalies(pair(spectra, spectra), labels)


def test_too_few_pixels_for_a_covariance(pair, spectra):
    labels = (np.arange(7) < 2).astype(int)[None]
    with pytest.raises(NotApplicableError, match="7 pixels are too few for a covariance of 6"):
        compare_anomalies(pair(spectra[:7], spectra[:7]), labels)


def test_a_label_map_of_another_scene_is_a_mistake(pair, spectra):
    with pytest.raises(ValueError, match=r"label map \(2, 100\) of a scene of \(1, 200\)"):
        compare_anomalies(pair(spectra, spectra), np.ones((2, 100), int))


@pytest.mark.parametrize("name", TEXTBOOK_AREAS)
def test_real_scenes_have_the_areas_of_a_plain_inverse(real_data, name):
    scene = read_scene(real_data / f"{name}.mat")
    labels = read_labels(real_data / f"{name}.mat", scene.values.shape[:2])
    result = compare_anomalies(pair_pixels(scene, scene.values), labels)
    assert result.auc_before == pytest.approx(TEXTBOOK_AREAS[name], abs=6e-5)
    assert result.auc_after == result.auc_before


def test_real_scene_of_low_rank_is_not_judged_by_its_rounding(real_data):
    path = real_data / "abu-airport-1.mat"
    scene = read_scene(path)
    labels = read_labels(path, scene.values.shape[:2])
    smooth = low_rank(scene.values, 10)
    exact, rounded = (
        compare_anomalies(pair_pixels(scene, cube), labels) for cube in (smooth, np.rint(smooth))
    )
    assert exact.robust_auc_after == pytest.approx(rounded.robust_auc_after, abs=0.003)
    assert exact.auc_after > rounded.auc_after + 0.1
