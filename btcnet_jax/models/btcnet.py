"""BTC-Net, V2 or V1: encoder, the latent's quantizer, decoder, as a configuration describes them."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, overload

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int

from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import LEARNED
from btcnet_jax.models import decoder as v2_decoder
from btcnet_jax.models import encoder as v2_encoder
from btcnet_jax.models.prior import LatentPrior
from btcnet_jax.models.v1 import decoder as v1_decoder
from btcnet_jax.models.v1 import encoder as v1_encoder
from btcnet_jax.ops.quantizer import quantize_images, straight_through_round

Params = dict[str, Any]
Round = Callable[[Float[Array, "b h w c"]], Float[Array, "b h w c"]]


class Restored(NamedTuple):
    """What a batch becomes.

    Attributes:
        values: normalized, float32.
        bits: code length of each batch element under the prior; 0 where the quantizer has none.
        symbols: what the prior codes, with the noise that may stand for rounding; None without a prior.
    """

    values: Float[Array, "b h w bands"]
    bits: Float[Array, "b"]
    symbols: Float[Array, "b H W channels"] | None = None


class BTCNet(nn.Module):
    """An encoder and a decoder around the latent's quantizer. Use `build` to make it.

    Rows and columns of the input are multiples of the encoder's stride and of 4; values are
    normalized to [0, 1]. A batch may hold crops of several images, the crops of one image side by side.

    Attributes:
        encoder: from the input to the latent.
        decoder: back.
        bits: of the quantizers by the range.
        ranges: what these span: "batch", as published, or "image", each image's own crops.
        prior: of a quantizer with learned steps; None where the latent is quantized by its range.
        batch_axis: inside a `shard_map`, the mesh's axis over whose devices one range spans the batch.
    """

    encoder: nn.Module
    decoder: nn.Module
    bits: int
    ranges: str = "batch"
    prior: LatentPrior | None = None
    batch_axis: str | None = None

    def analyze(
        self, x: Float[Array, "b h w bands"], images: int = 1
    ) -> Float[Array, "b H W channels"]:
        """The latent before quantization, float32; the input's range is the image's if there is one."""
        groups = self._groups(images)
        if groups == 1:
            return self.encoder(x).astype(jnp.float32)
        # The encoder takes the range of what it is given, so it is given one image at a time; its
        # weights are the same for all.
        each = nn.vmap(_apply, variable_axes={"params": None}, split_rngs={"params": False})
        latent = each(self.encoder, x.reshape(groups, -1, *x.shape[1:]))
        return latent.reshape(-1, *latent.shape[2:]).astype(jnp.float32)

    def encode(
        self, x: Float[Array, "b h w bands"], images: int = 1
    ) -> Float[Array, "b H W channels"]:
        """The latent quantized by its range."""
        latent, groups = self.analyze(x, images), self._groups(images)
        return quantize_images(latent, self.bits, groups, self.batch_axis)

    def decode(self, latent: Float[Array, "b h w channels"]) -> Float[Array, "b H W bands"]:
        """The restored batch, normalized; every batch element (strip or tile) is decoded on its own."""
        return self.decoder(latent)

    def restore(
        self,
        x: Float[Array, "b h w bands"],
        levels: Int[Array, "b"],
        *,
        images: int = 1,
        round_symbols: Round = straight_through_round,
    ) -> Restored:
        """Encode and decode, and what that costs.

        Args:
            x: crops, image after image.
            levels: the rate level of each, 0 the coarsest; a quantizer by the range has no levels.
            images: how many images the batch holds crops of.
            round_symbols: from the latent in steps to its symbols, with a gradient.
        """
        if self.prior is None:
            restored = self.decode(self.encode(x, images))
            return Restored(restored.astype(jnp.float32), jnp.zeros(len(x)))
        steps = self.prior.steps(levels)[:, None, None]
        symbols = round_symbols(self.analyze(x, images) / steps)
        bits = jnp.sum(self.prior.bits(symbols, levels), axis=(1, 2, 3))
        return Restored(self.decode(symbols * steps).astype(jnp.float32), bits, symbols)

    def __call__(self, x: Float[Array, "b h w bands"]) -> Float[Array, "b h w bands"]:
        """Encode and decode; at the finest level where there are several."""
        finest = 0 if self.prior is None else self.prior.levels - 1
        return self.restore(x, jnp.full(len(x), finest, jnp.int32)).values

    def _groups(self, images: int) -> int:
        return images if self.ranges == "image" else 1


class _Architecture(NamedTuple):
    encoder: Callable[[ModelConfig, DTypeLike, str | None], nn.Module]
    decoder: Callable[[ModelConfig, DTypeLike, bool], nn.Module]
    encoder_macs_per_sample: Callable[[ModelConfig], float]
    widest_channels: Callable[[ModelConfig], int]


_ARCHITECTURES = {
    "v2": _Architecture(
        v2_encoder.Encoder.from_config,
        v2_decoder.Decoder.from_config,
        v2_encoder.encoder_macs_per_sample,
        v2_decoder.widest_channels,
    ),
    "v1": _Architecture(
        v1_encoder.Encoder.from_config,
        v1_decoder.Decoder.from_config,
        v1_encoder.encoder_macs_per_sample,
        v1_decoder.widest_channels,
    ),
}


def build(
    config: ModelConfig,
    dtype: DTypeLike = jnp.float32,
    remat: bool = False,
    batch_axis: str | None = None,
) -> BTCNet:
    """The network of a valid configuration.

    Args:
        config: the model's.
        dtype: of the decoder's arithmetic, float32 or bfloat16; latent, rate and output are float32.
        remat: compute the decoder's activations again for the gradient instead of keeping them.
        batch_axis: for use inside a `shard_map`: the mesh's axis that shares out the images of a batch.
    """
    architecture = _ARCHITECTURES[config.architecture]
    prior = None
    if config.quantizer == LEARNED:
        prior = LatentPrior(config.latent_channels, config.rate_levels, config.prior)
    # An image's own range never leaves the device that holds the image.
    axis = batch_axis if config.ranges == "batch" else None
    encoder = architecture.encoder(config, dtype, axis)
    decoder = architecture.decoder(config, dtype, remat)
    return BTCNet(encoder, decoder, config.bits, config.ranges, prior, axis)


def encoder_macs_per_sample(config: ModelConfig) -> float:
    """Multiply-accumulates of the encoder per pixel and band of its input."""
    return _ARCHITECTURES[config.architecture].encoder_macs_per_sample(config)


def encoder_cost(config: ModelConfig) -> str:
    """What the encoder takes on board, in one line."""
    parameters = count_params(param_shapes(config)["encoder"])
    macs = encoder_macs_per_sample(config)
    return f"{parameters:,} parameters, {macs:.1f} multiply-accumulates a pixel and band"


def widest_channels(config: ModelConfig) -> int:
    """Channels of the decoder's widest activation at the scene's full resolution."""
    return _ARCHITECTURES[config.architecture].widest_channels(config)


@overload
def run_model(
    model: BTCNet,
    params: Params,
    x: Float[Array, "b h w c"],
    *inputs: Array,
    method: Literal["restore"],
    **options: Any,
) -> Restored: ...


@overload
def run_model(
    model: BTCNet,
    params: Params,
    x: Float[Array, "b h w c"],
    *inputs: Array,
    method: Literal["__call__", "analyze", "encode", "decode"] = "__call__",
    **options: Any,
) -> Float[Array, "b H W C"]: ...


def run_model(
    model: BTCNet,
    params: Params,
    x: Float[Array, "b h w c"],
    *inputs: Array,
    method: str = "__call__",
    **options: Any,
) -> Float[Array, "b H W C"] | Restored:
    """Call one of the network's methods with these parameters; further arguments are the method's."""
    output: Any = model.apply({"params": params}, x, *inputs, method=method, **options)
    return output


def param_shapes(config: ModelConfig) -> Params:
    """The tree of `jax.ShapeDtypeStruct` of the network's parameters."""
    side = config.strip_cols
    x = jax.ShapeDtypeStruct((1, side, side, config.bands), jnp.float32)
    return jax.eval_shape(build(config).init, jax.random.key(0), x)["params"]


def count_params(params: Params) -> int:
    """Number of scalars in a tree of parameters or of their shapes."""
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def _apply(module: Any, x: Float[Array, "b h w c"]) -> Float[Array, "b H W C"]:
    return module(x)
