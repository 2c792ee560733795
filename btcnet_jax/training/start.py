"""Where a run starts: own checkpoint, else another run's, else a model's weights, else from scratch."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.experimental import multihost_utils

from btcnet_jax import checkpoints
from btcnet_jax.checkpoints import Checkpoint
from btcnet_jax.config import DEFAULT_ARCHITECTURE, Config, flatten
from btcnet_jax.config.model import KLT_DCT
from btcnet_jax.errors import CheckpointError, ConfigError, ModelMismatchError
from btcnet_jax.models.btcnet import param_shapes
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.param_difference import first_difference
from btcnet_jax.training.analytic_start import analytic_start
from btcnet_jax.training.mesh import place_replicated, replicated
from btcnet_jax.training.state import Batch, TrainState, init_state, state_from_params
from btcnet_jax.zoo import load_model

# Fields that may change between a run's starts: they do not change what a step computes.
_FREE = {
    "workdir",
    "data.folder",
    "data.records",
    "data.raw",
    "data.record_rows",
    "data.record_cols",
    "data.record_stride",
    "data.test_fraction",
    "data.validation_images",
    "train.epochs",
    "train.remat",
    "train.resume_from",
    "train.pretrained",
    "train.checkpoint_every",
    "train.keep_checkpoints",
    "train.log_every",
    "train.validate_every",
    "train.tensorboard",
}


class Start(NamedTuple):
    """What a training begins with.

    Attributes:
        state: on all devices of the mesh.
        origin: where it comes from, in words.
        data_position: of the stream of batches; None for its beginning.
        figures: of the steps since the last line of the log.
        own: whether it goes on with the run in its own folder.
    """

    state: TrainState
    origin: str
    data_position: Any | None = None
    figures: dict[str, float] | None = None
    own: bool = False


def start(
    config: Config,
    optimizer: optax.GradientTransformation,
    mesh: jax.sharding.Mesh,
    first_batches: Callable[[], Sequence[Batch]],
) -> Start:
    """The first that there is of: own checkpoint, `train.resume_from`, `train.pretrained`, scratch.

    Args:
        config: validated.
        optimizer: of `optimizer.make_optimizer`.
        mesh: the devices.
        first_batches: gives what a start from scratch is fitted to, where `config.model.start` asks for it.

    Raises:
        CheckpointError: the checkpoint to start from is missing, damaged, or holds weights only.
        ConfigError: it was written with another configuration.
        ModelMismatchError: its parameters do not fit: names the first that does not.
    """
    if checkpoints.latest_step(config.workdir) is not None:
        checkpoint = checkpoints.read_checkpoint(config.workdir)
        _require_same(checkpoint.config, config, config.workdir)
        return _resume(config, optimizer, mesh, config.workdir, checkpoint)
    if config.train.resume_from:
        checkpoint = checkpoints.read_checkpoint(config.train.resume_from)
        _require_same_model(checkpoint.config, config)
        return _resume(config, optimizer, mesh, config.train.resume_from, checkpoint)
    if config.train.pretrained:
        state = _pretrained(config, optimizer)
        origin = f"from the weights of {config.train.pretrained}"
    else:
        state, origin = _from_scratch(config, optimizer, mesh, first_batches)
    return Start(place_replicated(mesh, state), origin)


def _resume(
    config: Config,
    optimizer: optax.GradientTransformation,
    mesh: jax.sharding.Mesh,
    folder: str,
    checkpoint: Checkpoint,
) -> Start:
    if "optimizer" not in checkpoint.arrays:
        raise CheckpointError(
            f"{folder} holds weights without the state of a training: choose another "
            f"--config.workdir, and set --config.train.pretrained={folder}"
        )
    if checkpoint.format < checkpoints.RESUMED_SINCE:
        raise CheckpointError(
            f"the training in {folder} was begun by an earlier version and cannot go on in this one: "
            f"choose another --config.workdir, and set --config.train.pretrained={folder} "
            "to begin with its weights"
        )
    params = param_shapes(config.model)
    averaged = "raw_params" in checkpoint.arrays
    like = {"params": params, "optimizer": jax.eval_shape(optimizer.init, params)}
    like |= {"raw_params": params} if averaged else {}
    like = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=replicated(mesh)), like
    )
    arrays = checkpoints.read_arrays(folder, like, checkpoint.step)
    params = arrays["raw_params"] if averaged else arrays["params"]
    average = {}
    if config.train.ema_decay:
        # A copy where there was none: the step gives up its state's buffers, each of them once.
        average = arrays["params"] if averaged else jax.tree.map(jnp.copy, params)
    step = place_replicated(mesh, np.int32(checkpoint.step))
    own = folder == config.workdir
    where = "the checkpoint" if own else f"the run in {folder}"
    return Start(
        TrainState(step, params, arrays["optimizer"], average),
        f"from {where} at step {checkpoint.step}",
        checkpoint.data_position,
        checkpoint.notes.get("figures") if own else None,
        own,
    )


def _from_scratch(
    config: Config,
    optimizer: optax.GradientTransformation,
    mesh: jax.sharding.Mesh,
    first_batches: Callable[[], Sequence[Batch]],
) -> tuple[TrainState, str]:
    if config.model.start != KLT_DCT:
        return init_state(config, optimizer), "from scratch"
    drawn = init_params(config.model, config.train.seed)
    params = analytic_start(config, drawn, first_batches())
    if mesh.is_multi_process:
        # Each process has seen its own part of the batches.
        params = multihost_utils.broadcast_one_to_all(params)
    return state_from_params(config, optimizer, params), "from a KLT and DCT of its first batches"


def _pretrained(config: Config, optimizer: optax.GradientTransformation) -> TrainState:
    folder = config.train.pretrained
    params = load_model(folder).params
    difference = first_difference(params, param_shapes(config.model))
    if difference:
        raise ModelMismatchError(
            f"the model in {folder} does not fit: {difference}; set the options of "
            "--config.model as it has them, or another --config.train.pretrained"
        )
    return state_from_params(config, optimizer, params)


def _require_same(saved: dict[str, Any], config: Config, folder: str) -> None:
    before, now = _options(saved), _options(config.to_dict())
    for name, value in now.items():
        free = name in _FREE or name.startswith("hardware.")
        if not free and before.get(name) != value:
            raise ConfigError(
                f"the run in {folder} was started with {name}={before.get(name)!r}, "
                f"not {value!r}: set it back, or choose another --config.workdir"
            )


def _require_same_model(saved: dict[str, Any], config: Config) -> None:
    before, now = _options(saved), _options(config.to_dict())
    for name, value in now.items():
        if name.startswith("model.") and before.get(name) != value:
            raise ConfigError(
                f"the run in {config.train.resume_from} has {name}={before.get(name)!r}, "
                f"not {value!r}: set it so, or another --config.train.resume_from"
            )


def _options(config: dict[str, Any]) -> dict[str, Any]:
    """All options by name; those that a checkpoint does not name, being the default or older, as well."""
    # First of all, so that another architecture is told before its options.
    first = {"model.architecture": DEFAULT_ARCHITECTURE}
    default = Config()
    plain = default.to_dict() | {"model": dataclasses.asdict(default.model)}
    return first | flatten(plain) | flatten(config)
