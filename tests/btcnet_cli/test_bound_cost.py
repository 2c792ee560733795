"""`btcnet cost` of a bound of the error."""

import json

import numpy as np
import pytest
from lines_given import refused


@pytest.fixture
def scene(tmp_path):
    cube = np.random.default_rng(0).integers(0, 90, (9, 10, 5)).astype(np.int16)
    cube[..., 3] = 7
    np.save(tmp_path / "scene.npy", cube)
    return tmp_path / "scene.npy"


def test_bound_of_a_scene_is_told_by_stage_with_what_its_prediction_and_memory_take(btcnet, scene):
    status, printed, _ = btcnet("cost", "--max-error", 2, "--scene", scene)
    assert status == 0
    assert "9 x 10 samples in one lane" in printed
    assert "million samples a second of one core" in printed
    status, printed, _ = btcnet("cost", "--max-error", 2, "--scene", scene, "--json", "-")
    told = json.loads(printed)
    stages = {each["stage"]: each for each in told["stages"]}
    # Of 4 bands of 5; each in lines of 10, whose weights are found every 7.
    weights = (26**3 / 3 + 26**2) / 70
    assert told["multiply_adds"] == {"learn": 378, "predict": 26, "solve": pytest.approx(weights)}
    least = 0.8 * sum(told["multiply_adds"].values())
    assert least < stages["coding"]["operations"] <= stages["coding"]["computed"]
    assert told["memory"]["codes"] == 4 * 9 * 10 * 8
    # 10 planes of samples of 32 bits and 3 of errors of 64, 2 beyond each side.
    assert told["memory"]["planes"] == (10 * 4 + 3 * 8) * 13 * 14


def test_what_is_missing_or_of_other_encoders_is_refused(btcnet, scene, tmp_path):
    refused(btcnet("cost", "--max-error", 2), "give --scene")
    refused(btcnet("cost"), "give its MODEL, or a bound")
    refused(btcnet("cost", "btcnet-v2-aviris", "--max-error", 2, "--scene", scene), "leave it out")
    refused(btcnet("cost", "--max-error", 2, "--scene", scene, "--bands", 3), "--bands is of")
    over = btcnet("cost", "--max-error", 2, "--scene", scene, "--json", scene)
    refused(over, "would overwrite")
    assert np.load(scene).shape == (9, 10, 5)
    np.save(tmp_path / "flat.npy", np.ones((4, 4, 2), np.int16))
    told = btcnet("cost", "--relative-error", 0.1, "--scene", tmp_path / "flat.npy")
    refused(told, "no band of the scene varies")
