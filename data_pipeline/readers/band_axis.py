"""Which axis of a cube is that of the bands, by its samples alone."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

# Places along each axis that are looked at, and the fewest that say anything.
_PLACES, _FEWEST = 16, 8
# Share of the variance that means along the bands hold, and how many times that along the supposed bands.
# Of 24 real scenes no other axis holds more than 1.8 times what the bands hold, and of 20 of them the bands
# hold more than 4 times what any other does.
_SHARE, _TIMES = 0.1, 4.0
# A value at the end of the range that so many samples have is no data but a border.
_BORDER = 0.005


def spread_index(shape: Sequence[int]) -> tuple[slice, ...]:
    """An index of some samples all over an array of this shape."""
    return tuple(slice(None, None, -(-size // _PLACES)) for size in shape)


def sampled(stored: np.ndarray, nodata: int | float | None) -> Float64[np.ndarray, "_ _ _"]:
    """Those samples as numbers, NaN where they are no data.

    Args:
        stored: what `spread_index` gives of an array.
        nodata: the declared value of samples without data, or None.
    """
    values = np.array(stored, np.float64)
    values[~np.isfinite(values)] = np.nan
    if nodata is not None:
        values[values == nodata] = np.nan
    return values


def bands_by_values(values: Float64[np.ndarray, "_ _ _"], supposed: int) -> int | None:
    """The axis that looks like the bands, where it is clearly another than supposed; else None.

    Along the spectrum of a scene the mean over all pixels varies much; along rows and columns the mean
    over the others varies little. So the axis of the bands is that whose means hold most of the variance.

    Args:
        values: some samples spread over the cube, NaN where there is no data.
        supposed: the axis that is taken for the bands.
    """
    values = _without_border(values)
    if min(values.shape) < _FEWEST or not np.isfinite(values).any():
        return None
    shares = [_share(values, axis) for axis in range(3)]
    likely = int(np.argmax(shares))
    clear = shares[likely] > max(_SHARE, _TIMES * shares[supposed])
    return likely if clear else None


def _without_border(values: np.ndarray) -> np.ndarray:
    """NaN also where a value at the end of the range is so frequent that it must stand for no data."""
    present = values[np.isfinite(values)]
    for end in (present.min(), present.max()) if present.size else ():
        if np.count_nonzero(present == end) > max(_BORDER * present.size, 2):
            values = np.where(values == end, np.nan, values)
    return values


def _share(values: np.ndarray, axis: int) -> float:
    """Variance of the means of slices along an axis, out of the whole variance."""
    there = np.isfinite(values)
    filled = np.where(there, values, 0.0)
    # So that squares of the largest floats are finite.
    filled = filled / max(float(np.abs(filled).max()), 1e-300)
    mean = filled.sum() / there.sum()
    variance = float((np.square(filled - mean) * there).sum() / there.sum())
    others = tuple(other for other in range(3) if other != axis)
    counts = there.sum(axis=others)
    means = filled.sum(axis=others)[counts > 0] / counts[counts > 0]
    between = float((np.square(means - mean) * counts[counts > 0]).sum() / there.sum())
    return between / variance if variance > 0 else 0.0
