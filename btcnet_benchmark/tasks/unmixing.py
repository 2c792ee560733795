"""Abundances of endmembers before and after compression: linear unmixing."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray
from scipy.optimize import nnls

from btcnet_benchmark.tasks.pixels import NotApplicableError, PixelPairs

ENDMEMBERS = 5
PIXELS = 2000

_SEED = 0
# Relative to the largest endmember sample. Heinz and Chang trade the constraint for fit with it;
# this much holds sums to one within about 0.00001.
_SUM_WEIGHT = 1e3
_RANK_TOLERANCE = 1e-9


@dataclass(frozen=True)
class AbundanceDifference:
    """Error of abundances, restored minus original.

    Attributes:
        rmse: root of the mean squared error over pixels and endmembers; an abundance is 0 to 1.
        endmembers: how many there are.
        pixels: how many were unmixed.
    """

    rmse: float
    endmembers: int
    pixels: int


def compare_abundances(pixels: PixelPairs) -> AbundanceDifference:
    """Abundances in both cubes of endmembers taken from the original.

    Up to 5 endmembers, fewer in a scene of lower rank, are pixels of the original found by
    successive projections. Up to 2000 pixels, drawn with a fixed seed, are unmixed by fully
    constrained least squares: abundances of at least zero that add up to one.

    Args:
        pixels: original and restored spectra.

    Raises:
        NotApplicableError: the scene does not hold two independent spectra.

    Source: endmembers, Araujo et al., Chemom. Intell. Lab. Syst. 57, 2001; abundances, Heinz and
    Chang, IEEE Trans. Geosci. Remote Sens. 39(3), 2001.
    """
    chosen = find_endmembers(pixels.original, ENDMEMBERS)
    if len(chosen) < 2:
        raise NotApplicableError("the scene does not hold two independent spectra")
    count = len(pixels.original)
    sample = np.random.default_rng(_SEED).permutation(count)[:PIXELS]
    first, second = (
        unmix(cube[sample], pixels.original[chosen]) for cube in (pixels.original, pixels.restored)
    )
    rmse = float(np.sqrt(np.mean(np.square(second - first))))
    return AbundanceDifference(rmse, len(chosen), len(sample))


def find_endmembers(spectra: Float64[ndarray, "pixels bands"], most: int) -> list[int]:
    """Indices of pixels that are extreme in turn: the longest, then the farthest from their span.

    Args:
        spectra: pixels of one cube, any unit.
        most: how many to find; fewer come back where the spectra span fewer dimensions.

    Source: Araujo et al., Chemom. Intell. Lab. Syst. 57, 2001 (successive projections).
    """
    rest = spectra
    chosen: list[int] = []
    least = _RANK_TOLERANCE * np.linalg.norm(spectra, axis=1).max()
    while len(chosen) < most:
        lengths = np.linalg.norm(rest, axis=1)
        farthest = int(lengths.argmax())
        if lengths[farthest] <= least:
            break
        chosen.append(farthest)
        direction = rest[farthest] / lengths[farthest]
        rest = rest - np.outer(rest @ direction, direction)
    return chosen


def unmix(
    spectra: Float64[ndarray, "pixels bands"], endmembers: Float64[ndarray, "endmembers bands"]
) -> Float64[ndarray, "pixels endmembers"]:
    """Fully constrained least-squares abundances: at least zero, adding up to one.

    Args:
        spectra: pixels to unmix.
        endmembers: independent spectra in the same unit.

    Source: Heinz and Chang, IEEE Trans. Geosci. Remote Sens. 39(3), 2001.
    """
    weight = _SUM_WEIGHT * np.abs(endmembers).max()
    system = np.vstack([endmembers.T, np.full(len(endmembers), weight)])
    targets = np.hstack([spectra, np.full((len(spectra), 1), weight)])
    # A rotation changes no distance: with it each pixel's problem is endmembers x endmembers.
    rotation, triangle = np.linalg.qr(system)
    return np.array([nnls(triangle, target)[0] for target in targets @ rotation])
