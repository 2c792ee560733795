"""Where a run starts, which it says, and what it refuses to start from."""

import dataclasses
import shutil
from pathlib import Path

import jax
import numpy as np
import pytest

from btcnet_jax import checkpoints
from btcnet_jax.config import Config, ModelConfig
from btcnet_jax.errors import CheckpointError, ConfigError, ModelMismatchError
from btcnet_jax.models.btcnet import param_shapes
from btcnet_jax.models.initialization import init_params
from btcnet_jax.training import start as start_module
from btcnet_jax.training.logbook import read_records
from btcnet_jax.training.mesh import make_mesh
from btcnet_jax.training.optimizer import make_optimizer
from btcnet_jax.training.saver import Saver
from btcnet_jax.training.start import start

pytestmark = pytest.mark.trainings


@pytest.fixture
def begin(config):
    def run(**options):
        changed = dataclasses.replace(config, train=dataclasses.replace(config.train, **options))
        return start(changed, make_optimizer(changed, 2), make_mesh(changed), list)

    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return tmp_path_factory.mktemp("trained") / "run"


@pytest.fixture
def other(config, train, trained, tmp_path):
    """The folder of another run, of 8 steps."""
    if not trained.exists():
        train(dataclasses.replace(config, workdir=str(trained)))
    shutil.copytree(trained, tmp_path / "other")
    return str(tmp_path / "other")


def _equal(one, other):
    return jax.tree.all(jax.tree.map(lambda a, b: bool(np.array_equal(a, b)), one, other))


def _rewrite(folder, config, arrays):
    shutil.rmtree(folder, ignore_errors=True)
    with checkpoints.CheckpointWriter(folder, keep=1) as writer:
        writer.save(5, arrays, config, 5)


def test_own_checkpoint_then_resume_then_pretrained_then_scratch(
    config, train, begin, other, capsys
):
    weights = checkpoints.load_model(other).params
    assert begin().origin == "from scratch"
    warm = begin(pretrained=other)
    assert warm.origin == f"from the weights of {other}"
    assert (int(warm.state.step), warm.data_position) == (0, None)
    assert _equal(warm.state.params, weights)
    assert not np.any(warm.state.optimizer[0].nu)
    resumed = begin(resume_from=other)
    assert resumed.origin == f"from the run in {other} at step 8"
    assert (int(resumed.state.step), resumed.data_position) == (8, 8)
    assert np.any(resumed.state.optimizer[0].nu)
    config.train.resume_from, config.train.epochs = other, 6
    train(config)
    assert f"from the run in {other} at step 8, to step 12" in capsys.readouterr().out
    own = begin()
    assert own.origin == "from the checkpoint at step 12"
    assert own.own
    assert not resumed.own


def test_resuming_another_run_takes_the_steps_it_would_have_taken(config, train, other):
    config.train.resume_from, config.train.epochs = other, 5
    train(config)
    resumed = checkpoints.load_model(config.workdir).params
    config.workdir, config.train.resume_from = other, ""
    train(config)
    assert _equal(checkpoints.load_model(other).params, resumed)


def test_a_moving_average_can_begin_and_end_on_the_way(config, begin, other, tmp_path):
    began = begin(resume_from=other, ema_decay=0.9).state
    assert _equal(began.average, began.params)
    averaged = dataclasses.replace(config, workdir=str(tmp_path / "averaged"))
    state = began.replace(average=jax.tree.map(lambda leaf: leaf + 1, began.average))
    with Saver(averaged, own=False) as saver:
        saver.save(state, 9, 9, {})
    assert _equal(checkpoints.load_model(averaged.workdir).params, state.average)
    goes_on = begin(resume_from=averaged.workdir, ema_decay=0.9).state
    assert _equal((goes_on.params, goes_on.average), (state.params, state.average))
    ended = begin(resume_from=averaged.workdir).state
    assert _equal((ended.params, ended.average), (state.params, {}))


def test_a_checkpoint_of_the_first_format_is_used_but_not_resumed(
    config, begin, other, monkeypatch
):
    saved = checkpoints.read_checkpoint(other)
    params = param_shapes(config.model)
    optimizer = jax.eval_shape(make_optimizer(config, 2).init, params)
    arrays = checkpoints.read_arrays(other, {"params": params, "optimizer": optimizer})
    # It knew fewer options.
    known = {"workdir", "model", "data", "train"}
    plain = {name: value for name, value in saved.config.items() if name in known}
    for name in ("schedule", "warmup_steps", "clip_norm", "ema_decay", "precision", "tensorboard"):
        plain["train"].pop(name)
    plain["data"].pop("tile_cols")
    monkeypatch.setattr(checkpoints, "FORMAT", 1)
    _rewrite(config.workdir, plain, arrays)
    monkeypatch.undo()
    model = checkpoints.load_model(config.workdir)
    assert model.config == config.model
    assert model.tables == {}
    folder = config.workdir
    refused = f"earlier version .*pretrained={folder} to begin"
    with pytest.raises(CheckpointError, match=refused):
        begin()
    config.workdir += "_new"
    with pytest.raises(CheckpointError, match=refused):
        begin(resume_from=folder)
    assert _equal(begin(pretrained=folder).state.params, model.params)


def test_the_first_option_or_parameter_that_differs_is_named(config, begin, other, monkeypatch):
    config.model = dataclasses.replace(config.model, features=3)
    with pytest.raises(ConfigError, match=r"run in .*other has model\.features=2, not 3"):
        begin(resume_from=other)
    shape = r"decoder/detail_restorer/conv_feature/bias is \(2,\), here \(3,\)"
    with pytest.raises(ModelMismatchError, match=shape):
        begin(pretrained=other)
    # The same options, but another version's network.
    monkeypatch.setattr(start_module, "_require_same_model", lambda saved, config: None)
    with pytest.raises(ModelMismatchError, match=rf"of another network: its parameter {shape}"):
        begin(resume_from=other)
    config.model = ModelConfig(bands=6, latent_channels=3, features=2, gamma=1, architecture="v2")
    assert begin(pretrained=other).origin.endswith("other")


def test_weights_alone_are_not_resumed(config, begin, tmp_path):
    folder = str(tmp_path / "imported")
    plain = Config(model=config.model).to_dict()
    _rewrite(folder, plain, {"params": init_params(config.model, 0)})
    with pytest.raises(CheckpointError, match=r"weights without .*train\.pretrained=.*imported"):
        begin(resume_from=folder)
    assert begin(pretrained=folder).origin.endswith("imported")
    with pytest.raises(CheckpointError, match="no such folder"):
        begin(resume_from=str(tmp_path / "nowhere"))


def test_options_that_change_no_step_may_change(config, train):
    train(config)
    config.hardware.platform = "cpu"
    config.train.log_every, config.train.remat, config.train.tensorboard = 1, True, True
    assert start(config, make_optimizer(config, 2), make_mesh(config), list).own
    config.train.learning_rate = 1e-3
    with pytest.raises(ConfigError, match=r"learning_rate=0\.01, not 0\.001"):
        start(config, make_optimizer(config, 2), make_mesh(config), list)


def test_a_checkpoint_half_deleted_does_not_stop_the_newest(config, train):
    train(config)
    (Path(config.workdir) / "checkpoints" / "6" / "_CHECKPOINT_METADATA").unlink()
    config.train.epochs = 5
    assert train(config) == 0
    assert read_records(Path(config.workdir) / "train.jsonl")[-1]["step"] == 10
