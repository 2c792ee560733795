"""`evaluate --records`: a whole split on all devices, what it prints, writes and refuses."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from btcnet_jax.codec import load
from btcnet_jax.codec.evaluation import evaluate_published
from btcnet_jax.errors import MissingExtraError
from btcnet_jax.training.patch_figures import Figures

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Nine test patches of 8 x 8 x 5 of one scene, and the scene."""
    convert = pytest.importorskip("data_pipeline.convert", exc_type=MissingExtraError).convert
    folder = tmp_path_factory.mktemp("records")
    random = np.random.default_rng(1)
    for split in ("train", "test"):
        (folder / "raw" / split).mkdir(parents=True)
        cube = random.integers(1, 999, (24, 24, 5)).astype(np.uint16)
        np.save(folder / "raw" / split / f"{split}.npy", cube)
    convert("hsi_folder", folder / "raw", folder / "records", patch_rows=8, patch_cols=8)
    return folder / "records"


def test_the_table_has_the_means_and_json_every_patch(btcnet, records, model, tmp_path):
    out = tmp_path / "figures.json"
    words = ("evaluate", "--model", model, "--records", records, "--split", "test")
    status, printed, errors = btcnet(*words, "--json", out)
    assert (status, errors) == (0, "")
    assert re.search(r"9 patches on 8 cpu devices in [\d.]+ s: [\d.]+ ms a patch, coding", printed)
    assert "patches of 8 x 8: the published protocol has 256 x 256" in printed
    (result,) = json.loads(out.read_text())["results"]
    assert result["scene"] == "hsi_folder test"
    scene = np.load(records.parent / "raw" / "test" / "test.npy")
    codec = load(model)
    for patch in result["patches"]:
        cube = scene[patch["row"] : patch["row"] + 8, patch["col"] : patch["col"] + 8]
        expected = evaluate_published(codec, cube)["patches"][0]
        assert patch["file_bytes"] == expected["file_bytes"]
        assert patch["psnr_db"] == pytest.approx(expected["psnr_db"], abs=1e-3)
    assert len(result["patches"]) == result["files"] == 9
    assert result["psnr_db"] == pytest.approx(np.mean([p["psnr_db"] for p in result["patches"]]))
    assert f"{result['file_bytes']:,}" in printed


def test_without_coding_the_rate_is_left_out(btcnet, records, model):
    words = ("--model", model, "--records", records, "--devices", 1, "--no-coding")
    status, printed, _ = btcnet("evaluate", *words)
    assert status == 0
    assert re.search(r"9 patches on 1 cpu device in .* without coding", printed)


def test_what_cannot_be_measured_is_refused_in_a_line(
    btcnet, records, model, untrained, scene, tmp_path
):
    other = untrained(6)
    with_model = ("--model", model, "--records", records)
    cases = [
        (("--records", records), "name it with --model; the universal codec"),
        (("--records", records, "--model", other), "patches of 5 bands, but the model was trained"),
        (("--records", tmp_path, "--model", model), "no converted data set"),
        ((*with_model, "--dataset", "aviris"), "no converted data set"),
        ((*with_model, "--split", "validation"), "invalid choice: 'validation'"),
        ((*with_model, "--level", 3), "the model has no level 3"),
        (
            (*with_model, "--bpppb", 0.1),
            "--bpppb is of scenes, --records takes none; choose a rate",
        ),
        ((*with_model, "--nodata", 0), "--nodata is of scenes"),
        ((*with_model, scene), f"leave out {scene}"),
        (
            (*with_model, "--devices", 9),
            "--devices is 9, but there are 8 cpu devices: set --devices",
        ),
        ((*with_model, "--processes", 2), "--processes is 2, but must be 1"),
        ((*with_model, "--json", tmp_path / "no" / "x.json"), "its folder does not exist"),
        ((scene, "--no-coding"), "--no-coding goes with --records, which is not given"),
        ((), "name a scene, a folder with test/, or a converted data set"),
    ]
    for words, message in cases:
        status, _, errors = btcnet("evaluate", *words)
        assert status == 2, words
        assert message in errors, words
        assert errors.count("\n") == 1


def test_interrupted_it_leaves_nothing_behind(btcnet, records, model, tmp_path, monkeypatch):
    def interrupted(self, batch, outcome):
        raise KeyboardInterrupt

    monkeypatch.setattr(Figures, "take", interrupted)
    words = ("--model", model, "--records", records, "--json", tmp_path / "figures.json")
    status, printed, errors = btcnet("evaluate", *words)
    assert (status, printed) == (130, "")
    assert errors == "btcnet: interrupted; nothing was left half written\n"
    assert not any(tmp_path.iterdir())


@pytest.mark.processes
def test_two_hosts_have_the_table_of_one(btcnet, records, model, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = re.sub(r"(?<=device_count=)\d+", "2", os.environ["XLA_FLAGS"])
    command = [sys.executable, "main.py", "evaluate", "--model", model, "--records", records]
    meeting = ["--coordinator", f"127.0.0.1:{port}", "--processes", "2"]
    started = [
        subprocess.Popen(
            [*command, *meeting, "--process", str(host), "--json", tmp_path / f"{host}.json"],
            cwd=ROOT,
            env={**os.environ, "XLA_FLAGS": flags},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for host in range(2)
    ]
    (told, errors), (silence, other) = (process.communicate(timeout=180) for process in started)
    assert [process.returncode for process in started] == [0, 0], errors + other
    assert "9 patches on 4 cpu devices" in told
    # Gloo greets on standard output by itself.
    assert not any(word in silence for word in ("PSNR", "patches", "figures"))
    assert not (tmp_path / "1.json").exists()
    status, *_ = btcnet(*command[2:], "--devices", 1, "--json", tmp_path / "alone.json")
    assert status == 0
    both, alone = (
        json.loads((tmp_path / f"{name}.json").read_text())["results"][0]["patches"]
        for name in ("0", "alone")
    )
    for one, two in zip(alone, both, strict=True):
        assert (one["number"], one["file_bytes"]) == (two["number"], two["file_bytes"])
        assert one["psnr_db"] == pytest.approx(two["psnr_db"], rel=1e-6)
