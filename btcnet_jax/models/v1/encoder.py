"""V1's on-board encoder: three quantized convolutions on strips of 4 columns."""

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.layers import quantized_conv

STRIP_COLUMNS = 4
ROW_STRIDE = 4  # of the three convolutions together: 2 x 1 x 2
PADDING_ROWS = 1


class QuantizedConv(nn.Module):
    """Convolution of 3 rows x `cols`: (b, h, w, c) to (b, h / row stride, W, features).

    One row of zero padding, none at the sides. Its input's quantizer is the output quantizer of the
    layer before: a quantized tensor passes the same quantizer unchanged.
    """

    features: int
    cols: int
    stride: tuple[int, int]
    bits: int
    batch_axis: str | None

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b H W features"]:
        shape = (3, self.cols, x.shape[-1], self.features)
        kernel = self.param("kernel", nn.initializers.zeros, shape)
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        return quantized_conv(
            x,
            kernel,
            bias,
            bits=self.bits,
            stride=self.stride,
            padding=PADDING_ROWS,
            axis=self.batch_axis,
        )


class Encoder(nn.Module):
    """Three quantized convolutions: (b, h, w, bands) to (b, h/4, w/4, channels).

    Strips of 4 columns are encoded each on its own. The published first convolution, 3 columns
    wide, unpadded, of stride 2, leaves one column of a strip; with a stride of 4 columns the same
    convolution gives the columns of all the strips of a scene. A strip's fourth column is not read.

    The leaky ReLU after each convolution has the published slope of 1: it is the identity, and none
    is computed. It always computes in float32: its output has more digits than bfloat16.

    Source: BTC-Net V1's published encoder; 228,123 parameters with 172 bands and 27 channels.
    """

    latent_channels: int
    bits: int
    width: int
    batch_axis: str | None = None

    @classmethod
    def from_config(
        cls, config: ModelConfig, dtype: DTypeLike = jnp.float32, batch_axis: str | None = None
    ) -> "Encoder":
        """The encoder of a configuration, the same whatever `dtype` the decoder computes in."""
        del dtype
        return cls(config.latent_channels, config.bits, config.v1.width, batch_axis)

    @nn.compact
    def __call__(self, x: Float[Array, "b h w bands"]) -> Float[Array, "b H W channels"]:
        """The latent before its own quantizer."""
        shared = self.bits, self.batch_axis
        x = QuantizedConv(2 * self.width, 3, (2, STRIP_COLUMNS), *shared, name="conv_1")(x)
        x = QuantizedConv(self.width, 1, (1, 1), *shared, name="conv_2")(x)
        return QuantizedConv(self.latent_channels, 1, (2, 1), *shared, name="conv_3")(x)


def encoder_macs_per_sample(config: ModelConfig) -> float:
    """Multiply-accumulates of the encoder per pixel and band of its input (164 for the published)."""
    width = config.v1.width
    # For each latent position, the first two convolutions run on two rows.
    first = 2 * 3 * 3 * config.bands * 2 * width
    second = 2 * 3 * 2 * width * width
    third = 3 * width * config.latent_channels
    return (first + second + third) / (ROW_STRIDE * STRIP_COLUMNS * config.bands)
