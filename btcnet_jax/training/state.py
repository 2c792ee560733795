"""What one training step hands to the next."""

from typing import Any

import flax.struct
import jax
import jax.numpy as jnp
import optax

from btcnet_jax.config import Config
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.initialization import init_params

Batch = dict[str, Any]


class TrainState(flax.struct.PyTreeNode):
    """Everything the next step depends on besides its batch: resume restores exactly this.

    Attributes:
        step: steps done, int32.
        params: float32.
        optimizer: the optimizer's own state.
        average: the moving average of `params`; empty where `train.ema_decay` is 0.
    """

    # JAX puts descriptions of arrays in their place when it lowers: no type would hold for all.
    step: Any
    params: Params
    optimizer: optax.OptState
    average: Params

    @property
    def weights(self) -> Params:
        """What the trained model is made of: the average where there is one."""
        return self.average or self.params


def init_state(config: Config, optimizer: optax.GradientTransformation) -> TrainState:
    """The state before the first step, parameters drawn from `config.train.seed`."""
    return state_from_params(config, optimizer, init_params(config.model, config.train.seed))


def state_from_params(
    config: Config, optimizer: optax.GradientTransformation, params: Params
) -> TrainState:
    """The state before the first step of a run that starts with these parameters."""
    # A copy: the step gives up its state's buffers, and one buffer cannot be given up twice.
    average = {} if config.train.ema_decay == 0 else jax.tree.map(jnp.copy, params)
    return TrainState(jnp.zeros((), jnp.int32), params, optimizer.init(params), average)
