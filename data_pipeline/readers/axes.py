"""Where rows, columns and bands lie in an array as stored: orders to transpose it by."""

from collections.abc import Sequence

_BAND_NAMES = ("band", "bands", "wavelength", "wavelengths", "lambda", "channel", "channels")

AxisOrder = tuple[int, int, int]


def reverse_axes() -> AxisOrder:
    """The order of arrays MATLAB wrote, which come to others with axes reversed."""
    return (2, 1, 0)


def axes_by_name(names: Sequence[str]) -> AxisOrder:
    """The order that puts the axis named after bands last and keeps the other two as they are.

    Args:
        names: the three dimension names as stored, empty where unknown.

    Returns:
        Stored axes of rows, columns and bands; (0, 1, 2) where no name tells.
    """
    bands = [axis for axis, name in enumerate(names) if name.lower() in _BAND_NAMES]
    last = bands[0] if len(bands) == 1 else 2
    rows, cols = (axis for axis in range(3) if axis != last)
    return (rows, cols, last)


def stored_window(order: AxisOrder, rows: slice, cols: slice) -> tuple[slice, ...]:
    """The index of a window, all bands, into the array as stored."""
    window = [slice(None)] * 3
    window[order[0]], window[order[1]] = rows, cols
    return tuple(window)
