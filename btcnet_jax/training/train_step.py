"""One optimization step and one validation step, from integer patches to metrics, both compiled."""

from collections.abc import Callable
from typing import Any

import flax.struct
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key, Num

from btcnet_jax.config import Config
from btcnet_jax.models.btcnet import Params, build, run_model
from btcnet_jax.models.initialization import init_params
from btcnet_jax.ops.strips import random_strips, split_strips
from btcnet_jax.training.losses import l1, psnr

Batch = dict[str, Any]
Metrics = dict[str, Float[Array, ""]]


class TrainState(flax.struct.PyTreeNode):
    """Everything the next step depends on besides its batch: resume restores exactly this."""

    step: Num[Array, ""]
    params: Params
    optimizer: optax.OptState


def make_optimizer(config: Config, steps_per_epoch: int) -> optax.GradientTransformation:
    """Adam whose rate falls by `decay_per_epoch` after each epoch, as published."""
    schedule = optax.exponential_decay(
        config.train.learning_rate, steps_per_epoch, config.train.decay_per_epoch, staircase=True
    )
    return optax.adam(schedule)


def init_state(config: Config, optimizer: optax.GradientTransformation) -> TrainState:
    """The state before the first step, parameters drawn from `config.train.seed`."""
    params = init_params(config.model, config.train.seed)
    return TrainState(jnp.zeros((), jnp.int32), params, optimizer.init(params))


def make_train_step(config: Config, optimizer: optax.GradientTransformation) -> jax.stages.Wrapped:
    """The compiled step: (state, batch) to (state, metrics), metrics a dict of scalars.

    The state's buffers are donated: do not use the old state again.

    The batch holds `patches` (images, rows, columns, bands) in the scenes' own type and each scene's
    `minimum` and `maximum` (images,); strips are cut, normalized and flipped on the device, with
    randomness that depends on the seed and the step alone.
    """
    model = build(config.model)
    seed = config.train.seed

    def loss_of(
        params: Params, strips: Float[Array, "b h w bands"]
    ) -> tuple[Float[Array, ""], Float[Array, "b h w bands"]]:
        restored = run_model(model, params, strips)
        return l1(restored, strips), restored

    def step(state: TrainState, batch: Batch) -> tuple[TrainState, Metrics]:
        key = jax.random.fold_in(jax.random.key(seed), state.step)
        strips = _training_strips(config, batch, key)
        (loss, restored), grads = jax.value_and_grad(loss_of, has_aux=True)(state.params, strips)
        updates, optimizer_state = optimizer.update(grads, state.optimizer, state.params)
        params = optax.apply_updates(state.params, updates)
        # The norm turns into NaN as soon as one parameter's update does.
        finite = jnp.isfinite(loss) & jnp.isfinite(optax.tree.norm(updates))
        metrics = {"loss": loss, "psnr_db": psnr(restored, strips), "finite": finite}
        return TrainState(state.step + 1, params, optimizer_state), metrics

    return jax.jit(step, donate_argnums=0)


def make_validation_step(config: Config) -> Callable[[Params, Batch], Metrics]:
    """Compile validation: one patch cut into all its strips, the quantizer's ranges over the patch."""
    model = build(config.model)

    def step(params: Params, batch: Batch) -> Metrics:
        patches = normalize(batch["patches"], batch["minimum"], batch["maximum"])
        strips = split_strips(patches[0], config.model.strip_columns)
        restored = run_model(model, params, strips)
        return {"loss": l1(restored, strips), "psnr_db": psnr(restored, strips)}

    return jax.jit(step)


def normalize(
    patches: Num[Array, "images rows columns bands"],
    minimum: Float[Array, "images"],
    maximum: Float[Array, "images"],
) -> Float[Array, "images rows columns bands"]:
    """Map each image from its scene's [minimum, maximum] to [0, 1], in float32."""
    low, high = minimum[:, None, None, None], maximum[:, None, None, None]
    return (patches.astype(jnp.float32) - low) / (high - low)


def _training_strips(
    config: Config, batch: Batch, key: Key[Array, ""]
) -> Float[Array, "b h w bands"]:
    per_image = config.data.strips_per_image
    # Cut before normalizing: integers are half the size of float32 or less.
    strips = random_strips(
        batch["patches"], key, per_image, config.data.strip_rows, config.model.strip_columns
    )
    minimum = jnp.repeat(batch["minimum"], per_image)
    maximum = jnp.repeat(batch["maximum"], per_image)
    return normalize(strips, minimum, maximum)
