"""The training of the universal weights, all stages on tiny scenes, so that the command keeps working."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from btcnet_cli.commands import parse
from btcnet_jax.errors import ConfigError, TrainingError
from btcnet_jax.training.universal import detail_samples, detail_weights, prepared
from btcnet_jax.training.universal.prepared import read_scene, split_scenes
from btcnet_jax.weights.weight_file import load_weights
from data_pipeline.synthetic import SyntheticSettings, synthetic_scene

ROOT = Path(__file__).parents[3]
SMALL = (
    "--detail-steps",
    "4",
    "--width",
    "8",
    "--blocks",
    "1",
    "--batch",
    "2",
    "--context-steps",
    "6",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    for index, name in enumerate(("one", "two", "jasper_ridge")):
        settings = SyntheticSettings(rows=30, cols=26, bands=12, seed=index)
        np.savez(folder / f"{name}.npz", cube=synthetic_scene(settings).values)
    return folder


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    train("all", "--data", str(data), "--out", str(out), *SMALL)
    return out


def train(*words):
    """Runs the command, its errors unreported."""
    arguments = parse(["train-universal", *map(str, words)])
    return arguments.run(arguments)


@pytest.mark.universal_training
def test_all_stages_give_weights_that_load(trained):
    weights = load_weights(trained / "universal.npz")
    assert weights.detail["input"]["kernel"].shape == (1, 1, 23 * 24, 8)
    assert any(np.abs(leaf).max() > 0 for leaf in weights.detail["output"].values())


@pytest.mark.universal_training
def test_test_scenes_are_never_prepared(trained):
    assert [path.stem for path in split_scenes(trained / "scenes")[0]] == ["one", "two"]


@pytest.mark.universal_training
def test_prepared_planes_are_in_steps(trained):
    scene = read_scene(trained / "scenes" / "one.npz")
    assert len(scene.planes) == len(scene.left) == len(prepared.RATES)
    assert scene.planes[0].shape[:2] == (32, 28)
    assert scene.bands == 12
    # Finer steps at higher rates.
    energies = [float(np.square(planes).sum()) for planes in scene.planes]
    assert energies == sorted(energies)
    np.testing.assert_allclose(scene.block_matrix @ scene.block_matrix.T, np.eye(16), atol=1e-12)


@pytest.mark.universal_training
def test_finished_stages_are_not_run_again(trained, data, capsys):
    before = (trained / "universal.npz").stat().st_mtime_ns
    train("all", "--data", str(data), "--out", str(trained), *SMALL)
    assert "context: " in capsys.readouterr().out
    assert (trained / "universal.npz").stat().st_mtime_ns == before


@pytest.mark.universal_training
def test_same_seed_gives_the_same_network(trained, tmp_path):
    (tmp_path / "scenes").symlink_to(trained / "scenes")
    train("detail", "--out", str(tmp_path), *SMALL)
    first, second = (np.load(folder / "detail.npz") for folder in (trained, tmp_path))
    assert all((first[key] == second[key]).all() for key in first.files)


@pytest.mark.universal_training
def test_scenes_left_out_are_reported_on(trained, tmp_path, capsys):
    (tmp_path / "scenes").symlink_to(trained / "scenes")
    train("detail", "--out", str(tmp_path), "--leave-out", "two", *SMALL)
    output = capsys.readouterr().out
    assert "detail: 1 scenes" in output
    assert "two " in output.splitlines()[-1]


@pytest.mark.universal_training
@pytest.mark.parametrize(
    ("names", "message"), [("three", "three is not among"), ("one,two", "no scene to train")]
)
def test_impossible_choice_of_scenes_is_refused(trained, names, message):
    with pytest.raises(ConfigError, match=message):
        split_scenes(trained / "scenes", names)


def test_missing_data_is_said(tmp_path):
    with pytest.raises(ConfigError, match="--data"):
        train("prepare", "--out", str(tmp_path))
    with pytest.raises(ConfigError, match="run the stage prepare"):
        train("detail", "--out", str(tmp_path))


def test_stage_on_the_accelerator_needs_no_coder_and_no_tensorflow():
    missing = ("constriction", "tensorflow", "rasterio", "ml_collections")
    names = "btcnet_cli.train_universal, btcnet_jax.training.universal.detail_weights"
    code = f"import sys; sys.modules |= dict.fromkeys({missing}); import {names}"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_network_that_does_not_learn_stops_the_training():
    with pytest.raises(TrainingError, match="--seed"):
        detail_weights._check_alive(3000, 0.001)


@pytest.mark.universal_training
def test_scenes_are_cut_into_pieces_that_crops_fit_in(trained, monkeypatch):
    monkeypatch.setattr(detail_samples, "_MOST", 20)
    monkeypatch.setattr(detail_samples, "_LEAST", 18)
    pieces = detail_samples.load_pieces(split_scenes(trained / "scenes")[0])
    assert pieces.planes.shape[0] == 2 * detail_samples.RATES_USED * 4
    assert pieces.sizes.max() <= 20
    # Nothing is lost where no scene had to grow.
    scene = read_scene(trained / "scenes" / "one.npz")
    total = np.square(pieces.planes[:4]).sum()
    np.testing.assert_allclose(total, np.square(scene.planes[0][..., :24]).sum(), rtol=1e-5)
