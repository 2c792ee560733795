"""BTC-Net, V2 or V1: encoder, the latent's quantizer, decoder, as a configuration describes them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from btcnet_jax.config import ModelConfig
from btcnet_jax.models import decoder as v2_decoder
from btcnet_jax.models import encoder as v2_encoder
from btcnet_jax.models.v1 import decoder as v1_decoder
from btcnet_jax.models.v1 import encoder as v1_encoder
from btcnet_jax.ops.quantizer import quantize

Params = dict[str, Any]


class BTCNet(nn.Module):
    """An encoder and a decoder around the latent's quantizer. Use `build` to make it.

    Rows and columns of the input are multiples of the encoder's stride and of 4; values are
    normalized to [0, 1].
    """

    encoder: nn.Module
    decoder: nn.Module
    bits: int

    def analyze(self, x: Float[Array, "b h w bands"]) -> Float[Array, "b H W channels"]:
        """The latent before quantization; its range is the image's when one image is given."""
        return self.encoder(x)

    def encode(self, x: Float[Array, "b h w bands"]) -> Float[Array, "b H W channels"]:
        """The quantized latent, its range taken over the whole batch as published."""
        return quantize(self.analyze(x), self.bits)

    def decode(self, latent: Float[Array, "b h w channels"]) -> Float[Array, "b H W bands"]:
        """The restored batch, normalized; every batch element (strip) is decoded on its own."""
        return self.decoder(latent)

    def __call__(self, x: Float[Array, "b h w bands"]) -> Float[Array, "b h w bands"]:
        """Encode and decode."""
        return self.decode(self.encode(x))


class _Architecture(NamedTuple):
    encoder: Callable[[ModelConfig], nn.Module]
    decoder: Callable[[ModelConfig], nn.Module]
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


def build(config: ModelConfig) -> BTCNet:
    """The network of a valid configuration."""
    architecture = _ARCHITECTURES[config.architecture]
    return BTCNet(architecture.encoder(config), architecture.decoder(config), config.bits)


def encoder_macs_per_sample(config: ModelConfig) -> float:
    """Multiply-accumulates of the encoder per pixel and band of its input."""
    return _ARCHITECTURES[config.architecture].encoder_macs_per_sample(config)


def widest_channels(config: ModelConfig) -> int:
    """Channels of the decoder's widest activation at the scene's full resolution."""
    return _ARCHITECTURES[config.architecture].widest_channels(config)


def run_model(
    model: BTCNet, params: Params, x: Float[Array, "b h w c"], method: str = "__call__"
) -> Float[Array, "b H W C"]:
    """Call one of the network's methods with these parameters."""
    output: Array = model.apply({"params": params}, x, method=method)  # type: ignore[assignment]
    return output


def param_shapes(config: ModelConfig) -> Params:
    """The tree of `jax.ShapeDtypeStruct` of the network's parameters."""
    side = config.strip_columns
    x = jax.ShapeDtypeStruct((1, side, side, config.bands), jnp.float32)
    return jax.eval_shape(build(config).init, jax.random.key(0), x)["params"]


def count_params(params: Params) -> int:
    """Number of scalars in a tree of parameters or of their shapes."""
    return sum(leaf.size for leaf in jax.tree.leaves(params))
