"""DRAM, the detail restorer's block: channel attention (SESAM), then a gated feed-forward (SEFFM).

Source: BTC-Net V2 (IEEE 2026), detail restorer.
"""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from btcnet_jax.models.layers import Weights, conv, is_published_precision, layer_norm, leaky_relu
from btcnet_jax.ops.convolution import add_bias
from btcnet_jax.ops.mixed_precision import gate_and_project, mix_channels


class Branch(nn.Module):
    """Convolution 1x1 to `features` channels, leaky ReLU, convolution 3x3."""

    features: int

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b h w features"]:
        x = leaky_relu(conv(x, self.features, "pointwise", size=1))
        return conv(x, self.features, "spatial")


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
        batch, rows, columns, channels = x.shape
        normed = layer_norm(x, "layer_norm")
        query = Branch(channels, name="query")(normed)
        key = Branch(channels, name="key")(normed)
        value = Branch(channels, name="value")(normed)
        alpha = self.param("alpha", nn.initializers.ones, ())
        pixels = rows * columns if self.mean else 1
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
        normed = layer_norm(x, "layer_norm")
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
