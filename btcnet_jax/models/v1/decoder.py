"""V1's decoder on the ground: enhance at the latent's resolution, then upsample."""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.layers import conv
from btcnet_jax.models.v1.cafe import CAFE


class Decoder(nn.Module):
    """CAFE blocks around a skip, then two upsamplings by 2: (b, h, w, channels) to (b, 4h, 4w, bands).

    Channels go from `width` to 1.5, 2, 2.5 times that and to the bands: 64, 96, 128, 160, 172.

    Source: BTC-Net V1's published decoder; 12,171,052 parameters with 172 bands and 27 channels.
    """

    bands: int
    width: int
    growth: int
    blocks: int

    @classmethod
    def from_config(cls, config: ModelConfig) -> "Decoder":
        """The decoder of a configuration."""
        return cls(config.bands, config.v1.width, config.v1.growth, config.v1.blocks)

    @nn.compact
    def __call__(self, latent: Float[Array, "b h w channels"]) -> Float[Array, "b H W bands"]:
        width = self.width
        features = x = conv(latent, width, "conv_first")
        for number in range(1, self.blocks + 1):
            x = CAFE(self.growth, name=f"cafe_{number}")(x)
        x = upsample(features + conv(x, width, "conv_trunk"))
        x = nn.silu(conv(x, 3 * width // 2, "up_1_first"))
        x = upsample(nn.silu(conv(x, 2 * width, "up_1_last")))
        x = nn.silu(conv(x, 5 * width // 2, "up_2_first"))
        return conv(x, self.bands, "up_2_last")


def upsample(x: Float[Array, "b h w c"]) -> Float[Array, "b 2*h 2*w c"]:
    """Twice the rows and columns, each pixel repeated (nearest neighbor)."""
    return jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2)


def widest_channels(config: ModelConfig) -> int:
    """Channels of the decoder's widest activation at the scene's full resolution."""
    return max(5 * config.v1.width // 2, config.bands)
