"""All tasks together: one table, whatever the scene lacks."""

import json

import numpy as np
import pytest

from btcnet_benchmark.tasks import TaskResult, evaluate_tasks, read_labels
from btcnet_jax.errors import CubeError
from btcnet_jax.scene.scene import Scene
from data_pipeline.readers import read_scene
from data_pipeline.synthetic import SyntheticSettings, synthetic_scene

TASKS = [
    "anomaly_detection",
    "classification",
    "clustering",
    "unmixing",
    "ndvi",
    "red_edge_ndvi",
    "ndwi_mcfeeters",
    "ndwi_gao",
]


@pytest.fixture(scope="module")
def scene():
    return synthetic_scene(SyntheticSettings(rows=24, cols=20, bands=160, seed=1, dead_bands=3))


def table(results):
    """Records by task and measure, after a check that they are flat and fit for JSON."""
    rows = [result.to_json() for result in results]
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert list(dict.fromkeys(row["task"] for row in rows)) == TASKS
    for row in rows:
        pair = row["before"] is not None and row["after"] is not None
        assert [pair, row["value"] is not None, row["not_applicable"] is not None].count(True) == 1
    return {(result.task, result.measure): result for result in results}


def test_an_exact_restoration_changes_nothing(scene):
    labels = np.zeros((24, 20), int)
    labels[3:5, 3:5] = 1
    results = table(evaluate_tasks(scene, scene.values, labels))
    found = results["anomaly_detection", "roc_auc"]
    assert found == TaskResult(
        task="anomaly_detection", measure="roc_auc", before=found.before, after=found.before
    )
    assert results["clustering", "equal_share"].value == 1
    assert results["clustering", "adjusted_rand"].value == 1
    assert results["unmixing", "abundance_rmse"].value == 0
    for name in TASKS[4:]:
        assert results[name, "rmse"].value == results[name, "bias"].value == 0
    assert "two classes" in results["classification", ""].not_applicable


def test_classes_are_no_anomalies(scene):
    labels = np.repeat([[1], [2], [0]], 8, axis=0) * np.ones((1, 20), int)
    results = table(evaluate_tasks(scene, scene.values, labels))
    assert 0 <= results["classification", "accuracy"].before <= 1
    assert "several classes" in results["anomaly_detection", ""].not_applicable


def test_a_scene_of_few_pixels_without_wavelengths_or_labels_says_why():
    values = np.random.default_rng(0).integers(0, 99, (2, 3, 12))
    results = table(evaluate_tasks(Scene(name="tiny", values=values), values))
    reasons = {task: result.not_applicable for (task, _), result in results.items()}
    assert reasons["anomaly_detection"] == reasons["classification"] == "the scene has no label map"
    assert reasons["clustering"] == "6 pixels are too few for 8 clusters"
    assert reasons["ndvi"] == "the scene's wavelengths are unknown"
    assert reasons["unmixing"] is None


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 9), (1, 9, 1), (9, 9, 1), (9, 9, 2)])
@pytest.mark.parametrize("fill", ["varied", "constant", "empty"])
def test_no_scene_is_too_small(shape, fill):
    values = {
        "varied": np.random.default_rng(0).random(shape),
        "constant": np.full(shape, 3.0),
        "empty": np.full(shape, np.nan),
    }[fill]
    labels = np.arange(shape[0] * shape[1]).reshape(shape[:2]) % 2
    scene = Scene(name="tiny", values=values, wavelengths=np.linspace(670.0, 800, shape[2]))
    table(evaluate_tasks(scene, values, labels))


def test_a_restored_cube_with_holes_fails_every_task(scene):
    restored = scene.values.astype(float)
    restored[0, 0] = np.nan
    for result in evaluate_tasks(scene, restored):
        assert "restored cube is NaN" in result.not_applicable


def test_mistakes_are_not_recorded_but_raised(scene):
    with pytest.raises(CubeError):
        evaluate_tasks(scene, scene.values[1:])
    with pytest.raises(ValueError, match="label map"):
        evaluate_tasks(scene, scene.values, np.zeros((3, 3), int))


@pytest.mark.parametrize("name", ["abu-urban-1.mat", "salton_sea.npz", "lhdata.hdr"])
def test_real_scenes(real_data, name):
    scene = read_scene(real_data / name)
    labels = read_labels(real_data / name, scene.values.shape[:2])
    filled = np.nan_to_num(scene.values)
    results = table(evaluate_tasks(scene, filled + filled.std() / 100, labels))
    assert results["clustering", "equal_share"].value > 0.9
    assert 0 < results["unmixing", "abundance_rmse"].value < 0.1
