"""Which coefficient of a block transform each latent channel is, where training began with a KLT and DCT.

Training moves the transform but little, so every channel still is one frequency of one spectral component. The
decoder's own first convolution tells which: of all places it is there that a channel goes.
"""

import numpy as np
from jaxtyping import Float, Int

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.klt_dct import block_dct


def channel_layout(config: ModelConfig, params: Params) -> Int[np.ndarray, "channels 3"]:
    """Component, frequency (row by row of the block's DCT) and sign of every channel, no two alike.

    Args:
        config: of a V2.
        params: its parameters, float32.

    Returns:
        int32. The strongest claim to a place has it; each other channel has the best of those left.
    """
    size = config.scale**2
    kernel = np.asarray(params["decoder"]["spatial_restorer"]["conv_first"]["kernel"], np.float64)
    shares = kernel[1, 1].reshape(config.latent_channels, -1, size) @ block_dct(config.scale).T
    flat = shares.reshape(len(shares), -1)
    energy = np.square(flat)
    # A channel without any energy takes what is left over.
    claims = energy / np.maximum(energy.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    places = _assign(claims)
    component, frequency = np.divmod(places, size)
    sign = np.where(flat[np.arange(len(flat)), places] < 0, -1, 1)
    return np.stack([component, frequency, sign], axis=1).astype(np.int32)


def _assign(claims: Float[np.ndarray, "channels places"]) -> Int[np.ndarray, "channels"]:
    """A place for each channel, the greatest claims first."""
    places = np.full(len(claims), -1)
    taken = np.zeros(claims.shape[1], bool)
    for claim in np.argsort(-claims, axis=None, kind="stable"):
        channel, place = divmod(int(claim), claims.shape[1])
        if places[channel] < 0 and not taken[place]:
            places[channel], taken[place] = place, True
    return places
