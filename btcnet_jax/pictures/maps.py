"""Maps of where a restoration is wrong: one value per pixel."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float64, Num

from btcnet_jax.metrics import spectral_angles_deg

_PERCENTILE = 99.5


def error_map(
    original: Num[np.ndarray, "rows cols bands"],
    restored: Num[np.ndarray, "rows cols bands"],
    counted: Bool[np.ndarray, " bands"],
) -> Float64[np.ndarray, "rows cols"]:
    """Root mean square error over the counted bands of every pixel, in the cube's unit.

    The root of the mean of its squares over all pixels is the RMSE of the cube.
    """

    def of(first: Num[np.ndarray, "cols b"], second: Num[np.ndarray, "cols b"]) -> np.ndarray:
        return np.sqrt(np.square(first - second).mean(axis=-1))

    return _row_by_row(of, original, restored, counted)


def angle_map(
    original: Num[np.ndarray, "rows cols bands"],
    restored: Num[np.ndarray, "rows cols bands"],
    kept: Bool[np.ndarray, " bands"],
) -> Float64[np.ndarray, "rows cols"]:
    """Spectral angle of every pixel over the kept bands, degrees; NaN where it is undefined."""
    return _row_by_row(spectral_angles_deg, original, restored, kept)


def map_top(values: Num[np.ndarray, "..."]) -> float:
    """What the lightest color stands for: nearly the maximum, so that a few hot pixels darken nothing.

    Args:
        values: of one map or of several on one scale; NaN and infinity take no part.

    Returns:
        Above zero, even where there is no value or none above zero.
    """
    finite = values[np.isfinite(values)]
    top = float(np.percentile(finite, _PERCENTILE)) if finite.size else 0.0
    return top if top > 0 else float(finite.max(initial=0.0)) or 1.0


def _row_by_row(
    of: Callable[[np.ndarray, np.ndarray], np.ndarray],
    original: Num[np.ndarray, "rows cols bands"],
    restored: Num[np.ndarray, "rows cols bands"],
    used: Bool[np.ndarray, " bands"],
) -> Float64[np.ndarray, "rows cols"]:
    """One row at a time, in float64: a scene as a whole would not fit."""
    pairs = zip(original, restored, strict=True)
    return np.stack(
        [of(a[:, used].astype(np.float64), b[:, used].astype(np.float64)) for a, b in pairs]
    )
