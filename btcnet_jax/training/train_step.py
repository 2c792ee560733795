"""One optimization step and one validation step, from integer patches to metrics, both compiled.

Both run on every device of a mesh: the state is the same on all, the images of a batch are shared out.
"""

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from btcnet_jax.config import Config
from btcnet_jax.config.model import LEARNED, STRIP
from btcnet_jax.models.btcnet import BTCNet, Params, build, run_model
from btcnet_jax.ops.entropy import zero_order_bits
from btcnet_jax.ops.quantizer import to_symbols
from btcnet_jax.ops.strips import join_strips
from btcnet_jax.training.crops import Crops, training_crops, validation_crops
from btcnet_jax.training.mesh import batch_sharding, replicated
from btcnet_jax.training.objective import Metrics, noise_then_rounding, objective
from btcnet_jax.training.state import Batch, TrainState

_DTYPES = {"float32": jnp.float32, "bfloat16": jnp.bfloat16}


def make_train_step(
    config: Config,
    optimizer: optax.GradientTransformation,
    mesh: jax.sharding.Mesh,
    total_steps: int,
) -> jax.stages.Wrapped:
    """The compiled step: (state, batch) to (state, metrics), metrics a dict of scalars.

    The state's buffers are donated: do not use the old state again.

    The batch holds `patches` (images, rows, columns, bands) in the scenes' own type and each scene's
    `minimum` and `maximum` (images,); crops are cut, normalized and flipped on the device, with
    randomness that depends on the seed and the step alone.

    Args:
        config: validated.
        optimizer: of `optimizer.make_optimizer`.
        mesh: the devices; they divide the images of a batch.
        total_steps: of the whole training: noise gives way to rounding at a share of them.
    """
    model = build(config.model, _DTYPES[config.train.precision], config.train.remat)
    noisy_steps = round(config.train.noise_share * total_steps)

    def step(state: TrainState, batch: Batch) -> tuple[TrainState, Metrics]:
        key = jax.random.fold_in(jax.random.key(config.train.seed), state.step)
        crops = training_crops(config, batch, key)
        level_key, noise_key = jax.random.split(jax.random.fold_in(key, 1))
        shape = crops.offset.shape
        levels = jax.random.randint(level_key, shape, 0, config.model.rate_levels)
        rounding = noise_then_rounding(noise_key, state.step < noisy_steps)

        def loss_of(params: Params) -> tuple[Float[Array, ""], Metrics]:
            loss, outcome = objective(config, model, params, crops, levels, rounding)
            return loss, outcome.metrics

        (loss, metrics), grads = jax.value_and_grad(loss_of, has_aux=True)(state.params)
        updates, optimizer_state = optimizer.update(grads, state.optimizer, state.params)
        params = optax.apply_updates(state.params, updates)
        metrics |= {"loss": loss, "grad_norm": optax.tree.norm(grads)}
        # The norm turns into NaN as soon as one parameter's gradient, and so its update, does.
        metrics["finite"] = jnp.isfinite(loss) & jnp.isfinite(metrics["grad_norm"])
        average = _averaged(config.train.ema_decay, state, params)
        return TrainState(state.step + 1, params, optimizer_state, average), metrics

    everywhere, shared_out = replicated(mesh), batch_sharding(mesh)
    return jax.jit(
        step, donate_argnums=0, in_shardings=(everywhere, shared_out), out_shardings=everywhere
    )


def make_validation_step(config: Config, mesh: jax.sharding.Mesh) -> jax.stages.Wrapped:
    """The compiled validation: (params, batch of one patch) to (metrics, restored patch).

    The metrics are means over the rate levels: `loss`, `psnr_db`, and `bpppb` as the prior estimates it, or
    as the entropy of each channel's symbols where the quantizer goes by the range. With several levels
    `psnr_db_0`, `bpppb_0` and so on are each level's. The restored patch (rows, columns, bands) is
    normalized, and of the finest level. In float32, as files are decoded.
    """
    model = build(config.model)

    def step(params: Params, batch: Batch) -> tuple[Metrics, Float[Array, "rows columns bands"]]:
        crops = validation_crops(config.model, batch)

        def at_level(
            _: Float[Array, "b h w bands"], level: Int[Array, ""]
        ) -> tuple[Float[Array, "b h w bands"], Metrics]:
            loss, outcome = objective(config, model, params, crops, level[None])
            return outcome.restored, {"loss": loss} | outcome.metrics

        levels = jnp.arange(config.model.rate_levels)
        restored, by_level = jax.lax.scan(at_level, jnp.zeros_like(crops.values), levels)
        metrics = {name: jnp.mean(values) for name, values in by_level.items()}
        metrics |= _each_level(by_level)
        if config.model.quantizer != LEARNED:
            metrics["bpppb"] = _entropy(model, params, crops)
        return metrics, _whole(config, restored)

    everywhere = replicated(mesh)
    return jax.jit(step, in_shardings=everywhere, out_shardings=everywhere)


def _averaged(decay: float, state: TrainState, params: Params) -> Params:
    """The moving average, which begins as a plain mean so that the first weights are soon forgotten."""
    if decay == 0:
        return {}
    steps = state.step.astype(jnp.float32)
    kept = jnp.minimum(decay, (1 + steps) / (10 + steps))
    return jax.tree.map(lambda old, new: kept * old + (1 - kept) * new, state.average, params)


def _each_level(by_level: dict[str, Float[Array, "levels"]]) -> Metrics:
    count = len(by_level["loss"])
    names = [name for name in ("psnr_db", "bpppb") if name in by_level and count > 1]
    return {f"{name}_{level}": by_level[name][level] for name in names for level in range(count)}


def _entropy(model: BTCNet, params: Params, crops: Crops) -> Float[Array, ""]:
    """Rate in bpppb of an ideal static table of each channel; of the plain bits where they are 32."""
    latent = run_model(model, params, crops.values, method="analyze")
    bits = model.bits * jnp.float32(latent.size)
    if model.bits <= 8:
        bits = zero_order_bits(to_symbols(latent, model.bits).indices, model.bits)
    return bits / crops.values.size


def _whole(
    config: Config, restored: Float[Array, "b h w bands"]
) -> Float[Array, "rows columns bands"]:
    return join_strips(restored) if config.model.decoder.context == STRIP else restored[0]
