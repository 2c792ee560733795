"""Where a run starts: from its own newest checkpoint, or from scratch."""

from typing import Any

import jax
import optax

from btcnet_jax import checkpoints
from btcnet_jax.config import DEFAULT_ARCHITECTURE, Config, flatten
from btcnet_jax.errors import ConfigError
from btcnet_jax.training.train_step import TrainState, init_state

# Fields that may change between a run's starts: they do not change what a step computes.
_FREE = {
    "workdir",
    "data.folder",
    "data.records",
    "data.validation_images",
    "train.epochs",
    "train.checkpoint_every",
    "train.keep_checkpoints",
    "train.log_every",
    "train.validate_every",
}


def start_state(
    config: Config, optimizer: optax.GradientTransformation
) -> tuple[TrainState, Any | None]:
    """The state to go on from, and the data position to go on from (None: from the beginning).

    Raises:
        CheckpointError: the newest checkpoint is damaged.
        ConfigError: the run in `workdir` was started with another configuration.
    """
    state = init_state(config, optimizer)
    if checkpoints.latest_step(config.workdir) is None:
        return state, None
    checkpoint = checkpoints.read_checkpoint(config.workdir)
    _require_same(checkpoint.config, config)
    arrays = {"params": state.params, "optimizer": state.optimizer}
    arrays = checkpoints.read_arrays(config.workdir, arrays, checkpoint.step)
    resumed = TrainState(state.step + checkpoint.step, arrays["params"], arrays["optimizer"])
    # Arrays as the step itself returns them, or the second step would compile again.
    return jax.device_put(resumed, jax.devices()[0]), checkpoint.data_position


def _require_same(saved: dict[str, Any], config: Config) -> None:
    # V2 does not name itself. First in both, so that another architecture is told before its options.
    unnamed = {"model.architecture": DEFAULT_ARCHITECTURE}
    before, now = unnamed | flatten(saved), unnamed | flatten(config.to_dict())
    changed = [name for name in now if name not in _FREE and before.get(name) != now[name]]
    if changed:
        name = changed[0]
        raise ConfigError(
            f"the run in {config.workdir} was started with {name}={before.get(name)!r}, "
            f"not {now[name]!r}: set it back, or choose another --config.workdir"
        )
