"""A cube's least and greatest value, and between its own values and [0, 1]."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Num, Shaped

from btcnet_jax.errors import CubeError


class ValueRange(NamedTuple):
    """A cube's smallest and largest value, exact: int for integer cubes, float for float cubes."""

    minimum: int | float
    maximum: int | float


def require_range(cube: Shaped[np.ndarray, "..."]) -> ValueRange:
    """The value range of a cube that a codec can take.

    Raises:
        CubeError: not three axes, empty, not integer or float of up to 64 bits, NaN or infinite values,
            constant, or of a range that float64 cannot hold.
    """
    if cube.ndim != 3 or cube.size == 0:
        raise CubeError(f"a cube has shape (rows, cols, bands), not {cube.shape}")
    if cube.dtype.kind not in "iuf" or cube.dtype.itemsize > 8:
        raise CubeError(f"values of type {cube.dtype} cannot be compressed: use integers or floats")
    low, high = cube.min(), cube.max()
    # NaN and infinity survive the two extremes, so they need no pass of their own.
    if cube.dtype.kind == "f" and not (np.isfinite(low) and np.isfinite(high)):
        bad = int(cube.size - np.isfinite(cube).sum())
        raise CubeError(f"{bad} values are NaN or infinite: replace them or drop their bands first")
    if low == high:
        raise CubeError(f"every value of the cube is {low}: a constant cube cannot be compressed")
    value_range = ValueRange(low.item(), high.item())
    if not np.isfinite(value_span(value_range)):
        raise CubeError("the values span more than float64 can hold: scale the cube first")
    return value_range


def denormalize(
    normalized: Float[np.ndarray, "..."], value_range: ValueRange, dtype: np.dtype
) -> Num[np.ndarray, "..."]:
    """Map [0, 1] back to the cube's values: rounded for integers, clipped to the cube's range."""
    span = value_span(value_range)
    above = np.clip(normalized.astype(np.float64), 0, 1) * span
    if dtype.kind == "f":
        values = (above + value_range.minimum).astype(dtype)
        return np.clip(values, dtype.type(value_range.minimum), dtype.type(value_range.maximum))
    # float64 cannot hold every 64-bit integer: the upper end is set, never cast.
    top = above >= span
    steps = np.where(top, 0, np.rint(above)).astype(np.uint64)
    steps = np.where(top, np.uint64(value_range.maximum - value_range.minimum), steps)
    # Unsigned arithmetic wraps around, so this is exact for signed types as well.
    return (steps + _as_unsigned(value_range.minimum)).astype(dtype)


def above_minimum(
    block: Num[np.ndarray, "rows cols bands"], value_range: ValueRange
) -> Float[np.ndarray, "rows cols bands"]:
    """Samples less the minimum in float64; integers are subtracted as integers, exactly."""
    if block.dtype.kind == "f":
        return block.astype(np.float64) - value_range.minimum
    return (block.astype(np.uint64) - _as_unsigned(value_range.minimum)).astype(np.float64)


def _as_unsigned(value: int | float) -> np.uint64:
    return np.uint64(int(value) % 2**64)


def value_span(value_range: ValueRange) -> float:
    """Greatest less smallest value, rounded to float64."""
    if isinstance(value_range.minimum, int):
        return float(value_range.maximum - value_range.minimum)
    return float(value_range.maximum) - float(value_range.minimum)
