"""What is taken from a real scene: how its spectra vary, and how its components lie in the plane."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64
from numpy import ndarray

from btcnet_jax.scene.scene import Scene
from data_pipeline.synthetic.band_match import Matched, living_bands

_LEAST_DEVIATION = 1e-6
_BRIGHT = 99.9
"""Percentile of a scene's samples that becomes 1: units differ, and hot pixels must not decide."""


class Spectra(NamedTuple):
    """Second-order statistics of a scene's spectra, bright samples being 1.

    Attributes:
        mean: float64.
        covariance: float64; its leading eigenvectors are the scene's spectral basis, the rest noise.
    """

    mean: Float64[ndarray, "bands"]
    covariance: Float64[ndarray, "bands bands"]


@dataclass(frozen=True, eq=False)
class Donor:
    """A real scene's parts.

    Attributes:
        name: of the scene.
        spectra: None where its bands could only be matched by index and other scenes do better.
        planes: float32 component planes of variance one, strongest first; None for spectra alone.
    """

    name: str
    spectra: Spectra | None
    planes: Float[ndarray, "rows cols components"] | None


def spectra_of(matched: Matched) -> Spectra:
    """The statistics of matched spectra."""
    bright = max(float(np.percentile(matched.values, _BRIGHT)), _LEAST_DEVIATION)
    values = matched.values.astype(np.float64) / bright
    return Spectra(values.mean(0), np.cov(values, rowvar=False))


def planes_of(scene: Scene, components: int) -> Float[ndarray, "rows cols components"] | None:
    """The planes of a scene's principal components over its living bands, each of variance one.

    Fewer than `components` where fewer bands live; None for a scene of one row or column, which has
    no texture.
    """
    rows, cols, bands = scene.values.shape
    living = living_bands(scene)
    if min(rows, cols) < 2 or not living.any():
        return None
    pixels = scene.values.reshape(-1, bands)[:, living].astype(np.float64)
    pixels -= pixels.mean(0)
    basis, deviations = principal(
        np.cov(pixels, rowvar=False).reshape(living.sum(), -1), components
    )
    planes = pixels @ (basis / np.maximum(deviations, _LEAST_DEVIATION * deviations[0]))
    return planes.reshape(rows, cols, -1).astype(np.float32)


def principal(
    covariance: Float64[ndarray, "bands bands"], count: int
) -> tuple[Float64[ndarray, "bands count"], Float64[ndarray, "count"]]:
    """The leading eigenvectors, strongest first, and the deviations along them.

    Each vector's greatest entry is positive, so that the first, brightness, brightens.
    """
    variances, vectors = np.linalg.eigh(covariance)
    vectors = vectors[:, ::-1][:, :count]
    greatest = np.take_along_axis(vectors, np.abs(vectors).argmax(0)[None], 0)
    deviations = np.sqrt(np.maximum(variances[::-1][:count], 0))
    return vectors * np.where(greatest < 0, -1.0, 1.0), deviations
