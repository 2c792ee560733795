"""A run small enough to train in a test."""

import numpy as np
import pytest

from btcnet_jax.config import Config, DataConfig, HardwareConfig, ModelConfig, TrainConfig
from btcnet_jax.config.model import LEARNED
from btcnet_jax.training import trainer
from btcnet_jax.training.display import Display
from btcnet_jax.training.recorder import Recorder
from btcnet_jax.training.trainer import Trainer
from data_pipeline.patches import PatchStream, center_patches


def _scenes(count):
    random = np.random.default_rng(7)
    ramp = np.linspace(0, 1, 6)
    return [
        (random.uniform(0, 900, (20, 18, 1)) * ramp + random.integers(0, 99, (20, 18, 6))).astype(
            np.uint16
        )
        for _ in range(count)
    ]


_STEPS = {}
_COMPUTING = (
    "learning_rate",
    "schedule",
    "decay_per_epoch",
    "warmup_steps",
    "clip_norm",
    "encoder_rate",
    "prior_rate",
    "ema_decay",
    "precision",
    "remat",
    "noise_share",
    "seed",
)


@pytest.fixture(autouse=True)
def compiled_once(monkeypatch):
    """Tests of the loop train the same few networks: each is compiled once."""
    for name in ("make_train_step", "make_validation_step"):
        monkeypatch.setattr(trainer, name, _remembered(name, getattr(trainer, name)))


def _remembered(name, make):
    def remember(config, *arguments):
        computing = {option: getattr(config.train, option) for option in _COMPUTING}
        key = (name, repr((config.model, config.data, config.loss, computing)))
        if config.model.quantizer == LEARNED or config.train.schedule == "cosine":
            key += (config.train.epochs,)
        if key not in _STEPS:
            _STEPS[key] = make(config, *arguments)
        return _STEPS[key]

    return remember


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    """Pictures take longer than these trainings; tests of pictures put `draw` back."""
    draw = Recorder._draw
    monkeypatch.setattr(Recorder, "_draw", lambda self, step, evaluation: None)
    return lambda: monkeypatch.setattr(Recorder, "_draw", draw)


@pytest.fixture
def config(tmp_path):
    return Config(
        workdir=str(tmp_path / "run"),
        model=ModelConfig(bands=6, latent_channels=3, features=2, gamma=1),
        data=DataConfig(
            folder="unused",
            patch_rows=16,
            patch_cols=16,
            images_per_batch=2,
            strips_per_image=4,
            strip_rows=8,
        ),
        train=TrainConfig(
            epochs=4,
            learning_rate=1e-2,
            log_every=2,
            checkpoint_every=3,
            validate_every=4,
            tensorboard=False,
        ),
        hardware=HardwareConfig(devices=1),
    )


@pytest.fixture
def train():
    """Trains a configuration; `spoil(step, batch)` may change a batch or raise a signal."""

    def run(config, spoil=None, **options):
        data = config.data
        stream = PatchStream(
            _scenes(4), data.patch_rows, data.patch_cols, data.images_per_batch, config.train.seed
        )
        if spoil is not None:
            original = stream.batch_at
            stream.batch_at = lambda step: spoil(step, original(step))
        validation = center_patches(_scenes(1), data.patch_rows, data.patch_cols)
        with Display() as display:
            return Trainer(config, stream, validation, display, **options).run()

    return run
