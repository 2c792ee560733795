"""Small layers shared by encoder and decoder."""

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from btcnet_jax.ops.pixel_shuffle import pixel_shuffle
from btcnet_jax.ops.quantizer import quantize

LEAKY_SLOPE = 0.2
LAYER_NORM_EPSILON = 1e-5


def leaky_relu(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Leaky ReLU with the decoder's slope of 0.2."""
    return nn.leaky_relu(x, LEAKY_SLOPE)


def prelu(x: Float[Array, "*shape"], slope: Float[Array, ""]) -> Float[Array, "*shape"]:
    """PReLU with one slope for all channels."""
    return jnp.where(x >= 0, x, slope * x)


def layer_norm(name: str) -> nn.LayerNorm:
    """Layer normalization over channels; the two-pass variance keeps float32 accuracy."""
    return nn.LayerNorm(epsilon=LAYER_NORM_EPSILON, use_fast_variance=False, name=name)


def conv(
    x: Float[Array, "b h w c"], features: int, name: str, *, size: int = 3, stride: int = 1
) -> Float[Array, "b H W {features}"]:
    """A square convolution of odd size with "same" zero padding, inside a compact module.

    With stride 2 the output has floor((n - 1) / 2) + 1 rows and columns, as in PyTorch with padding 1.
    """
    pad = (size // 2, size // 2)
    layer = nn.Conv(
        features,
        (size, size),
        strides=stride,
        padding=(pad, pad),
        kernel_init=nn.initializers.zeros,  # `initialization.init_params` draws the weights
        name=name,
    )
    return layer(x)


def quantized_conv(
    x: Float[Array, "b h w c"],
    kernel: Float[Array, "rows columns c features"],
    bias: Float[Array, "features"],
    *,
    bits: int,
    stride: tuple[int, int],
    padding: int,
) -> Float[Array, "b H W features"]:
    """A convolution of an on-board encoder: input, weight and bias pass the uniform quantizer.

    Args:
        x: its range is taken over the whole batch, as published.
        kernel: weight.
        bias: one for each output channel.
        bits: of the quantizer, 2..8, or 32 for none.
        stride: rows, columns.
        padding: rows of zeros above and below; there are none at the sides.
    """
    y = jax.lax.conv_general_dilated(
        quantize(x, bits),
        quantize(kernel, bits),
        window_strides=stride,
        padding=((padding, padding), (0, 0)),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    return y + quantize(bias, bits).astype(y.dtype)


class UpSampler(nn.Module):
    """Convolution to c * r^2 channels, pixel shuffle by r, convolution: (b, h, w, c) to (b, hr, wr, features).

    Source: BTC-Net V2 (IEEE 2026), spatial restorer.
    """

    features: int
    factor: int

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b H W features"]:
        x = conv(x, x.shape[-1] * self.factor**2, "conv_first")
        return conv(pixel_shuffle(x, self.factor), self.features, "conv_last")
