"""V1's decoder on the ground: enhance at the latent's resolution, then upsample."""

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.layers import conv
from btcnet_jax.models.v1.cafe import CAFE


class Decoder(nn.Module):
    """CAFE blocks around a skip, then two upsamplings by 2: (b, h, w, channels) to (b, 4h, 4w, bands), float32.

    Channels go from `width` to 1.5, 2, 2.5 times that and to the bands: 64, 96, 128, 160, 172.

    Source: BTC-Net V1's published decoder; 12,171,052 parameters with 172 bands and 27 channels.

    Attributes:
        bands: of the output.
        width: of the blocks.
        growth: channels that each convolution of a dense block adds.
        blocks: how many.
        dtype: that the layers compute in.
        remat: compute each block again for its gradient instead of storing what is inside.
    """

    bands: int
    width: int
    growth: int
    blocks: int
    dtype: DTypeLike = jnp.float32
    remat: bool = False

    @classmethod
    def from_config(
        cls, config: ModelConfig, dtype: DTypeLike = jnp.float32, remat: bool = False
    ) -> "Decoder":
        """The decoder of a configuration; `dtype` is float32 or bfloat16."""
        v1 = config.v1
        return cls(config.bands, v1.width, v1.growth, v1.blocks, dtype, remat)

    @nn.compact
    def __call__(self, latent: Float[Array, "b h w channels"]) -> Float[Array, "b H W bands"]:
        width = self.width
        block = nn.remat(CAFE) if self.remat else CAFE
        features = x = conv(latent.astype(self.dtype), width, "conv_first")
        for number in range(1, self.blocks + 1):
            x = block(self.growth, name=f"cafe_{number}")(x)
        x = upsample(features + conv(x, width, "conv_trunk"))
        x = nn.silu(conv(x, 3 * width // 2, "up_1_first"))
        x = upsample(nn.silu(conv(x, 2 * width, "up_1_last")))
        x = nn.silu(conv(x, 5 * width // 2, "up_2_first"))
        return conv(x, self.bands, "up_2_last").astype(jnp.float32)


def upsample(x: Float[Array, "b h w c"]) -> Float[Array, "b 2*h 2*w c"]:
    """Twice the rows and columns, each pixel repeated (nearest neighbor)."""
    return jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2)


def widest_channels(config: ModelConfig) -> int:
    """Channels of the decoder's widest activation at the scene's full resolution."""
    return max(5 * config.v1.width // 2, config.bands)
