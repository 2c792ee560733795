"""The on-board encoder: one quantized large-kernel convolution and a PReLU."""

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.layers import prelu, quantized_conv

KERNEL_ROWS = 11
PADDING_ROWS = 5


class Encoder(nn.Module):
    """Convolution of 11 rows x `scale` columns, stride `scale`: (b, h, w, bands) to (b, h/s, w/s, channels).

    The kernel is as wide as its column stride and the sides are not padded, so every strip of
    `scale` columns is encoded on its own, as a push-broom sensor delivers it; encoding a whole scene
    gives the same latents as encoding its strips. Weight, bias and input pass the uniform quantizer.

    It is 0.3 % of the arithmetic, and its output has more digits than bfloat16: it always computes in
    float32. Where the decoder does not, it is rearranged for speed, which is not the same to the bit.

    Source: BTC-Net V2 (IEEE 2026), encoder; 204,364 parameters with 172 bands and 27 channels.
    """

    latent_channels: int
    bits: int
    scale: int
    fold: bool = False
    batch_axis: str | None = None

    @classmethod
    def from_config(
        cls, config: ModelConfig, dtype: DTypeLike = jnp.float32, batch_axis: str | None = None
    ) -> "Encoder":
        """The encoder of a configuration; `dtype` is what the decoder computes in."""
        fold = jnp.dtype(dtype) != jnp.float32
        return cls(config.latent_channels, config.bits, config.scale, fold, batch_axis)

    @nn.compact
    def __call__(self, x: Float[Array, "b h w bands"]) -> Float[Array, "b H W channels"]:
        """The latent before its own quantizer."""
        bands = x.shape[-1]
        shape = (KERNEL_ROWS, self.scale, bands, self.latent_channels)
        kernel = self.param("kernel", nn.initializers.zeros, shape)
        bias = self.param("bias", nn.initializers.zeros, (self.latent_channels,))
        slope = self.param("slope", nn.initializers.zeros, (1,))
        y = quantized_conv(
            x,
            kernel,
            bias,
            bits=self.bits,
            stride=(self.scale, self.scale),
            padding=PADDING_ROWS,
            fold=self.fold,
            axis=self.batch_axis,
        )
        return prelu(y, slope[0])


def encoder_macs_per_sample(config: ModelConfig) -> float:
    """Multiply-accumulates of the encoder per pixel and band of its input (74 for the paper's)."""
    return KERNEL_ROWS * config.scale * config.latent_channels / config.scale**2
