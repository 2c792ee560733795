"""Adam, its learning rate over the steps, and the clipping of its gradients."""

from collections.abc import Callable
from typing import Any

import jax
import optax
from jaxtyping import Array, Float, Num

from btcnet_jax.config import Config

Schedule = Callable[[Num[Array, ""] | int], Float[Array, ""] | float]


def make_optimizer(config: Config, steps_per_epoch: int) -> optax.GradientTransformation:
    """Adam (Kingma and Ba, 2015) with the schedule and the clipping of `config.train`.

    It works on one vector of all parameters: hundreds of small updates would each be kernels of their own,
    and longer to compile (benchmarks/RESULTS.md).
    """
    adam = optax.flatten(optax.adam(make_schedule(config, steps_per_epoch)))
    rates = {"encoder": config.train.encoder_rate, "prior": config.train.prior_rate}
    if set(rates.values()) != {1.0}:
        adam = _with_rates(adam, rates)
    if config.train.clip_norm == 0:
        return adam
    return _clipped(adam, config.train.clip_norm)


def make_schedule(config: Config, steps_per_epoch: int) -> Schedule:
    """The learning rate of a step, counted from 0.

    `decay`, as published: times `decay_per_epoch` after each epoch. `cosine`: a line from 0 over the
    warm-up, which `learning_rate` ends, then half a cosine down to 0 at the last step of the training.
    """
    train = config.train
    if train.schedule == "decay":
        return optax.exponential_decay(
            train.learning_rate, steps_per_epoch, train.decay_per_epoch, staircase=True
        )
    total = train.epochs * steps_per_epoch
    # A training shorter than its warm-up is all warm-up; optax wants one step of cosine.
    return optax.warmup_cosine_decay_schedule(
        0.0 if train.warmup_steps else train.learning_rate,
        train.learning_rate,
        train.warmup_steps,
        max(total, train.warmup_steps + 1),
    )


def _with_rates(
    optimizer: optax.GradientTransformation, rates: dict[str, float]
) -> optax.GradientTransformation:
    """The optimizer with updates of the network's parts times a rate each; 1 where none is given.

    Adam moves every parameter by the learning rate, whatever its gradient, so what a step does to a part's
    output goes by how many inputs it sums and in which unit it is. Without state, as clipping.
    """

    def update(grads: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        updates, state = optimizer.update(grads, state, params)
        scaled = {part: _scaled(tree, rates.get(part, 1.0)) for part, tree in updates.items()}
        return scaled, state

    return optax.GradientTransformation(optimizer.init, update)


def _scaled(tree: Any, rate: float) -> Any:
    return jax.tree.map(lambda leaf: rate * leaf, tree)


def _clipped(optimizer: optax.GradientTransformation, norm: float) -> optax.GradientTransformation:
    """The optimizer behind gradients scaled down to a global norm.

    Clipping has no state, so the state is that of the optimizer alone: a checkpoint fits with and without.
    """
    clip = optax.clip_by_global_norm(norm)

    def update(grads: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        grads, _ = clip.update(grads, optax.EmptyState())
        return optimizer.update(grads, state, params)

    return optax.GradientTransformation(optimizer.init, update)
