"""DRAM, the detail restorer's block: channel attention (SESAM), then a gated feed-forward (SEFFM).

Source: BTC-Net V2 (IEEE 2026), detail restorer.
"""

from typing import NamedTuple

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from btcnet_jax.models.layers import Affine, Weights, conv, is_published_precision, leaky_relu
from btcnet_jax.ops.convolution import add_bias, project
from btcnet_jax.ops.mixed_precision import (
    LAYER_NORM_EPSILON,
    fold_affine,
    gate_and_project,
    mix_channels,
    normalize,
)


class Normalized(NamedTuple):
    """Channels after a layer normalization; in bfloat16 its scale and bias have yet to be applied."""

    values: Float[Array, "b h w c"]
    scale: Float[Array, "c"] | None = None
    bias: Float[Array, "c"] | None = None


def layer_norm(x: Float[Array, "b h w c"]) -> Normalized:
    """Layer normalization over channels, inside a compact module; statistics are float32."""
    if is_published_precision(x):
        # The two-pass variance keeps float32 accuracy.
        norm = nn.LayerNorm(epsilon=LAYER_NORM_EPSILON, use_fast_variance=False, name="layer_norm")
        return Normalized(norm(x))
    return Normalized(normalize(x), *Affine(x.shape[-1], name="layer_norm")())


class Branch(nn.Module):
    """Convolution 1x1 to `features` channels, leaky ReLU, convolution 3x3."""

    features: int

    @nn.compact
    def __call__(self, x: Normalized) -> Float[Array, "b h w features"]:
        y = leaky_relu(self._pointwise(x))
        return conv(y, self.features, "spatial")

    def _pointwise(self, x: Normalized) -> Float[Array, "b h w features"]:
        if x.scale is None or x.bias is None:
            return conv(x.values, self.features, "pointwise", size=1)
        kernel, bias = Weights(1, x.values.shape[-1], self.features, name="pointwise")()
        weight, bias = fold_affine(x.scale, x.bias, kernel[0, 0], bias)
        return add_bias(project(x.values, weight), bias)


class SESAM(nn.Module):
    """Attention between channels, over all pixels: (b, h, w, c) to (b, h, w, c).

    `A = softmax(k^T q / alpha)` is a c x c matrix, normalized over its last axis; alpha is learned.

    Attributes:
        mean: divide k^T q by the number of pixels, so that A is alike for tiles of any size; as published
            it is a sum over them.
    """

    mean: bool = False

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        batch, rows, cols, channels = x.shape
        normed = layer_norm(x)
        query = Branch(channels, name="query")(normed)
        key = Branch(channels, name="key")(normed)
        value = Branch(channels, name="value")(normed)
        alpha = self.param("alpha", nn.initializers.ones, ())
        pixels = rows * cols if self.mean else 1
        if is_published_precision(x):
            logits = jnp.einsum("bhwi,bhwj->bij", key, query)
            if self.mean:
                logits = logits / pixels
            attention = nn.softmax(logits / alpha, axis=-1)
            mixed = jnp.einsum("bhwi,bij->bhwj", value, attention)
            return conv(mixed, channels, "linear_last", size=1) + x
        weight, bias = Weights(1, channels, channels, name="linear_last")()
        query, key, value = (t.reshape(batch, -1, channels) for t in (query, key, value))
        mixed = mix_channels(query, key, value, weight[0, 0], alpha * pixels)
        return add_bias(mixed.reshape(x.shape), bias) + x


class SEFFM(nn.Module):
    """Two branches of gamma * c channels, one gating the other: (b, h, w, c) to (b, h, w, c)."""

    gamma: int

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        channels = x.shape[-1]
        width = self.gamma * channels
        normed = layer_norm(x)
        carried = Branch(width, name="branch_1")(normed)
        gate = Branch(width, name="branch_2")(normed)
        if is_published_precision(x):
            return conv(carried * leaky_relu(gate), channels, "linear_last", size=1) + x
        weight, bias = Weights(1, width, channels, name="linear_last")()
        return add_bias(gate_and_project(carried, gate, weight[0, 0]), bias) + x


class DRAM(nn.Module):
    """SEFFM after SESAM: (b, h, w, c) to (b, h, w, c)."""

    gamma: int
    mean: bool = False

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        return SEFFM(self.gamma, name="seffm")(SESAM(self.mean, name="sesam")(x))
