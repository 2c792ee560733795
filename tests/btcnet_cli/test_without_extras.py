"""A package installed without its extras: each command that needs one says which, in one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from btcnet_jax.errors import MissingExtraError

ROOT = Path(__file__).parent.parent.parent
_RUN = """
import contextlib, io, json, sys
sys.modules.update(dict.fromkeys(json.loads(sys.argv[1])))
from btcnet_cli.main import run
results = []
for words in json.loads(sys.argv[2]):
    with contextlib.redirect_stderr(io.StringIO()) as told:
        with contextlib.redirect_stdout(io.StringIO()):
            status = run(words)
    results.append([status, told.getvalue()])
print(json.dumps(results))
"""
# Not absl: without it flax cannot be imported.
_EXTRAS = (
    "apache_beam",
    "imagecodecs",
    "matplotlib",
    "ml_collections",
    "optax",
    "orbax",
    "sklearn",
    "tensorboardX",
    "tensorflow",
)
_TRAIN = ["--config", "configs/tiny.py", "--config.workdir=run", "--config.data.folder=raw"]
_COMMANDS = {
    "train": (["train", *_TRAIN], "ml_collections", "train"),
    "no command": (_TRAIN, "ml_collections", "train"),
    "import": (["import", "a.pth", "run"], "orbax-checkpoint", "train"),
    "train-universal": (["train-universal", "detail", "--out", "run"], "optax", "train"),
    "prepare": (
        ["train-universal", "all", "--data", "raw", "--out", "run"],
        "scikit-learn",
        "benchmark",
    ),
    "evaluate": (["evaluate", "a.npy", "--picture", "a.png"], "matplotlib", "pictures"),
    "benchmark": (
        ["benchmark", "--scenes", "a.npy", "--codecs", "universal", "--out", "run"],
        "imagecodecs",
        "benchmark",
    ),
    "convert": (["convert", "hsi_folder", "--raw", "raw", "--out", "run"], "tensorflow", "data"),
    "info": (["info", "MODEL"], "orbax-checkpoint", "train"),
    "compress": (["compress", "a.npy", "a.btcn", "--model", "MODEL"], "orbax-checkpoint", "train"),
}


def _run(absent, commands, folder):
    """Exit status and errors of commands where `absent` cannot be imported; in a process of its own."""
    (folder / "configs").symlink_to(ROOT / "configs")
    np.save(folder / "a.npy", np.arange(320, dtype=np.uint16).reshape(8, 8, 5))
    before = sorted(folder.iterdir())
    command = [sys.executable, "-c", _RUN, json.dumps(absent), json.dumps(commands)]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert sorted(folder.iterdir()) == before
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def refusals(tmp_path_factory, model):
    words = [
        [str(model) if word == "MODEL" else word for word in words]
        for words, _, _ in _COMMANDS.values()
    ]
    results = _run(_EXTRAS, words, tmp_path_factory.mktemp("without"))
    return dict(zip(_COMMANDS, results, strict=True))


@pytest.mark.parametrize("command", _COMMANDS)
def test_each_command_names_its_extra(refusals, command):
    _, package, extra = _COMMANDS[command]
    told = f"btcnet: {package} cannot be imported: pip install 'btcnet_jax[{extra}]'\n"
    assert refusals[command] == [2, told]


def test_training_from_records_and_raw_scenes_needs_no_tensorflow(tmp_path):
    common = [*_TRAIN[:3], "--config.hardware.devices=1"]
    words = [[*common, f"--config.data.{place}=here"] for place in ("records", "raw")]
    results = _run(("tensorflow",), words, tmp_path)
    assert [status for status, _ in results] == [2, 2]
    assert results[0][1].startswith("btcnet: here/hsi_folder: no converted data set")
    assert results[1][1].startswith("btcnet: here: no such folder; --config.data.raw names")


def test_beam_is_asked_for_where_it_is_named(monkeypatch):
    from data_pipeline.beam import beam_options

    monkeypatch.setitem(sys.modules, "apache_beam", None)
    with pytest.raises(MissingExtraError, match=r"apache-beam .*'btcnet_jax\[beam\]'"):
        beam_options(["runner=DirectRunner"])
