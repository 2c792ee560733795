"""Spectral indices before and after compression: vegetation and water."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from btcnet_benchmark.tasks.pixels import NotApplicableError, PixelPairs

TOLERANCE_NM = 10.0
"""How far a band's center may lie from the wanted wavelength: the spacing of AVIRIS and Hyperion."""

_SIGNIFICANT = 0.05
_BRIGHT_PERCENTILE = 95


@dataclass(frozen=True)
class SpectralIndex:
    """A normalized difference (plus - minus) / (plus + minus) of two bands.

    Attributes:
        name: what it is called in a table.
        plus_nm, minus_nm: wavelengths of the two bands.
    """

    name: str
    plus_nm: float
    minus_nm: float


INDICES = (
    # Rouse et al., Third ERTS Symposium, NASA SP-351, 1974: near infrared against red.
    SpectralIndex("ndvi", 800.0, 670.0),
    # Gitelson and Merzlyak, J. Plant Physiol. 143, 1994: chlorophyll at the red edge.
    SpectralIndex("red_edge_ndvi", 750.0, 705.0),
    # McFeeters, Int. J. Remote Sens. 17(7), 1996: open water.
    SpectralIndex("ndwi_mcfeeters", 560.0, 860.0),
    # Gao, Remote Sens. Environ. 58(3), 1996: water in leaves.
    SpectralIndex("ndwi_gao", 860.0, 1240.0),
)


@dataclass(frozen=True)
class IndexDifference:
    """Error of an index, restored minus original; the index has no unit and runs from -1 to 1.

    Attributes:
        rmse: root of the mean squared error.
        bias: mean error.
        pixels: how many pixels it was taken over.
    """

    rmse: float
    bias: float
    pixels: int


def compare_index(pixels: PixelPairs, index: SpectralIndex) -> IndexDifference:
    """Error of one index on the pixels bright enough to have one.

    Samples below zero (noise about a dark level) count as zero, so that the index stays within its
    range. Pixels take part whose two original bands add up to at least 5 % of what the 95th
    percentile does; below, the quotient is noise. On radiance the figures are still those of the
    index formula, but not of reflectance.

    Args:
        pixels: original and restored spectra with their wavelengths.
        index: which one.

    Raises:
        NotApplicableError: wavelengths are unknown, no band lies within 10 nm of one wanted, or no
            pixel is above zero in both bands together.
    """
    plus, minus = (_nearest_band(pixels, nm) for nm in (index.plus_nm, index.minus_nm))
    first, second = (
        np.maximum(cube[:, [plus, minus]], 0) for cube in (pixels.original, pixels.restored)
    )
    total = first.sum(axis=1)
    bright = (total > 0) & (total >= _SIGNIFICANT * np.percentile(total, _BRIGHT_PERCENTILE))
    if not bright.any():
        raise NotApplicableError(
            f"no pixel is above zero at {index.plus_nm:g} or {index.minus_nm:g} nm"
        )
    error = _normalized_difference(second[bright]) - _normalized_difference(first[bright])
    return IndexDifference(
        rmse=float(np.sqrt(np.mean(np.square(error)))),
        bias=float(error.mean()),
        pixels=int(bright.sum()),
    )


def _nearest_band(pixels: PixelPairs, wanted_nm: float) -> int:
    if pixels.wavelengths is None:
        raise NotApplicableError("the scene's wavelengths are unknown")
    distances = np.abs(pixels.wavelengths - wanted_nm)
    # Some sensors give a band without a center NaN.
    distances = np.where(np.isfinite(distances), distances, np.inf)
    nearest = int(distances.argmin())
    if distances[nearest] > TOLERANCE_NM:
        raise NotApplicableError(f"no usable band within {TOLERANCE_NM:g} nm of {wanted_nm:g} nm")
    return nearest


def _normalized_difference(pairs: Float64[ndarray, "pixels 2"]) -> Float64[ndarray, " pixels"]:
    """(a - b) / (a + b) of samples of at least zero; zero where both are zero."""
    total = pairs.sum(axis=1)
    return (pairs[:, 0] - pairs[:, 1]) / np.where(total > 0, total, 1)
