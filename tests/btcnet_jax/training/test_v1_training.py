"""BTC-Net V1 in the same training loop: it learns, resumes, and is not taken for V2."""

import dataclasses

import jax
import numpy as np
import pytest

from btcnet_jax import checkpoints
from btcnet_jax.config import ModelConfig, V1Config
from btcnet_jax.errors import ConfigError
from btcnet_jax.training.mesh import make_mesh
from btcnet_jax.training.optimizer import make_optimizer
from btcnet_jax.training.state import init_state
from btcnet_jax.training.train_step import make_train_step, make_validation_step


@pytest.fixture
def v1_config(config):
    v1 = V1Config(width=4, growth=2, blocks=1)
    model = ModelConfig(architecture="v1", bands=6, latent_channels=3, v1=v1)
    return dataclasses.replace(config, model=model)


def test_one_step_lowers_the_loss(v1_config):
    cube = np.random.default_rng(0).integers(0, 900, (1, 16, 16, 1)) * np.linspace(0.2, 1, 6)
    batch = {
        "patches": cube.astype(np.float32),
        "minimum": np.zeros(1),
        "maximum": np.array([900.0]),
    }
    v1_config.train.learning_rate = 1e-3
    v1_config.data.images_per_batch = 1
    mesh, optimizer = make_mesh(v1_config), make_optimizer(v1_config, 1)
    state = init_state(v1_config, optimizer)
    validate = make_validation_step(v1_config, mesh)
    before = validate(state.params, batch)[0]["loss"]
    state, metrics = make_train_step(v1_config, optimizer, mesh, 1)(state, batch)
    assert metrics["finite"]
    assert validate(state.params, batch)[0]["loss"] < before


def test_training_resumes_bit_for_bit(v1_config, train, tmp_path):
    train(v1_config)
    stopped = dataclasses.replace(v1_config, workdir=str(tmp_path / "stopped"))
    stopped.train = dataclasses.replace(v1_config.train, epochs=2)
    train(stopped)
    stopped.train.epochs = v1_config.train.epochs
    train(stopped)
    one, other = (checkpoints.load_model(run.workdir) for run in (v1_config, stopped))
    assert one.config == v1_config.model
    same = jax.tree.map(lambda a, b: bool(np.array_equal(a, b)), one.params, other.params)
    assert jax.tree.all(same)


def test_a_run_does_not_go_on_with_the_other_architecture(config, v1_config, train):
    train(config)
    with pytest.raises(ConfigError, match=r"model\.architecture='v2', not 'v1'"):
        train(v1_config)
    v1_config.workdir += "_v1"
    train(v1_config)
    config.workdir = v1_config.workdir
    with pytest.raises(ConfigError, match=r"model\.architecture='v1', not 'v2'"):
        train(config)


def test_a_run_does_not_go_on_with_another_number_of_blocks(v1_config, train):
    train(v1_config)
    v1_config.model.v1.blocks = 2
    with pytest.raises(ConfigError, match=r"model\.v1\.blocks=1, not 2"):
        train(v1_config)
