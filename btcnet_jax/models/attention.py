"""DRAM, the detail restorer's block: channel attention (SESAM), then a gated feed-forward (SEFFM).

Source: BTC-Net V2 (IEEE 2026), detail restorer.
"""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from btcnet_jax.models.layers import conv, layer_norm, leaky_relu


class Branch(nn.Module):
    """Convolution 1x1 to `features` channels, leaky ReLU, convolution 3x3."""

    features: int

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b h w features"]:
        x = leaky_relu(conv(x, self.features, "pointwise", size=1))
        return conv(x, self.features, "spatial")


class SESAM(nn.Module):
    """Attention between channels, summed over pixels: (b, h, w, c) to (b, h, w, c).

    `A = softmax(k^T q / alpha)` is a c x c matrix, normalized over its last axis; alpha is learned.
    """

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        channels = x.shape[-1]
        normed = layer_norm("layer_norm")(x)
        query = Branch(channels, name="query")(normed)
        key = Branch(channels, name="key")(normed)
        value = Branch(channels, name="value")(normed)
        alpha = self.param("alpha", nn.initializers.ones, ())
        logits = jnp.einsum("bhwi,bhwj->bij", key, query) / alpha
        mixed = jnp.einsum("bhwi,bij->bhwj", value, nn.softmax(logits, axis=-1))
        return conv(mixed, channels, "linear_last", size=1) + x


class SEFFM(nn.Module):
    """Two branches of gamma * c channels, one gating the other: (b, h, w, c) to (b, h, w, c)."""

    gamma: int

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        channels = x.shape[-1]
        normed = layer_norm("layer_norm")(x)
        carried = Branch(self.gamma * channels, name="branch_1")(normed)
        gate = Branch(self.gamma * channels, name="branch_2")(normed)
        return conv(carried * leaky_relu(gate), channels, "linear_last", size=1) + x


class DRAM(nn.Module):
    """SEFFM after SESAM: (b, h, w, c) to (b, h, w, c)."""

    gamma: int

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        return SEFFM(self.gamma, name="seffm")(SESAM(name="sesam")(x))
