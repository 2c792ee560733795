"""SPHR, the spatial-priority hierarchical reconstruction on the ground: space, then detail, then spectrum.

Source: BTC-Net V2 (IEEE 2026), decoder.
"""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.attention import DRAM
from btcnet_jax.models.layers import UpSampler, conv


class DetailRestorer(nn.Module):
    """A three-level U-shaped network of DRAM blocks around a skip: (b, h, w, c) to (b, h, w, c).

    h and w are multiples of 4.
    """

    features: int
    gamma: int

    @nn.compact
    def __call__(self, s: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        width = self.features
        a = conv(s, width, "conv_feature")
        r1 = DRAM(self.gamma, name="dram_down_1")(a)
        d1 = conv(r1, 2 * width, "downsample_1", stride=2)
        r2 = DRAM(self.gamma, name="dram_down_2")(d1)
        # d1, not r2: the published code feeds the undressed d1, and published weights expect it.
        d2 = conv(d1, 4 * width, "downsample_2", stride=2)
        u2 = UpSampler(2 * width, 2, name="upsample_2")(DRAM(self.gamma, name="dram_mid")(d2))
        u2 = conv(jnp.concatenate([r2, u2], -1), 2 * width, "fully_connected", size=1)
        u2 = DRAM(self.gamma, name="dram_up_2")(u2)
        u1 = UpSampler(width, 2, name="upsample_1")(u2)
        o = DRAM(self.gamma, name="dram_up_1")(jnp.concatenate([r1, u1], -1))
        o = DRAM(self.gamma, name="dram_last")(o)
        return conv(o, s.shape[-1], "conv_last") + s


class Decoder(nn.Module):
    """Spatial, detail and spectral restorer: (b, h/s, w/s, channels) to (b, h, w, bands)."""

    bands: int
    features: int
    gamma: int
    scale: int

    @classmethod
    def from_config(cls, config: ModelConfig) -> "Decoder":
        """The decoder of a configuration."""
        return cls(config.bands, config.features, config.gamma, config.scale)

    @nn.compact
    def __call__(self, latent: Float[Array, "b h w channels"]) -> Float[Array, "b H W bands"]:
        s = UpSampler(latent.shape[-1], self.scale, name="spatial_restorer")(latent)
        detail = DetailRestorer(self.features, self.gamma, name="detail_restorer")(s)
        restored = conv(detail, self.bands, "spectral_restorer")
        return restored + conv(s, self.bands, "spectral_skip")


def widest_channels(config: ModelConfig) -> int:
    """Channels of the decoder's widest activation at the scene's full resolution."""
    return max(2 * config.features * config.gamma, config.bands)
