"""BTC-Net V2: encoder, the latent's quantizer, decoder."""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from btcnet_jax.config import DECODER_MULTIPLE, ModelConfig
from btcnet_jax.models.decoder import Decoder
from btcnet_jax.models.encoder import Encoder
from btcnet_jax.ops.quantizer import quantize

Params = dict[str, Any]


class BTCNetV2(nn.Module):
    """The published network (IEEE 2026, document 11371342). Use `from_config` to build it.

    Rows and columns of the input are multiples of `scale` and of 4; values are normalized to [0, 1].
    """

    bands: int
    latent_channels: int
    bits: int
    features: int
    gamma: int
    scale: int

    @classmethod
    def from_config(cls, config: ModelConfig) -> "BTCNetV2":
        """The network of a configuration."""
        return cls(
            bands=config.bands,
            latent_channels=config.latent_channels,
            bits=config.bits,
            features=config.features,
            gamma=config.gamma,
            scale=config.scale,
        )

    def setup(self) -> None:
        """Declare the two halves, so that `encode` and `decode` run on their own."""
        self.encoder = Encoder(self.latent_channels, self.bits, self.scale)
        self.decoder = Decoder(self.bands, self.features, self.gamma, self.scale)

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


def run_model(
    model: BTCNetV2, params: Params, x: Float[Array, "b h w c"], method: str = "__call__"
) -> Float[Array, "b H W C"]:
    """Call one of the network's methods with these parameters."""
    output: Array = model.apply({"params": params}, x, method=method)  # type: ignore[assignment]
    return output


def param_shapes(config: ModelConfig) -> Params:
    """The tree of `jax.ShapeDtypeStruct` of the network's parameters."""
    side = max(config.scale, DECODER_MULTIPLE)
    x = jax.ShapeDtypeStruct((1, side, side, config.bands), jnp.float32)
    return jax.eval_shape(BTCNetV2.from_config(config).init, jax.random.key(0), x)["params"]


def count_params(params: Params) -> int:
    """Number of scalars in a tree of parameters or of their shapes."""
    return sum(leaf.size for leaf in jax.tree.leaves(params))
