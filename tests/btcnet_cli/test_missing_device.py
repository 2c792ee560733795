"""JAX_PLATFORMS of a device that is not there: one line from each command that needs one, only from these."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
# In one process of its own: JAX asks for its devices once.
_CODE = """
import contextlib, io, json, sys
import main
told = []
for words in json.loads(sys.argv[1]):
    error = io.StringIO()
    with contextlib.redirect_stderr(error), contextlib.redirect_stdout(io.StringIO()):
        status = main.run(words)
    told.append([status, error.getvalue()])
print(json.dumps(told))
"""


@pytest.mark.skipif(Path("/dev/nvidia0").exists(), reason="there is a GPU here")
def test_each_command_tells_it_in_one_line(btcnet, scene, model, tmp_path):
    compressed, trained = tmp_path / "scene.btcn", tmp_path / "trained.btcn"
    packed = tmp_path / "tiny.btcmodel"
    assert btcnet("compress", scene, compressed, "--bpppb", "2", "--no-check")[0] == 0
    assert btcnet("compress", scene, trained, "--model", model, "--no-check")[0] == 0
    assert btcnet("pack", model, packed)[0] == 0
    config, out = ROOT / "configs" / "tiny.py", tmp_path / "out"
    need = [
        ["info", packed],
        ["info", model],
        ["pack", model, tmp_path / "again.btcmodel"],
        ["compress", scene, tmp_path / "a.btcn", "--model", packed],
        ["compress", scene, tmp_path / "a.btcn", "--model", model],
        ["compress", scene, tmp_path / "a.btcn", "--bpppb", "2", "--optimize", "rmse"],
        ["compress", scene, tmp_path / "b.btcn", "--bpppb", "2", "--no-check"],
        ["decompress", compressed, tmp_path / "a.npy"],
        ["decompress", trained, tmp_path / "a.npy", "--model", model],
        ["evaluate", scene, "--bpppb", "2"],
        ["evaluate", scene, compressed],
        ["evaluate", "--model", model, "--records", tmp_path],
        [
            "train",
            "--config",
            config,
            f"--config.workdir={out}",
            f"--config.data.folder={tmp_path}",
        ],
    ]
    other = [["info", compressed], ["info", scene], ["models"]]
    light = ["--effort", "light", "--no-check"]
    other += [["compress", scene, tmp_path / "c.btcn", "--bpppb", "2", *light]]
    words = json.dumps([[str(word) for word in command] for command in need + other])
    done = subprocess.run(
        [sys.executable, "-c", _CODE, words],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "JAX_PLATFORMS": "cuda"},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for command, (status, error) in zip(need, told, strict=False):
        assert status == 2, command
        assert error.count("\n") == 1, (command, error)
        assert error.startswith("btcnet: JAX_PLATFORMS=cuda: JAX finds no such device here"), (
            command
        )
    assert [status for status, _ in told[len(need) :]] == [0] * len(other)
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"scene.npy", "scene.btcn", "trained.btcn", "tiny.btcmodel", "c.btcn"}
