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
from btcnet_jax.training.crops import Crops, validation_crops
from btcnet_jax.training.gradients import draw, make_gradients
from btcnet_jax.training.losses import psnr
from btcnet_jax.training.mesh import AXIS, batch_sharding, replicated
from btcnet_jax.training.objective import Metrics, objective
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

    The batch holds `patches` (images, rows, cols, bands) in the scenes' own type and each scene's
    `minimum` and `maximum` (images,); crops are cut, normalized and flipped on the device, with
    randomness that depends on the seed and the step alone.

    Args:
        config: validated.
        optimizer: of `optimizer.make_optimizer`.
        mesh: the devices; they divide the images of a batch.
        total_steps: of the whole training: noise gives way to rounding at a share of them.
    """
    dtype = _DTYPES[config.train.precision]
    model = build(config.model, dtype, config.train.remat, batch_axis=AXIS)
    gradients = make_gradients(config, model, mesh)
    noisy_steps = round(config.train.noise_share * total_steps)

    def step(state: TrainState, batch: Batch) -> tuple[TrainState, Metrics]:
        draws = draw(config, batch, state.step)
        grads, metrics = gradients(state.params, batch, draws, state.step < noisy_steps)
        updates, optimizer_state = optimizer.update(grads, state.optimizer, state.params)
        params = optax.apply_updates(state.params, updates)
        metrics["psnr_db"] = psnr(metrics.pop("mse"))
        # The norm turns into NaN as soon as one parameter's gradient, and so its update, does.
        metrics["finite"] = jnp.isfinite(metrics["loss"]) & jnp.isfinite(metrics["grad_norm"])
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
    `psnr_db_0`, `bpppb_0` and so on are each level's. The restored patch (rows, cols, bands) is
    normalized, and of the finest level. In float32, as files are decoded.
    """
    model = build(config.model)

    def step(params: Params, batch: Batch) -> tuple[Metrics, Float[Array, "rows cols bands"]]:
        crops = validation_crops(config.model, batch)

        def at_level(
            _: Float[Array, "b h w bands"], level: Int[Array, ""]
        ) -> tuple[Float[Array, "b h w bands"], Metrics]:
            loss, outcome = objective(config, model, params, crops, level[None])
            return outcome.restored, {"loss": loss} | outcome.metrics

        levels = jnp.arange(config.model.rate_levels)
        restored, by_level = jax.lax.scan(at_level, jnp.zeros_like(crops.values), levels)
        by_level["psnr_db"] = psnr(by_level.pop("mse"))
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
    latent = run_model(model, params, crops.inputs, method="analyze")
    bits = model.bits * jnp.float32(latent.size)
    if model.bits <= 8:
        bits = zero_order_bits(to_symbols(latent, model.bits).indices, model.bits)
    return bits / crops.values.size


def _whole(
    config: Config, restored: Float[Array, "b h w bands"]
) -> Float[Array, "rows cols bands"]:
    return join_strips(restored) if config.model.decoder.context == STRIP else restored[0]
