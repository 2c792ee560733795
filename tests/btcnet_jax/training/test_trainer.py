"""The training loop at its edges: resume, signals, NaN, another configuration."""

import dataclasses
import json
import signal
from pathlib import Path

import jax
import numpy as np
import pytest

from btcnet_jax import checkpoints
from btcnet_jax.errors import CheckpointError, ConfigError, TrainingError
from btcnet_jax.training import train_step, trainer
from btcnet_jax.training.logbook import read_records
from btcnet_jax.training.trainer import Trainer
from btcnet_jax.training.workdir_lock import workdir_lock


def _losses(config):
    records = read_records(Path(config.workdir) / "train.jsonl")
    return {record["step"]: record["loss"] for record in records if "loss" in record}


def _params(config):
    return checkpoints.load_model(config.workdir).params


def _equal(one, other):
    return jax.tree.all(jax.tree.map(lambda a, b: bool(np.array_equal(a, b)), one, other))


@pytest.fixture
def elsewhere(config, tmp_path):
    return dataclasses.replace(config, workdir=str(tmp_path / "other"))


def test_training_lowers_the_loss_and_logs_it(config, train):
    config.train.epochs = 30
    config.train.checkpoint_every = config.train.validate_every = 30
    assert train(config) == 0
    losses = _losses(config)
    assert losses[60] < 0.7 * losses[2]
    records = read_records(Path(config.workdir) / "train.jsonl")
    told = {"step", "validation_loss", "validation_psnr_db", "validation_bpppb"}
    assert told in [set(record) for record in records]
    assert checkpoints.latest_step(config.workdir) == 60


def test_resume_after_a_signal_is_bit_exact(config, elsewhere, train):
    train(config)

    def stop_once(step, batch):
        if step == 4:
            signal.raise_signal(signal.SIGTERM)
        return batch

    assert train(elsewhere, stop_once) == signal.SIGTERM
    assert checkpoints.latest_step(elsewhere.workdir) == 5
    assert train(elsewhere) == 0
    assert _equal(_params(config), _params(elsewhere))
    assert _losses(config) == _losses(elsewhere)


def test_resume_after_a_crash_goes_on_from_the_last_checkpoint(config, elsewhere, train):
    train(config)

    def crash(step, batch):
        if step == 5:
            raise MemoryError
        return batch

    with pytest.raises(MemoryError):
        train(elsewhere, crash)
    assert checkpoints.latest_step(elsewhere.workdir) == 3
    train(elsewhere)
    assert _equal(_params(config), _params(elsewhere))
    steps = [record["step"] for record in read_records(Path(elsewhere.workdir) / "train.jsonl")]
    assert steps == sorted(steps)
    assert steps.count(4) == 2, "step 4 was logged and validated, each once"


def test_a_finished_run_stays_as_it_is(config, train):
    train(config)
    before = _params(config)
    assert train(config) == 0
    assert _equal(before, _params(config))


def test_more_epochs_go_on(config, train):
    train(config)
    config.train.epochs = 5
    train(config)
    assert checkpoints.latest_step(config.workdir) == 10


def test_nan_stops_with_the_step_and_keeps_the_checkpoint_before(config, train):
    def spoil(step, batch):
        if step == 4:
            batch["maximum"] = np.full_like(batch["maximum"], np.nan)
        return batch

    with pytest.raises(TrainingError, match=r"not a number at step 5.*learning_rate"):
        train(config, spoil)
    assert checkpoints.latest_step(config.workdir) == 3


def test_another_configuration_in_the_same_workdir_is_refused(config, train):
    train(config)
    config.model.features = 3
    with pytest.raises(ConfigError, match=r"model\.features=2, not 3"):
        train(config)


def test_only_the_newest_checkpoints_are_kept(config, train):
    train(config)
    kept = {path.name for path in (Path(config.workdir) / "checkpoints").iterdir()}
    assert kept == {"6", "8"}


def test_log_line_cut_short_is_left_out(config, train):
    train(config)
    path = Path(config.workdir) / "train.jsonl"
    path.write_text(path.read_text() + '{"step": 9, "lo')
    assert read_records(path)[-1]["step"] == 8
    assert all(json.loads(line) for line in path.read_text().splitlines()[:-1])


def test_missing_empty_and_damaged_checkpoints_are_named(config, train, tmp_path):
    with pytest.raises(CheckpointError, match="no such folder"):
        checkpoints.load_model(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match="no complete checkpoint"):
        checkpoints.load_model(tmp_path / "empty")
    train(config)
    newest = Path(config.workdir) / "checkpoints" / "8"
    for file in (newest / "params").rglob("*"):
        if file.is_file() and file.stat().st_size:
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(CheckpointError, match="damaged, half written"):
        checkpoints.load_model(config.workdir)


def test_checkpoint_without_metadata_is_refused(config, train):
    train(config)
    (Path(config.workdir) / "checkpoints" / "8" / "_CHECKPOINT_METADATA").unlink()
    with pytest.raises(CheckpointError, match=r"half written|no configuration"):
        checkpoints.load_model(config.workdir)


def test_a_flipped_bit_in_the_weights_is_noticed(config, train):
    train(config)
    newest = Path(config.workdir) / "checkpoints" / "8" / "params" / "ocdbt.process_0" / "d"
    largest = max(newest.iterdir(), key=lambda path: path.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[len(data) // 2] ^= 1
    largest.write_bytes(data)
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoints.load_model(config.workdir)


def test_two_trainings_in_one_workdir_are_refused(config, train):
    with (
        workdir_lock(config.workdir),
        pytest.raises(TrainingError, match="another training is under way"),
    ):
        train(config)


def test_resume_compiles_as_often_as_a_fresh_start(config, train, monkeypatch):
    steps = []
    make = Trainer._loop

    def loop(self, *arguments):
        steps.append(self._train_step)
        return make(self, *arguments)

    monkeypatch.setattr(Trainer, "_loop", loop)
    monkeypatch.setattr(trainer, "make_train_step", train_step.make_train_step)
    train(config)
    config.train.epochs = 6
    train(config)
    assert [step._cache_size() for step in steps] == [1, 1]


def test_a_full_disk_is_one_line_and_keeps_the_steps_before(config, train, monkeypatch):
    save = checkpoints.CheckpointWriter.save

    def full(self, step, *arguments):
        if step == 6:
            # Orbax tells of it in saving, and once more in closing.
            close = self._checkpointer.close
            monkeypatch.setattr(self._checkpointer, "save_checkpointables", _raise_full, False)
            monkeypatch.setattr(
                self._checkpointer, "close", lambda: (close(), _raise_full()), False
            )
        save(self, step, *arguments)

    monkeypatch.setattr(checkpoints.CheckpointWriter, "save", full)
    with pytest.raises(CheckpointError, match=r"step 6 .*the disk is full; steps saved before"):
        train(config)
    assert checkpoints.latest_step(config.workdir) == 3


def _raise_full(*_, **__):
    raise ValueError("RESOURCE_EXHAUSTED: No space left on device")
