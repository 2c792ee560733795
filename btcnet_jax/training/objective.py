"""What training minimizes: distortion + sam_weight * SAM + lambda * bpppb, of one batch of crops.

The rate is the ideal code length of the symbols under the learned prior. Its steps and prior, and the
network, learn with uniform noise in place of rounding first: it is differentiable and its expected code
length is close to that of the integers (Balle et al., 2017). Then with the integers themselves and a
straight-through gradient, so that the decoder sees what a file holds.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key, Shaped

from btcnet_jax.config import Config
from btcnet_jax.config.model import LEARNED
from btcnet_jax.models.btcnet import BTCNet, Params, run_model
from btcnet_jax.ops.quantizer import straight_through_round
from btcnet_jax.training.crops import Crops
from btcnet_jax.training.losses import DISTORTIONS, mse, spectral_angle

Metrics = dict[str, Shaped[Array, ""]]
Round = Callable[[Float[Array, "b h w c"]], Float[Array, "b h w c"]]


class Outcome(NamedTuple):
    """What the network made of a batch.

    Attributes:
        restored: normalized as the crops.
        metrics: scalars, means over the images: `mse`; where the rate is learned also `bpppb` and what
            `symbol_statistics` tells.
    """

    restored: Float[Array, "b h w bands"]
    metrics: Metrics


def objective(
    config: Config,
    model: BTCNet,
    params: Params,
    crops: Crops,
    levels: Int[Array, "images"],
    round_symbols: Round = straight_through_round,
) -> tuple[Float[Array, ""], Outcome]:
    """The loss of a batch, differentiable in `params`.

    Args:
        config: names the distortion and the weights.
        model: as `config.model` describes it.
        params: of the model.
        crops: the batch.
        levels: the rate level of each image.
        round_symbols: what is done to the latent in units of its step.
    """
    images, per_image = len(crops.offset), len(crops.values) // len(crops.offset)
    outputs, bits, symbols = run_model(
        model,
        params,
        crops.inputs,
        jnp.repeat(levels, per_image),
        method="restore",
        images=images,
        round_symbols=round_symbols,
    )
    values = crops.restored(outputs)
    loss = DISTORTIONS[config.loss.distortion](values, crops.values, crops.offset)
    if config.loss.sam_weight:
        loss += config.loss.sam_weight * spectral_angle(values, crops.values, crops.offset)
    metrics = {"mse": mse(values, crops.values)}
    if config.model.quantizer == LEARNED:
        bpppb = bits.reshape(images, -1).mean(axis=1) / crops.values[0].size
        loss += jnp.mean(jnp.asarray(config.loss.rate_weights)[levels] * bpppb)
        metrics["bpppb"] = jnp.mean(bpppb)
    if symbols is not None:
        metrics |= symbol_statistics(symbols)
    return loss, Outcome(values, metrics)


def symbol_statistics(symbols: Float[Array, "b h w channels"]) -> Metrics:
    """What the symbols are like, which tells how steps and latent go together.

    `symbol_magnitude`: their mean absolute value. `symbol_zeros`: the share of zeros. `channels_used`: the
    share of channels that hold any other, a mean over the crops.
    """
    magnitudes = jnp.abs(jnp.round(jax.lax.stop_gradient(symbols)))
    used = jnp.max(magnitudes, axis=(1, 2)) > 0
    return {
        "symbol_magnitude": jnp.mean(magnitudes),
        "symbol_zeros": jnp.mean(magnitudes == 0),
        "channels_used": jnp.mean(used),
    }


def noise_then_rounding(keys: Key[Array, "images"], noisy: jax.Array) -> Round:
    """Uniform noise of one step while `noisy` (a traced bool), the nearest integer afterwards.

    Each image has a key of its own, so that its noise does not depend on the images beside it.
    """

    def round_symbols(symbols: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        shape = len(symbols) // len(keys), *symbols.shape[1:]
        draw = partial(jax.random.uniform, shape=shape, minval=-0.5, maxval=0.5)
        noise = jax.vmap(draw)(keys).reshape(symbols.shape)
        return jnp.where(noisy, symbols + noise, straight_through_round(symbols))

    return round_symbols
