"""Mean and deviation of each band of an image: samples in these units are alike from scene to scene.

A network's spectral weights are fixed by its training, while mean spectra and the contrast of the bands differ
from scene to scene. Two numbers a band tell both.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

LEAST_SHARE, LEAST = 1e-3, 1e-6
"""Deviations are at least this share of the strongest band's, and at least this: else a band that hardly varies
would be all noise of rounding."""


class BandScales(NamedTuple):
    """Of some images, or of one, in units of each one's range; float32.

    Attributes:
        mean: of each band.
        deviation: standard deviation of each band, above 0.
    """

    mean: Float[Array | np.ndarray, "*images bands"]
    deviation: Float[Array | np.ndarray, "*images bands"]


def band_scales(images: Float[Array, "images rows cols bands"]) -> BandScales:
    """The scales of whole images, normalized by their range."""
    deviation = jnp.std(images, axis=(1, 2))
    least = jnp.maximum(LEAST_SHARE * deviation.max(-1, keepdims=True), LEAST)
    return BandScales(jnp.mean(images, axis=(1, 2)), jnp.maximum(deviation, least))


def to_band_units(
    crops: Float[Array, "b h w bands"], scales: BandScales
) -> Float[Array, "b h w bands"]:
    """Crops of the images, image after image, less the mean and over the deviation of each band."""
    mean, deviation = _by_crop(scales, len(crops))
    return (crops - mean) / deviation


def from_band_units(
    crops: Float[Array, "b h w bands"], scales: BandScales
) -> Float[Array, "b h w bands"]:
    """Inverse of `to_band_units`."""
    mean, deviation = _by_crop(scales, len(crops))
    return crops * deviation + mean


def _by_crop(scales: BandScales, crops: int) -> tuple[Float[Array, "b 1 1 bands"], ...]:
    images = [jnp.atleast_2d(each) for each in scales]
    return tuple(jnp.repeat(each, crops // len(each), axis=0)[:, None, None] for each in images)
