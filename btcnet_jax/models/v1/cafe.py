"""CAFE, the block of V1's decoder: residual dense blocks, then channel attention.

Sources: BTC-Net V1's published decoder; where it is silent, the residual-in-residual dense block of
ESRGAN (Wang et al., ECCV Workshops 2018) and squeeze-and-excitation (Hu et al., CVPR 2018).
"""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from btcnet_jax.models.layers import conv

RESIDUAL_SCALE = 0.2
DENSE_BLOCKS = 3
DENSE_CONVS = 5
SQUEEZE_RATIO = 16


class DenseBlock(nn.Module):
    """Five convolutions 3x3, each seeing all before it, on a residual: (b, h, w, c) to (b, h, w, c)."""

    growth: int

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        seen = x
        for number in range(1, DENSE_CONVS):
            grown = nn.silu(conv(seen, self.growth, f"conv_{number}"))
            seen = jnp.concatenate([seen, grown], -1)
        return x + RESIDUAL_SCALE * conv(seen, x.shape[-1], f"conv_{DENSE_CONVS}")


class ChannelAttention(nn.Module):
    """Squeeze and excitation: each channel times a gate in (0, 1) that all channels' means decide.

    (b, h, w, c) to (b, h, w, c); the means are over all rows and columns given.
    """

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        channels = x.shape[-1]
        means = jnp.mean(x, axis=(1, 2), keepdims=True)
        squeezed = nn.relu(conv(means, max(1, channels // SQUEEZE_RATIO), "squeeze", size=1))
        return x * nn.sigmoid(conv(squeezed, channels, "excite", size=1))


class CAFE(nn.Module):
    """Three dense blocks and channel attention on a residual: (b, h, w, c) to (b, h, w, c)."""

    growth: int

    @nn.compact
    def __call__(self, x: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        y = x
        for number in range(1, DENSE_BLOCKS + 1):
            y = DenseBlock(self.growth, name=f"dense_{number}")(y)
        return x + RESIDUAL_SCALE * ChannelAttention(name="attention")(y)
