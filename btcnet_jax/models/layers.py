"""Small layers shared by encoder and decoder.

They compute in the type of their input. In float32 they are the published ones to the bit; in bfloat16 they
are arranged for speed (`ops.convolution`, `ops.mixed_precision`). Parameters are float32 either way.
"""

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from btcnet_jax.ops import mixed_precision
from btcnet_jax.ops.convolution import CHANNEL_MULTIPLE, convolve, convolve_and_shuffle
from btcnet_jax.ops.pixel_shuffle import pixel_shuffle
from btcnet_jax.ops.quantizer import quantize

_NHWC = ("NHWC", "HWIO", "NHWC")


def is_published_precision(x: Float[Array, "*shape"]) -> bool:
    """Whether layers compute in float32, to the bit as published, and not in a shorter type."""
    return x.dtype == jnp.float32


def leaky_relu(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Leaky ReLU with the decoder's slope of 0.2."""
    if is_published_precision(x):
        return nn.leaky_relu(x, mixed_precision.LEAKY_SLOPE)
    return mixed_precision.leaky_relu(x)


def prelu(x: Float[Array, "*shape"], slope: Float[Array, ""]) -> Float[Array, "*shape"]:
    """PReLU with one slope for all channels."""
    return jnp.where(x >= 0, x, slope * x)


class Affine(nn.Module):
    """Scale and bias of a layer normalization, which the layers around it apply."""

    features: int

    @nn.compact
    def __call__(self) -> tuple[Float[Array, "features"], Float[Array, "features"]]:
        scale = self.param("scale", nn.initializers.ones, (self.features,))
        return scale, self.param("bias", nn.initializers.zeros, (self.features,))


class Weights(nn.Module):
    """The kernel and the bias of a square convolution, which the layers around it apply."""

    size: int
    inputs: int
    features: int

    @nn.compact
    def __call__(
        self,
    ) -> tuple[Float[Array, "rows cols inputs features"], Float[Array, "features"]]:
        shape = (self.size, self.size, self.inputs, self.features)
        # `initialization.init_params` draws the weights.
        kernel = self.param("kernel", nn.initializers.zeros, shape)
        return kernel, self.param("bias", nn.initializers.zeros, (self.features,))


def conv(
    x: Float[Array, "b h w c"],
    features: int,
    name: str,
    *,
    size: int = 3,
    stride: int = 1,
    inputs: int = 0,
    outputs: int = 0,
) -> Float[Array, "b H W out"]:
    """A square convolution of odd size with "same" zero padding, inside a compact module.

    With stride 2 the output has floor((n - 1) / 2) + 1 rows and columns, as in PyTorch with padding 1.

    Args:
        x: the channels after the first `inputs` are ignored.
        features: channels of the result.
        name: of the parameters.
        size: 1 or 3.
        stride: of rows and columns.
        inputs: 0 for all channels of `x`.
        outputs: channels of the result with the zeros that fill it up; 0 for `features`.
    """
    kernel, bias = Weights(size, inputs or x.shape[-1], features, name=name)()
    if is_published_precision(x):
        pad = (size // 2, size // 2)
        y = jax.lax.conv_general_dilated(
            x, kernel, (stride, stride), (pad, pad), dimension_numbers=_NHWC
        )
        return y + bias
    kernel = pad_kernel(kernel, x.shape[-1], outputs or features)
    return convolve(x, kernel, jnp.pad(bias, (0, kernel.shape[-1] - features)), stride)


def pad_kernel(
    kernel: Float[Array, "rows cols c features"], inputs: int, outputs: int
) -> Float[Array, "rows cols {inputs} {outputs}"]:
    """Zeros for more input and output channels."""
    missing = (inputs - kernel.shape[2], outputs - kernel.shape[3])
    return jnp.pad(kernel, ((0, 0), (0, 0), (0, missing[0]), (0, missing[1])))


def filled_up(channels: int, dtype: DTypeLike) -> int:
    """Channels an activation has in memory: in float32 its own, else up to what tiles take."""
    if jnp.dtype(dtype) == jnp.float32:
        return channels
    return channels + -channels % CHANNEL_MULTIPLE


def quantized_conv(
    x: Float[Array, "b h w c"],
    kernel: Float[Array, "rows cols c features"],
    bias: Float[Array, "features"],
    *,
    bits: int,
    stride: tuple[int, int],
    padding: int,
    fold: bool = False,
    axis: str | None = None,
) -> Float[Array, "b H W features"]:
    """A convolution of an on-board encoder: input, weight and bias pass the uniform quantizer.

    Args:
        x: its range is taken over the whole batch, as published.
        kernel: weight.
        bias: one for each output channel.
        bits: of the quantizer, 2..8, or 32 for none.
        stride: rows, columns.
        padding: rows of zeros above and below; there are none at the sides.
        fold: take columns for channels, which is faster; the kernel must be as wide as its stride.
        axis: inside a `shard_map`, the mesh's axis over whose devices the batch is shared out.
    """
    x, kernel = quantize(x, bits, axis), quantize(kernel, bits)
    features = len(bias)
    if fold:
        rows, cols = kernel.shape[0], stride[1]
        x = x.reshape(*x.shape[:2], x.shape[2] // cols, -1)
        kernel = kernel.reshape(rows, 1, x.shape[-1], features)
        kernel = pad_kernel(kernel, x.shape[-1], features + -features % CHANNEL_MULTIPLE)
        stride = (stride[0], 1)
    y = jax.lax.conv_general_dilated(
        x,
        kernel,
        window_strides=stride,
        padding=((padding, padding), (0, 0)),
        dimension_numbers=_NHWC,
    )
    return y[..., :features] + quantize(bias, bits).astype(y.dtype)


class UpSampler(nn.Module):
    """Convolution to width * r^2 channels, pixel shuffle by r, convolution: (b, h, w, c) to (b, hr, wr, out).

    Source: BTC-Net V2 (IEEE 2026), spatial restorer.

    Attributes:
        features: channels of the result.
        factor: r.
        inputs: channels of the input, those after them are ignored; 0 for all.
        width: channels after the shuffle; 0 for as many as the input has.
        outputs: channels of the result with the zeros that fill it up; 0 for `features`.
    """

    features: int
    factor: int
    inputs: int = 0
    width: int = 0
    outputs: int = 0

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b H W out"]:
        inputs = self.inputs or x.shape[-1]
        width = self.width or inputs
        if is_published_precision(x):
            x = pixel_shuffle(conv(x, width * self.factor**2, "conv_first"), self.factor)
        else:
            x = self._convolve_and_shuffle(x, inputs, width)
        return conv(x, self.features, "conv_last", inputs=width, outputs=self.outputs)

    def _convolve_and_shuffle(
        self, x: Float[Array, "b h w c"], inputs: int, width: int
    ) -> Float[Array, "b H W filled"]:
        kernel, bias = Weights(3, inputs, width * self.factor**2, name="conv_first")()
        outputs = filled_up(width, x.dtype) * self.factor**2
        kernel = pad_kernel(kernel, x.shape[-1], outputs)  # the shuffle's order: new channels last
        bias = jnp.pad(bias, (0, outputs - len(bias)))
        return convolve_and_shuffle(x, kernel, bias, self.factor)
