"""What people watch: event files, pictures, the trace, the line of figures, and where they are missing."""

import io
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from rich.console import Console

from btcnet_jax.training import recorder
from btcnet_jax.training.display import Display
from btcnet_jax.training.evaluation import evaluate
from btcnet_jax.training.logbook import read_records
from btcnet_jax.training.recorder import _quality_text


def _events(config):
    module = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = module.EventAccumulator(str(Path(config.workdir) / "tensorboard"))
    events.Reload()
    return events


def test_event_files_hold_each_step_once_and_pictures_beside(config, train, undrawn):
    undrawn()
    config.train.tensorboard = True

    def crash(step, batch):
        if step == 5:
            raise MemoryError
        return batch

    with pytest.raises(MemoryError):
        train(config, crash)
    train(config)
    events = _events(config)
    assert {"training/loss", "training/psnr_db", "training/learning_rate"} <= set(
        events.Tags()["scalars"]
    )
    lines = read_records(Path(config.workdir) / "train.jsonl")
    for tag, name in (("training/loss", "loss"), ("validation/bpppb", "validation_bpppb")):
        written = [(event.step, event.value) for event in events.Scalars(tag)]
        logged = [(line["step"], np.float32(line[name])) for line in lines if name in line]
        assert written == logged
    images = events.Images("validation/first_patch")
    assert [image.step for image in images] == [4, 8]
    for step in (4, 8):
        png = Path(config.workdir) / "pictures" / f"step_{step:06d}.png"
        assert png.read_bytes().startswith(b"\x89PNG")
    assert images[0].width == images[1].width == 1300


def test_without_the_package_or_matplotlib_training_goes_on_and_says_so(
    config, train, undrawn, monkeypatch, capsys
):
    undrawn()
    config.train.tensorboard = True
    monkeypatch.setattr(recorder, "is_available", lambda: False)
    monkeypatch.setitem(sys.modules, "btcnet_jax.pictures.comparison", None)
    assert train(config) == 0
    told = capsys.readouterr().out
    assert told.count("pip install tensorboardX, or set --config.train.tensorboard=false") == 1
    assert told.count("no pictures of the validation") == 1
    assert not (Path(config.workdir) / "tensorboard").exists()


def test_what_is_drawn_is_in_the_scenes_unit():
    patch = np.arange(2 * 2 * 3, dtype=np.uint16).reshape(1, 2, 2, 3) + 100
    batch = {"patches": patch, "minimum": np.float32([100]), "maximum": np.float32([111])}
    other = batch | {"patches": patch * 0}

    @jax.jit
    def step(params, placed):
        values = placed["patches"][0].astype(np.float32)
        return {"loss": values.max()}, (values - 100) / 11

    mesh = jax.sharding.Mesh(np.array(jax.devices()[:1]), ("data",))
    evaluation = evaluate(step, mesh, {}, [batch, other])
    assert evaluation.metrics == {"loss": 111 / 2}
    np.testing.assert_allclose(evaluation.restored, patch[0], rtol=1e-6)
    assert np.array_equal(evaluation.original, patch[0])


def test_a_trace_is_written_and_it_is_said_how_to_look_at_it(config, train, capsys):
    train(config, profile=True)
    told = capsys.readouterr().out
    folder = Path(config.workdir) / "profile"
    assert f"trace of steps 4 to 8 in {folder}" in told
    assert list(folder.rglob("*.xplane.pb"))
    assert list(folder.rglob("*.trace.json.gz"))


def test_figures_name_the_rate_where_there_is_one_and_silence_is_silent():
    assert "bpppb" not in _quality_text({"loss": 0.1, "psnr_db": 30.0})
    assert _quality_text({"loss": 0.1, "psnr_db": 30.0, "bpppb": 0.05}).endswith("0.0500 bpppb")
    file = io.StringIO()
    with Display(Console(file=file, quiet=True), silent=True) as display:
        display.say("hello")
        display.update(1, 2, "figures")
    assert file.getvalue() == ""
