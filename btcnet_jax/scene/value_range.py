"""A cube's least and greatest value, and between its own values and [0, 1]."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Num

from btcnet_jax.errors import CubeError, DataError
from btcnet_jax.scene.missing_samples import Missing

# Integers of so many bytes, their differences and sums are whole numbers of float64 too.
_EXACT_BYTES = 4


class ValueRange(NamedTuple):
    """A cube's smallest and largest value, exact: int for integer cubes, float for float cubes."""

    minimum: int | float
    maximum: int | float


def require_range(
    cube: Num[np.ndarray, "rows cols bands"],
    missing: Missing | None = None,
    *,
    constant: bool = False,
) -> ValueRange:
    """The value range of a cube that a codec can take.

    Args:
        cube: integers or floats of up to 64 bits.
        missing: its samples that are no data, NaN and infinity among them.
        constant: whether the codec takes one value throughout, or no data at all, whose range is 0 to 0.

    Raises:
        CubeError: constant where that is not taken, or of a range that float64 cannot hold.
        DataError: no sample is data where that is not taken.
    """
    if missing is not None and missing.planes.all():
        if not constant:
            raise DataError(
                "no sample is data: all are NaN, infinite, masked or the nodata value; check the mask and the"
                " nodata value"
            )
        return ValueRange(*(cube.dtype.type(0).item(),) * 2)
    low, high = _extremes(cube, missing)
    if low == high and not constant:
        raise CubeError(f"every value of the cube is {low}: a constant cube cannot be compressed")
    if low == 0 and cube.dtype.kind == "f" and (np.signbit(cube) & (cube == 0)).any():
        # Below 0 where bits count, which a comparison does not tell.
        low = cube.dtype.type(-0.0)
    value_range = ValueRange(low.item(), high.item())
    if not np.isfinite(value_span(value_range)):
        raise CubeError("the values span more than float64 can hold: scale the cube first")
    return value_range


def _extremes(
    cube: Num[np.ndarray, "rows cols bands"], missing: Missing | None
) -> tuple[np.generic, np.generic]:
    if missing is None:
        return cube.min(), cube.max()
    found = []
    for present, bands in missing.groups():
        for line, there in zip(cube, present, strict=True):
            data = line[there][:, bands]
            if data.size:
                found += [data.min(), data.max()]
    return min(found), max(found)


def denormalize(
    normalized: Float[np.ndarray, "..."], value_range: ValueRange, dtype: np.dtype
) -> Num[np.ndarray, "..."]:
    """Map [0, 1] back to the cube's values: rounded for integers, clipped to the cube's range."""
    span = value_span(value_range)
    above = np.clip(normalized, 0, 1).astype(np.float64, copy=False)
    above *= span
    if dtype.kind == "f":
        values = (above + value_range.minimum).astype(dtype)
        return np.clip(values, dtype.type(value_range.minimum), dtype.type(value_range.maximum))
    if dtype.itemsize <= _EXACT_BYTES:
        np.rint(above, out=above)
        above += value_range.minimum
        return above.astype(dtype)
    # float64 cannot hold every 64-bit integer: the upper end is set, never cast.
    top = above >= span
    steps = np.where(top, 0, np.rint(above)).astype(np.uint64)
    steps = np.where(top, np.uint64(value_range.maximum - value_range.minimum), steps)
    # Unsigned arithmetic wraps around, so this is exact for signed types as well.
    return (steps + _as_unsigned(value_range.minimum)).astype(dtype)


def working_type(dtype: np.dtype) -> np.dtype:
    """Of floats in which samples of a type are restored: what rounds to 16 bits needs no 64."""
    small = dtype.kind in "iu" and dtype.itemsize <= 2
    return np.dtype(np.float32 if small else np.float64)


def above_minimum(
    block: Num[np.ndarray, "rows cols bands"], value_range: ValueRange
) -> Float[np.ndarray, "rows cols bands"]:
    """Samples less the minimum in float64; integers are subtracted as integers, exactly."""
    if block.dtype.kind == "f" or block.dtype.itemsize <= _EXACT_BYTES:
        return np.subtract(block, np.float64(value_range.minimum), dtype=np.float64)
    return (block.astype(np.uint64) - _as_unsigned(value_range.minimum)).astype(np.float64)


def _as_unsigned(value: int | float) -> np.uint64:
    return np.uint64(int(value) % 2**64)


def value_span(value_range: ValueRange) -> float:
    """Greatest less smallest value, rounded to float64."""
    if isinstance(value_range.minimum, int):
        return float(value_range.maximum - value_range.minimum)
    return float(value_range.maximum) - float(value_range.minimum)


def within_range(
    block: Num[np.ndarray, "rows cols bands"], value_range: ValueRange
) -> Num[np.ndarray, "rows cols bands"]:
    """Samples clipped to the range of the data: those that are no data may be anything, NaN too."""
    if block.dtype.kind == "f":
        block = np.nan_to_num(block, nan=value_range.minimum)
    return np.clip(block, value_range.minimum, value_range.maximum)
