"""The best by validation, a network with a learned rate, and a device without enough memory."""

import dataclasses
import json
from pathlib import Path

import jax
import numpy as np
import pytest

from btcnet_jax import checkpoints
from btcnet_jax.config import DecoderConfig, LossConfig, ModelConfig
from btcnet_jax.errors import TrainingError
from btcnet_jax.training import trainer
from btcnet_jax.training.logbook import read_records

pytestmark = pytest.mark.trainings


def _equal(one, other):
    return jax.tree.all(jax.tree.map(lambda a, b: bool(np.array_equal(a, b)), one, other))


def _validations(config):
    records = read_records(Path(config.workdir) / "train.jsonl")
    return {r["step"]: r["validation_loss"] for r in records if "validation_loss" in r}


def _best(config):
    folder = Path(config.workdir) / "best"
    (only,) = folder.iterdir()
    assert checkpoints.latest_step(folder) == int(only.name)
    return int(only.name), checkpoints.load_model(folder)


@pytest.fixture
def wavering(config, train, monkeypatch):
    """A run whose validation loss falls, rises, and falls less: 8 steps, looked at every second."""
    losses = {2: 0.5, 4: 0.2, 6: 0.9, 8: 0.3}
    evaluate = trainer.evaluate

    def told(step, mesh, params, batches):
        evaluation = evaluate(step, mesh, params, batches)
        at = int(next(reversed(counted)))
        return evaluation._replace(metrics=evaluation.metrics | {"loss": losses[at]})

    counted = []
    validate = trainer.Trainer._validate

    def count(self, state, step):
        counted.append(step)
        validate(self, state, step)

    monkeypatch.setattr(trainer, "evaluate", told)
    monkeypatch.setattr(trainer.Trainer, "_validate", count)
    config.train.validate_every = 2
    return config


def test_the_best_is_kept_however_training_ended(wavering, train):
    def stop(number):
        def spoil(step, batch):
            if step == number:
                raise MemoryError
            return batch

        return spoil

    # Before the first checkpoint, after the best but before a checkpoint of it, and after both.
    for number in (2, 5, 7):
        with pytest.raises(MemoryError):
            train(wavering, stop(number))
    assert _best(wavering)[0] == 4
    train(wavering)
    step, model = _best(wavering)
    assert step == 4
    assert _validations(wavering) == {2: 0.5, 4: 0.2, 6: 0.9, 8: 0.3}
    assert not _equal(model.params, checkpoints.load_model(wavering.workdir).params)
    saved = checkpoints.read_checkpoint(Path(wavering.workdir) / "best")
    assert saved.notes == {"validation_loss": 0.2}
    assert "optimizer" not in saved.arrays


def test_what_an_interruption_left_beside_the_best_is_removed(wavering, train):
    wavering.train.epochs = 3
    train(wavering)
    best = Path(wavering.workdir) / "best"
    (best / "2.orbax-checkpoint-tmp").mkdir()
    (best / "2").mkdir()
    wavering.train.epochs = 4
    train(wavering)
    assert [path.name for path in best.iterdir()] == ["4"]


def test_a_best_that_another_start_left_is_not_believed(wavering, train, tmp_path):
    train(wavering)
    assert _best(wavering)[0] == 4
    (Path(wavering.workdir) / "checkpoints").rename(tmp_path / "away")
    notes = Path(wavering.workdir) / "best" / "4" / "_CHECKPOINT_METADATA"
    kept = json.loads(notes.read_text())
    kept["custom_metadata"]["notes"]["validation_loss"] = 0.0
    notes.write_text(json.dumps(kept))
    train(wavering)
    saved = checkpoints.read_checkpoint(Path(wavering.workdir) / "best")
    assert saved.notes == {"validation_loss": 0.2}


@pytest.mark.parametrize(
    ("options", "tables"),
    [
        ({}, {"frequencies", "first"}),
        (
            {"coding": "contexts", "start": "klt-dct"},
            {"layout", "frequencies", "shifts", "mean_weights", "scale_weights"},
        ),
    ],
    ids=["prior", "contexts"],
)
def test_a_learned_rate_with_averaged_weights_is_saved_whole_and_resumed(
    config, train, tmp_path, options, tables
):
    decoder = DecoderConfig(context="tile", attention="mean")
    config.model = ModelConfig(
        bands=6,
        latent_channels=3,
        features=2,
        gamma=1,
        quantizer="learned",
        decoder=decoder,
        **options,
    )
    config.loss = LossConfig(rate_weights=(0.1,))
    config.data = dataclasses.replace(config.data, tile_cols=8)
    config.train = dataclasses.replace(
        config.train, schedule="cosine", warmup_steps=2, clip_norm=1.0, ema_decay=0.5
    )
    config.validate()
    train(config)
    model = checkpoints.load_model(config.workdir)
    assert model.tables.keys() == tables
    assert _best(config)[1].tables.keys() == model.tables.keys()
    records = read_records(Path(config.workdir) / "train.jsonl")
    assert {"bpppb", "grad_norm", "learning_rate"} <= records[0].keys()
    assert records[-2]["learning_rate"] == pytest.approx(1e-2 * 0.5 * (1 + np.cos(np.pi * 5 / 6)))
    stopped = dataclasses.replace(config, workdir=str(tmp_path / "stopped"))

    def crash(step, batch):
        if step == 6:
            raise MemoryError
        return batch

    with pytest.raises(MemoryError):
        train(stopped, crash)
    train(stopped)
    assert _equal(checkpoints.load_model(stopped.workdir).params, model.params)


@pytest.mark.parametrize("words", ["RESOURCE_EXHAUSTED: Out of memory while trying", "INTERNAL: x"])
def test_a_shortage_of_memory_names_what_to_change(config, train, monkeypatch, words):
    def make(*arguments):
        def step(state, batch):
            raise jax.errors.JaxRuntimeError(words)

        return step

    monkeypatch.setattr(trainer, "make_train_step", make)
    if words.startswith("INTERNAL"):
        with pytest.raises(jax.errors.JaxRuntimeError, match="INTERNAL"):
            train(config)
        return
    with pytest.raises(TrainingError) as caught:
        train(config)
    for option in ("images_per_batch", "strips_per_image", "remat=true", "precision=bfloat16"):
        assert f"{option}" in str(caught.value)
