"""Trainings as processes of their own: killed at any moment, and several that train together."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest

from btcnet_jax import checkpoints
from btcnet_jax.errors import TrainingError
from btcnet_jax.training import distributed
from btcnet_jax.training.logbook import read_records

ROOT = Path(__file__).parent.parent.parent.parent
STEPS = 36
SEED = 5  # of the moments at which a training is stopped
OPTIONS = (
    "model.bands=6 model.latent_channels=3 model.features=2 model.gamma=1 "
    "data.patch_rows=16 data.patch_cols=16 data.strip_rows=8 data.strips_per_image=4 "
    f"data.images_per_batch=4 train.epochs={STEPS} train.learning_rate=1e-3 train.log_every=3 "
    "train.checkpoint_every=8 train.validate_every=12 train.tensorboard=false"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    rng = np.random.default_rng(7)
    for split, count in (("train", 4), ("test", 1)):
        (folder / split).mkdir()
        for number in range(count):
            cube = rng.integers(0, 999, (20, 18, 6)).astype(np.uint16)
            np.save(folder / split / f"{number}.npy", cube)
    return folder


def _start(folder, workdir, *options, devices=8):
    flags = re.sub(r"(?<=device_count=)\d+", str(devices), os.environ["XLA_FLAGS"])
    names = [*OPTIONS.split(), f"data.folder={folder}", f"workdir={folder / workdir}", *options]
    command = [sys.executable, "main.py", "--config", "configs/tiny.py"]
    return subprocess.Popen(
        [*command, *(f"--config.{name}" for name in names)],
        cwd=ROOT,
        env={**os.environ, "XLA_FLAGS": flags},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _losses(folder, workdir):
    records = read_records(folder / workdir / "train.jsonl")
    named = [name for name in ("loss", "validation_loss") if any(name in r for r in records)]
    return {(r["step"], name): r[name] for r in records for name in named if name in r}


def _wait_for(process, folder, workdir, step):
    """Until the log has come to a step."""
    end = time.monotonic() + 120
    while max((at for at, _ in _losses(folder, workdir)), default=0) < step:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.005)


def _finish(process, status=0):
    output, errors = process.communicate(timeout=180)
    assert process.returncode == status, output + errors
    return output


@pytest.fixture(scope="module")
def whole(folder):
    """A run that nothing interrupted, on one device."""
    _finish(_start(folder, "whole", "hardware.devices=1"))
    return _losses(folder, "whole")


@pytest.mark.processes
def test_stopped_and_killed_at_two_moments_it_comes_out_the_same(folder, whole):
    choice = random.Random(SEED)
    stops = choice.randint(1, 12), choice.randint(15, 30)
    for step, number, status in zip(
        stops, (signal.SIGTERM, signal.SIGKILL), (143, -9), strict=True
    ):
        process = _start(folder, "stopped", "hardware.devices=1")
        _wait_for(process, folder, "stopped", step)
        process.send_signal(number)
        output = _finish(process, status)
        assert number == signal.SIGKILL or "the same command goes on from there" in output, stops
    assert "from the checkpoint at step" in _finish(_start(folder, "stopped", "hardware.devices=1"))
    assert _losses(folder, "stopped") == whole, stops
    for part in ("", "best"):
        one, other = (checkpoints.load_model(folder / run / part) for run in ("whole", "stopped"))
        same = jax.tree.map(lambda a, b: bool(np.array_equal(a, b)), one.params, other.params)
        assert jax.tree.all(same), (part, stops)
    steps = [checkpoints.latest_step(folder / run / "best") for run in ("whole", "stopped")]
    assert steps[0] == steps[1]


@pytest.mark.processes
def test_two_processes_train_as_one_and_stop_together(folder, whole):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    meeting = [f"hardware.coordinator=127.0.0.1:{port}", "hardware.processes=2"]
    first, second = (
        _start(folder, "two", *meeting, f"hardware.process={number}", devices=1)
        for number in range(2)
    )
    _wait_for(first, folder, "two", 12)
    second.send_signal(signal.SIGTERM)
    told, silence = (_finish(process, 143) for process in (first, second))
    assert "on 2 cpu devices" in told
    # Gloo greets on standard output by itself.
    assert [line for line in silence.splitlines() if "Gloo" not in line] == []
    step = int(re.search(r"stopped at step (\d+);", told)[1])
    assert checkpoints.latest_step(folder / "two") == step
    assert step % 3 == 0
    losses = _losses(folder, "two")
    assert max(losses) == (step, "loss") or step % 12 == 0
    np.testing.assert_allclose(list(losses.values()), [whole[key] for key in losses], rtol=1e-4)


@pytest.mark.processes
def test_processes_that_do_not_meet_end_with_one_line():
    code = (
        "from btcnet_jax.config import HardwareConfig as H; from btcnet_jax.training.distributed "
        "import join\n"
        "try: join(H(coordinator='auto'))\n"
        "except Exception as error: print(error, flush=True)\n"
        "join(H(coordinator='127.0.0.1:9', processes=2, process=1), seconds=2)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "hardware.coordinator is auto, but nothing here tells of a cluster" in done.stdout
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if line.startswith("btcnet: ")]
    assert len(lines) == 1
    assert "the 2 processes did not all meet at 127.0.0.1:9 within 2 s" in lines[0]


def test_a_process_that_cannot_start_stops_the_others(monkeypatch):
    asked = []
    monkeypatch.setattr(distributed, "greatest", lambda number: asked.append(number) or 1)
    with (
        pytest.raises(TrainingError, match="another process could not start"),
        distributed.all_or_none(),
    ):
        pass
    with pytest.raises(KeyError), distributed.all_or_none():
        raise KeyError
    assert asked == [0, 1]
