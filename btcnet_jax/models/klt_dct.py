"""An analytic start for V2: encoder and linear path of the decoder as a transform and its inverse.

The 4 x 4 DCT of the principal components of the training data's spectra is a convolution of stride 4, so the
encoder can be one before any training; its inverse is a convolution to 16 pixels a block, a pixel shuffle and
the basis. The detail path starts at zero. What training then does is improve on a transform codec.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from btcnet_jax.config import UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.encoder import PADDING_ROWS

_PASSES = 4
_LEAST_ERROR = 1e-3


class KltDct(NamedTuple):
    """A transform of blocks of scale x scale pixels to latent channels.

    Attributes:
        mean: spectrum that becomes 0.
        weights: of the bands: what the basis is of, so that heavy bands are restored better.
        basis: orthonormal weighted spectra, strongest first.
        component, frequency: of each channel: which spectrum, and which place of the block's DCT.
        gain: of each channel; the transform is orthonormal where it is 1.
    """

    mean: Float[ndarray, "bands"]
    weights: Float[ndarray, "bands"]
    basis: Float[ndarray, "bands components"]
    component: Int[ndarray, "channels"]
    frequency: Int[ndarray, "channels"]
    gain: Float[ndarray, "channels"]


def fit(
    config: ModelConfig, blocks: Float[ndarray, "n scale scale bands"], *, by_ratio: bool = False
) -> KltDct:
    """The transform whose channels hold the most variance of these blocks.

    Args:
        config: of the network: channels, components (the decoder's core), bits.
        blocks: normalized samples of the training data, float32.
        by_ratio: weigh each band by the inverse of its own error, which a few passes find: all bands'
            errors then fall by the same ratio, as a loss in decibels a band wants it.
    """
    weights = np.ones(config.bands)
    for _ in range(_PASSES if by_ratio else 0):
        transform = _fit_weighted(config, blocks, weights)
        restored = synthesize(transform, analyze(transform, blocks), config.scale)
        errors = np.sqrt(np.square(restored - blocks).mean((0, 1, 2)))
        weights = 1 / np.maximum(errors, _LEAST_ERROR * errors.max())
        weights /= weights.mean()
    return _fit_weighted(config, blocks, weights)


def _fit_weighted(
    config: ModelConfig,
    blocks: Float[ndarray, "n scale scale bands"],
    weights: Float[ndarray, "bands"],
) -> KltDct:
    pixels = blocks.reshape(-1, config.bands) * weights.astype(np.float32)
    mean = pixels.mean(0)
    components = min(config.decoder.core_channels or config.latent_channels, config.bands)
    _, vectors = np.linalg.eigh(np.cov(pixels, rowvar=False, dtype=np.float64))
    basis = vectors[:, ::-1][:, :components]
    planes = ((pixels - mean) @ basis).reshape(len(blocks), -1, components)
    variance = np.square(block_dct(config.scale) @ planes).mean(0)
    order = np.argsort(-variance, axis=None, kind="stable")[: config.latent_channels]
    frequency, component = np.unravel_index(order, variance.shape)
    plain = KltDct(mean / weights, weights, basis, component, frequency, np.ones(len(order)))
    if config.bits == UNQUANTIZED_BITS:
        return plain
    # All channels use the whole range that the weights' quantizer spans.
    kernels = _analysis(plain, config.scale)
    gain = np.abs(kernels).max() / np.abs(kernels).max((0, 1))
    return plain._replace(gain=gain)


def analyze(
    transform: KltDct, blocks: Float[ndarray, "n scale scale bands"]
) -> Float[ndarray, "n channels"]:
    """The latent of blocks, as the encoder makes it before its own quantizers."""
    kernels = _analysis(transform, blocks.shape[1])
    centered = (blocks - transform.mean).reshape(len(blocks), -1)
    return np.asarray(centered @ kernels.reshape(centered.shape[1], -1))


def synthesize(
    transform: KltDct, latent: Float[ndarray, "n channels"], scale: int
) -> Float[ndarray, "n scale scale bands"]:
    """Blocks from a latent: the decoder's linear path."""
    dct, basis = block_dct(scale), transform.basis
    pairs = dct[transform.frequency][:, :, None] * basis.T[transform.component][:, None]
    values = (latent / transform.gain) @ pairs.reshape(len(pairs), -1)
    return values.reshape(len(latent), scale, scale, -1) / transform.weights + transform.mean


def transform_params(config: ModelConfig, params: Params, transform: KltDct) -> Params:
    """Parameters with the transform in place of what encoder and linear path were drawn as.

    Args:
        config: of the network: V2, scale up to 4.
        params: of `initialization.init_params`, for the rest of the network.
        transform: of `fit`.
    """
    params = jax.tree.map(np.array, params)
    _set_encoder(config, params["encoder"], transform)
    _set_decoder(config, params["decoder"], transform)
    return jax.tree.map(jnp.asarray, params)


def _set_encoder(config: ModelConfig, encoder: Params, transform: KltDct) -> None:
    kernels = _analysis(transform, config.scale)
    rows = slice(PADDING_ROWS, PADDING_ROWS + config.scale)
    shape = (config.scale, config.scale, config.bands, -1)
    encoder["kernel"][:] = 0
    encoder["kernel"][rows] = _on_grid(config, kernels).reshape(shape)
    encoder["bias"][:] = -transform.mean @ kernels.sum(0)
    encoder["slope"][:] = 1


def _set_decoder(config: ModelConfig, decoder: Params, transform: KltDct) -> None:
    spatial, detail = decoder["spatial_restorer"], decoder["detail_restorer"]
    size, components = config.scale**2, transform.basis.shape[1]
    for part in (spatial["conv_first"], spatial["conv_last"], detail["conv_last"]):
        part["kernel"][:], part["bias"][:] = 0, 0
    for channel, component in enumerate(transform.component):
        shares = block_dct(config.scale)[transform.frequency[channel]] / transform.gain[channel]
        place = slice(component * size, (component + 1) * size)
        spatial["conv_first"]["kernel"][1, 1, channel, place] = shares
    spatial["conv_last"]["kernel"][1, 1] = np.eye(len(spatial["conv_last"]["bias"]))
    for name in ("spectral_restorer", "spectral_skip"):
        decoder[name]["kernel"][:] = 0
        decoder[name]["kernel"][1, 1, :components] = (
            transform.basis / transform.weights[:, None]
        ).T / 2
        decoder[name]["bias"][:] = transform.mean / 2


def _analysis(transform: KltDct, scale: int) -> Float[ndarray, "pixels bands channels"]:
    dct = block_dct(scale)[transform.frequency].T
    spectra = transform.weights[:, None] * transform.basis[:, transform.component]
    return dct[:, None] * spectra * transform.gain


def _on_grid(
    config: ModelConfig, kernels: Float[ndarray, "pixels bands channels"]
) -> Float[ndarray, "pixels bands channels"]:
    """The kernels, changed so little that 0 is one of the values of the weights' quantizer.

    It divides the range from the least to the greatest weight, so the rows above and below the block would
    add a share of every sample otherwise. From -n to n + 1 steps, 0 is one.
    """
    if config.bits == UNQUANTIZED_BITS:
        return kernels
    steps = 2 ** (config.bits - 1) - 1
    kernels = np.clip(kernels, *(np.array([-1, 1]) * np.abs(kernels).max()))
    flat, step = kernels.reshape(-1), np.abs(kernels).max() / steps
    flat[flat.argmin()], flat[flat.argmax()] = -steps * step, (steps + 1) * step
    return flat.reshape(kernels.shape)


def block_dct(scale: int) -> Float[ndarray, "frequencies pixels"]:
    """The orthonormal DCT-II of a block, rows by rows."""
    places = np.arange(scale)
    one = np.cos(np.pi * np.outer(places, 2 * places + 1) / (2 * scale)) * np.sqrt(2 / scale)
    one[0] /= np.sqrt(2)
    return np.kron(one, one)
