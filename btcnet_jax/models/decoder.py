"""SPHR, the spatial-priority hierarchical reconstruction on the ground: space, then detail, then spectrum.

Source: BTC-Net V2 (IEEE 2026), decoder.
"""

from functools import partial

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.attention import DRAM
from btcnet_jax.models.layers import (
    UpSampler,
    Weights,
    conv,
    filled_up,
    is_published_precision,
    pad_kernel,
)
from btcnet_jax.ops.convolution import convolve


class DetailRestorer(nn.Module):
    """A three-level U-shaped network of DRAM blocks around a skip: (b, h, w, c) to (b, h, w, c).

    h and w are multiples of 4.

    Attributes:
        features: width of the first level.
        gamma: expansion of the feed-forward modules.
        channels: of the input; those after them are zeros, in the output too.
        mean: attention averages over the pixels.
        remat: compute each block again for its gradient instead of storing what is inside.
    """

    features: int
    gamma: int
    channels: int
    mean: bool = False
    remat: bool = False

    @nn.compact
    def __call__(self, s: Float[Array, "b h w c"]) -> Float[Array, "b h w c"]:
        width = self.features
        block = partial(nn.remat(DRAM) if self.remat else DRAM, self.gamma, self.mean)
        a = conv(s, width, "conv_feature", inputs=self.channels)
        r1 = block(name="dram_down_1")(a)
        d1 = conv(r1, 2 * width, "downsample_1", stride=2)
        r2 = block(name="dram_down_2")(d1)
        # d1, not r2: the published code feeds the undressed d1, and published weights expect it.
        d2 = conv(d1, 4 * width, "downsample_2", stride=2)
        u2 = UpSampler(2 * width, 2, name="upsample_2")(block(name="dram_mid")(d2))
        u2 = conv(jnp.concatenate([r2, u2], -1), 2 * width, "fully_connected", size=1)
        u2 = block(name="dram_up_2")(u2)
        u1 = UpSampler(width, 2, name="upsample_1")(u2)
        o = block(name="dram_up_1")(jnp.concatenate([r1, u1], -1))
        o = block(name="dram_last")(o)
        return conv(o, self.channels, "conv_last", outputs=s.shape[-1]) + s


class Decoder(nn.Module):
    """Spatial, detail and spectral restorer: (b, h/s, w/s, channels) to (b, h, w, bands), float32.

    Attributes:
        bands: of the output.
        features: width of the detail restorer.
        gamma: expansion of its feed-forward modules.
        scale: s.
        core_channels: width between the spatial and the spectral restorer; 0 for the latent's.
        mean: attention averages over the pixels instead of summing.
        dtype: that the layers compute in.
        remat: spend time in training to save memory.
    """

    bands: int
    features: int
    gamma: int
    scale: int
    core_channels: int = 0
    mean: bool = False
    dtype: DTypeLike = jnp.float32
    remat: bool = False

    @classmethod
    def from_config(
        cls, config: ModelConfig, dtype: DTypeLike = jnp.float32, remat: bool = False
    ) -> "Decoder":
        """The decoder of a configuration; `dtype` is float32, to the bit as published, or bfloat16."""
        options = config.decoder
        return cls(
            config.bands,
            config.features,
            config.gamma,
            config.scale,
            core_channels=options.core_channels,
            mean=options.attention == "mean",
            dtype=dtype,
            remat=remat,
        )

    @nn.compact
    def __call__(self, latent: Float[Array, "b h w channels"]) -> Float[Array, "b H W bands"]:
        channels = latent.shape[-1]
        core = self.core_channels or channels
        # Zero channels cost less here than in cuDNN, which would add them before every convolution.
        extra = filled_up(channels, self.dtype) - channels
        latent = jnp.pad(latent.astype(self.dtype), ((0, 0),) * 3 + ((0, extra),))
        filled = filled_up(core, self.dtype)
        upsampler = UpSampler(core, self.scale, channels, core, filled, name="spatial_restorer")
        s = upsampler(latent)
        restorer = DetailRestorer(
            self.features, self.gamma, core, self.mean, self.remat, name="detail_restorer"
        )
        return self._spectral_restorer(restorer(s), s, core).astype(jnp.float32)

    def _spectral_restorer(
        self, detail: Float[Array, "b h w c"], s: Float[Array, "b h w c"], core: int
    ) -> Float[Array, "b h w bands"]:
        """Two convolutions and their sum; one convolution of both inputs is the same and fills tiles."""
        if is_published_precision(s):
            restored = conv(detail, self.bands, "spectral_restorer")
            return restored + conv(s, self.bands, "spectral_skip")
        names = ("spectral_restorer", "spectral_skip")
        weights = [Weights(3, core, self.bands, name=name)() for name in names]
        kernel = jnp.concatenate([pad_kernel(k, s.shape[-1], self.bands) for k, _ in weights], 2)
        both = jnp.concatenate([detail, s], -1)
        return convolve(both, kernel, weights[0][1] + weights[1][1])


def widest_channels(config: ModelConfig) -> int:
    """Channels of the decoder's widest activation at the scene's full resolution."""
    core = config.decoder.core_channels or config.latent_channels
    return max(2 * config.features * config.gamma, config.bands, core)
