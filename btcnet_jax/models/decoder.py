"""SPHR, the spatial-priority hierarchical reconstruction on the ground: space, then detail, then spectrum.

Source: BTC-Net V2 (IEEE 2026), decoder.
"""

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.detail_restorer import DetailRestorer
from btcnet_jax.models.layers import (
    UpSampler,
    Weights,
    conv,
    filled_up,
    is_published_precision,
    pad_kernel,
)
from btcnet_jax.ops.convolution import convolve


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
