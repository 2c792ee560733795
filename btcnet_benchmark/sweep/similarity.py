"""Structural similarity of a restored scene, where there is data."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Num
from scipy.ndimage import minimum_filter
from skimage.metrics import structural_similarity

# Of the structural similarity's own definition (Wang et al. 2004) with a uniform window.
_WINDOW = 7
_Band = Num[np.ndarray, "rows cols"]


def mean_ssim(
    original: Num[np.ndarray, "rows cols bands"],
    restored: Num[np.ndarray, "rows cols bands"],
    valid: Bool[np.ndarray, "rows cols bands"] | None = None,
) -> float | None:
    """Mean over bands of the structural similarity, each against its original's span of valid values.

    Of a band with missing samples, the windows without any are averaged.

    Args:
        original, restored: cubes of one shape and unit.
        valid: True for samples that are data; None where all are.

    Returns:
        None for a scene smaller than the window of 7 x 7, or without a window of valid samples.

    Source: Wang, Bovik, Sheikh, Simoncelli, IEEE Trans. Image Processing 13(4), 2004.
    """
    if min(original.shape[:2]) < _WINDOW:
        return None
    there = np.ones((1, 1, 1), bool) if valid is None else valid
    cubes = (original, restored, np.broadcast_to(there, original.shape))
    bands = zip(*(np.moveaxis(cube, 2, 0) for cube in cubes), strict=True)
    values = [_of_band(before, after, mask) for before, after, mask in bands]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _of_band(before: _Band, after: _Band, valid: Bool[np.ndarray, "rows cols"]) -> float | None:
    if valid.all():
        return float(_similarity(before, after, float(before.max()) - float(before.min())))
    # The similarity is of the center of a window; those at the edges reach beyond the scene.
    inner = (slice(_WINDOW // 2, -(_WINDOW // 2)),) * 2
    whole = minimum_filter(valid, _WINDOW)[inner]
    if not whole.any():
        return None
    samples = before[valid]
    span = float(samples.max()) - float(samples.min())
    # Running sums carry whatever stands in the gaps through a line: a value of the band does no harm.
    first, second = (np.where(valid, band, samples[0]) for band in (before, after))
    _, places = _similarity(first, second, span, full=True)
    return float(places[inner][whole].mean())


def _similarity(before: _Band, after: _Band, span: float, full: bool = False) -> Any:
    first, second = (band.astype(np.float64) for band in (before, after))
    return structural_similarity(first, second, win_size=_WINDOW, data_range=span, full=full)
