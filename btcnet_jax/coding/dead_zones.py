"""What a dead zone leaves of many values, as compiled code: once over memory, not once for each operation.

The same numbers as `parts.quantization.dead_zone` leads to: a symbol is a magnitude in steps and an offset,
rounded down. Sums of symbols are of whole numbers in float64: exact, in whatever order they are added.
"""

import functools
from typing import Any

import numpy as np

from btcnet_jax.coding.context.kernel.compiling import entry, shared

_exact: Any = functools.partial(shared, fastmath={"reassoc", "nsz"})


@entry
def sum_magnitudes(
    values: np.ndarray, peaks: np.ndarray, step: float, offset: float, sums: np.ndarray
) -> None:
    """Sums of the magnitudes of symbols.

    Args:
        values: float64, (rows, columns), C order.
        peaks: float64, greatest magnitude of each row: one whose symbols are all zero is not looked at.
        step: quantization step.
        offset: share of a step from which symbols are rounded up, less one.
        sums: float64, of each row, to be filled in.
    """
    for row in range(len(values)):
        sums[row] = 0.0
        if peaks[row] / step + offset >= 1:
            sums[row] = _sum(values[row], step, offset)


@_exact
def _sum(values: np.ndarray, step: float, offset: float) -> float:
    total = 0.0
    for i in range(len(values)):
        total += np.floor(abs(values[i]) / step + offset)
    return total


@entry
def square_errors(values: np.ndarray, step: float, offset: float, errors: np.ndarray) -> None:
    """Squares of what symbols leave of values.

    Args:
        values: float64, C order.
        step: quantization step.
        offset: share of a step from which symbols are rounded up, less one.
        errors: float64, of the same shape and order, to be filled in.
    """
    for row in range(len(values)):
        _square(values[row], step, offset, errors[row])


@shared
def _square(values: np.ndarray, step: float, offset: float, errors: np.ndarray) -> None:
    # Magnitudes, for the error of a negative value is that of its magnitude, negative.
    for i in range(len(values)):
        size = abs(values[i])
        left = size - np.floor(size / step + offset) * step
        errors[i] = left * left
