"""Between a cube's own values and the model's [0, 1]: checks, normalization, padding, restoration."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Num, Shaped

from btcnet_jax.errors import CubeError

# Values are converted in blocks of this many lines, so that no float64 copy of a scene is made.
_BLOCK_ROWS = 64


class ValueRange(NamedTuple):
    """A cube's smallest and largest value, exact: int for integer cubes, float for float cubes."""

    minimum: int | float
    maximum: int | float


def check_cube(cube: Shaped[np.ndarray, "..."], bands: int) -> ValueRange:
    """The value range of a cube the codec can take.

    Raises:
        CubeError: not three axes, empty, not integer or float of up to 64 bits, another number of
            bands than `bands`, NaN or infinite values, constant.
    """
    if cube.ndim != 3 or cube.size == 0:
        raise CubeError(f"a cube has shape (rows, cols, bands), not {cube.shape}")
    if cube.dtype.kind not in "iuf" or cube.dtype.itemsize > 8:
        raise CubeError(f"values of type {cube.dtype} cannot be compressed: use integers or floats")
    if cube.shape[2] != bands:
        raise CubeError(
            f"the cube has {cube.shape[2]} bands, but the model was trained for {bands}: "
            "use a model trained for this band count (train with --config.model.bands=...)"
        )
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


def normalize_and_pad(
    cube: Num[np.ndarray, "rows cols bands"], value_range: ValueRange, multiple: tuple[int, int]
) -> Float[np.ndarray, "padded_rows padded_cols bands"]:
    """Map to [0, 1] in float32; repeat the last line and sample up to multiples of `multiple`.

    Repeating keeps the padding inside the image's value range, so the quantizer's range is the image's.
    """
    rows, cols, bands = cube.shape
    padded = padded_size(rows, cols, multiple)
    span = value_span(value_range)
    normalized = np.empty((*padded, bands), np.float32)
    for start in range(0, rows, _BLOCK_ROWS):
        block = slice(start, min(start + _BLOCK_ROWS, rows))
        normalized[block, :cols] = above_minimum(cube[block], value_range) / span
    normalized[:rows, cols:] = normalized[:rows, cols - 1 : cols]
    normalized[rows:] = normalized[rows - 1 : rows]
    return normalized


def padded_size(rows: int, cols: int, multiple: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns rounded up to multiples."""
    return -(-rows // multiple[0]) * multiple[0], -(-cols // multiple[1]) * multiple[1]


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
