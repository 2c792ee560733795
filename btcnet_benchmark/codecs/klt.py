"""Spectral Karhunen-Loeve transform (principal components) of a scene's own covariance."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from btcnet_jax.parts.spectral_plan import principal_axes


@dataclass(frozen=True, eq=False)
class SpectralKlt:
    """Orthogonal transform along the spectrum, components by falling variance.

    Attributes:
        mean: mean of each band, float64 (bands,), in the scene's unit.
        weights: what each band's deviation from its mean is multiplied by before the transform.
        vectors: orthonormal columns, float64 (bands, bands).

    Source: Du & Fowler 2007, "Hyperspectral Image Compression Using JPEG2000 and Principal
    Component Analysis", IEEE GRSL 4(2), section II.
    """

    mean: Float64[np.ndarray, " bands"]
    weights: Float64[np.ndarray, " bands"]
    vectors: Float64[np.ndarray, "bands bands"]

    def components(
        self, pixels: Float64[np.ndarray, "pixels bands"], count: int
    ) -> Float64[np.ndarray, "pixels count"]:
        """The first `count` components of every pixel, 1 <= count <= bands, of zero mean."""
        matrix = self.weights[:, None] * self.vectors[:, :count]
        return pixels @ matrix - self.mean @ matrix


def fit_klt(
    pixels: Float64[np.ndarray, "pixels bands"], weights: Float64[np.ndarray, " bands"]
) -> SpectralKlt:
    """The transform that gathers the most weighted variance in the fewest components.

    Args:
        pixels: spectra in the scene's unit, finite; at least one.
        weights: importance of an error in each band, > 0: the transform minimizes the sum of squared
            errors times squared weights.

    Returns:
        The transform; the entry of largest magnitude of each vector is positive, so that the same
        scene gives the same components everywhere.
    """
    mean = pixels.mean(axis=0)
    deviations = (pixels - mean) * weights
    _, vectors = principal_axes(deviations.T @ deviations / len(pixels))
    return SpectralKlt(mean, weights, vectors)
