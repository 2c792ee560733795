"""The whole path as a newcomer types it, each command a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.end_to_end
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("end_to_end")


def _btcnet(folder, *words, status=0):
    command = [sys.executable, str(ROOT / "main.py"), *map(str, words)]
    environment = {**os.environ, "PYTHONWARNINGS": "error::DeprecationWarning:__main__"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def _train(folder, *words, **options):
    small = ["model.features=2", "model.gamma=1", "model.latent_channels=4", "model.bands=8"]
    sizes = ["data.patch_rows=32", "data.patch_cols=32", "data.strip_rows=16", "data.folder=scenes"]
    fields = [
        f"--config.{field}" for field in (*small, *sizes, "workdir=run", "hardware.devices=1")
    ]
    config = ["--config", ROOT / "configs" / "tiny.py"]
    return _btcnet(folder, *config, *fields, *words, **options)


def test_synthesize_train_compress_decompress_evaluate_info(folder):
    shape = ["--rows", "36", "--cols", "33", "--bands", "8"]
    _btcnet(folder, "synthesize", "scenes", "--train", "4", "--test", "1", *shape)
    output = _train(folder, "--config.train.epochs=2")
    assert "from scratch, to step 2" in output
    output = _train(folder, "--config.train.epochs=3")
    assert "from the checkpoint at step 2, to step 3" in output
    assert (folder / "run" / "training.png").read_bytes().startswith(b"\x89PNG")
    scene = "scenes/test/scene_000.npz"
    output = _btcnet(folder, "compress", scene, "scene.btcn", "--model", "run")
    size = (folder / "scene.btcn").stat().st_size
    assert f"{size} bytes, {8 * size / (36 * 33 * 8):.4f} bpppb" in output
    _btcnet(folder, "decompress", "scene.btcn", "restored.npy", "--model", "run")
    restored = np.load(folder / "restored.npy")
    assert restored.shape == (36, 33, 8)
    assert restored.dtype == np.uint16
    output = _btcnet(
        folder, "evaluate", scene, "--model", "run", "--json", "e.json", "--picture", "e.png"
    )
    assert "PSNR (dB)" in output
    results = json.loads((folder / "e.json").read_text())["results"]
    assert [result["protocol"] for result in results] == ["scene", "published"]
    assert results[0]["file_bytes"] == size
    assert (folder / "e.png").read_bytes().startswith(b"\x89PNG")
    assert "36 x 33 x 8" in _btcnet(folder, "info", "scene.btcn")
    assert "step 3" in _btcnet(folder, "info", "run")
    assert "400.0 to 2500.0 nm" in _btcnet(folder, "info", scene)


def test_a_typo_is_one_line_in_a_process_of_its_own_too(folder):
    output = _btcnet(folder, "--config", ROOT / "configs/tiny.py", "--config.model.bit=6", status=2)
    assert output == "btcnet: no option --config.model.bit: did you mean --config.model.bits?\n"


def test_train_from_tfrecords_and_from_the_scenes_they_are_made_of(folder):
    pytest.importorskip("tensorflow_datasets", reason="the extra [data] is not installed")
    shape = ["--rows", "40", "--cols", "36", "--bands", "8"]
    _btcnet(folder, "synthesize", "raw", "--train", "4", "--test", "1", *shape)
    patch = ["--patch-rows", "32", "--patch-cols", "32", "--stride", "4"]
    output = _btcnet(folder, "convert", "hsi_folder", "--raw", "raw", "--out", "records", *patch)
    assert "--config.data.records=records --config.data.dataset=hsi_folder" in output
    records = [
        "--config.data.records=records",
        "--config.data.folder=",
        "--config.workdir=streamed",
    ]
    output = _train(folder, *records, "--config.train.epochs=1")
    assert "to step 6" in output
    output = _train(folder, *records, "--config.train.epochs=2")
    assert "from the checkpoint at step 6, to step 12" in output
    cut = ["--config.data.raw=raw", "--config.data.folder=", "--config.data.record_stride=4"]
    # A run of its own, and the run from the records gone on with.
    for workdir in ("cut", "streamed"):
        output = _train(folder, *cut, f"--config.workdir={workdir}", "--config.train.epochs=3")
    assert "from the checkpoint at step 12, to step 18" in output
    lasts = [
        json.loads((folder / run / "train.jsonl").read_text().splitlines()[-1])
        for run in ("cut", "streamed")
    ]
    assert lasts[0] == lasts[1]
    assert lasts[0].keys() >= {"step", "validation_loss"}
    output = _train(folder, "--config.data.records=records", status=2)
    assert "data.folder is 'scenes', but must be empty where data.records is set" in output
