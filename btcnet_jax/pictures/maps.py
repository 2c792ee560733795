"""Maps of where a restoration is wrong: one value per pixel."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float64, Num

from btcnet_jax.metrics import spectral_angles_deg

_PERCENTILE = 99.5

_Line = Float64[np.ndarray, "cols used"]
_There = Bool[np.ndarray, "cols used"] | None


def error_map(
    original: Num[np.ndarray, "rows cols bands"],
    restored: Num[np.ndarray, "rows cols bands"],
    counted: Bool[np.ndarray, " bands"],
    valid: Bool[np.ndarray, "rows cols bands"] | None = None,
) -> Float64[np.ndarray, "rows cols"]:
    """Root mean square error over the counted bands of every pixel, in the cube's unit.

    The root of the mean of its squares over all pixels is the RMSE of the cube. A pixel's error is
    over the bands in which it is valid; NaN where there is none.
    """

    def of(first: _Line, second: _Line, there: _There) -> np.ndarray:
        squares = np.square(first - second)
        if there is None:
            return np.sqrt(squares.mean(axis=-1))
        samples = np.count_nonzero(there, axis=-1)
        return np.sqrt(squares.sum(axis=-1) / np.where(samples > 0, samples, np.nan))

    return _row_by_row(of, original, restored, counted, valid)


def angle_map(
    original: Num[np.ndarray, "rows cols bands"],
    restored: Num[np.ndarray, "rows cols bands"],
    kept: Bool[np.ndarray, " bands"],
    valid: Bool[np.ndarray, "rows cols bands"] | None = None,
) -> Float64[np.ndarray, "rows cols"]:
    """Spectral angle of every pixel over the kept bands, degrees.

    NaN where it is undefined, or a kept band is not valid.
    """

    def of(first: _Line, second: _Line, there: _There) -> np.ndarray:
        angles = spectral_angles_deg(first, second)
        return angles if there is None else np.where(there.all(axis=-1), angles, np.nan)

    return _row_by_row(of, original, restored, kept, valid)


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
    of: Callable[[_Line, _Line, _There], np.ndarray],
    original: Num[np.ndarray, "rows cols bands"],
    restored: Num[np.ndarray, "rows cols bands"],
    used: Bool[np.ndarray, " bands"],
    valid: Bool[np.ndarray, "rows cols bands"] | None,
) -> Float64[np.ndarray, "rows cols"]:
    """One row at a time, in float64: a scene as a whole would not fit. What is not valid is 0 in both."""
    rows = []
    for row, pair in enumerate(zip(original, restored, strict=True)):
        first, second = (line[:, used].astype(np.float64) for line in pair)
        there = None if valid is None else valid[row][:, used]
        if there is not None:
            first[~there] = second[~there] = 0
        rows.append(of(first, second, there))
    return np.stack(rows)
