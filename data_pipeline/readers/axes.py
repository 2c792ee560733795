"""Where rows, columns and bands lie in an array as stored: orders to transpose it by."""

from collections.abc import Sequence
from pathlib import Path

from btcnet_jax.errors import DataError

_BAND_NAMES = ("band", "bands", "wavelength", "wavelengths", "lambda", "channel", "channels")

AxisOrder = tuple[int, int, int]


AS_STORED: AxisOrder = (0, 1, 2)
REVERSED: AxisOrder = (2, 1, 0)
"""The order of arrays MATLAB wrote, which come to others with axes reversed."""


def bands_last(axis: int, order: AxisOrder = AS_STORED) -> AxisOrder:
    """The order that puts this axis last and keeps the other two in the order given."""
    rows, cols = (other for other in order if other != axis)
    return (rows, cols, axis)


def axes_by_name(names: Sequence[str]) -> AxisOrder | None:
    """The order that puts the axis named after bands last.

    Args:
        names: the three dimension names as stored, empty where unknown.

    Returns:
        Stored axes of rows, columns and bands; None where no name tells.
    """
    bands = [axis for axis, name in enumerate(names) if name.lower() in _BAND_NAMES]
    return bands_last(bands[0]) if len(bands) == 1 else None


def axes_by_length(
    named: AxisOrder | None,
    usual: AxisOrder,
    shape: Sequence[int],
    lengths: Sequence[int],
    path: Path,
) -> AxisOrder:
    """The order by all that is known: names, and how many wavelengths lie beside the array.

    Args:
        named: the order that names tell, or None.
        usual: the order where nothing tells.
        shape: of the array as stored, three axes.
        lengths: entries of the lists of wavelengths beside it; empty where there are none.
        path: the file, for messages.

    Returns:
        `named`, else the order whose band axis alone has as many entries as there are wavelengths,
        else `usual`.

    Raises:
        DataError: by the wavelengths another axis is that of the bands than by its name.
    """
    fitting = [axis for axis in range(3) if shape[axis] in lengths]
    if named is not None and fitting and named[2] not in fitting:
        raise DataError(
            f"{path}: {shape[named[2]]} bands by the names of the axes, but {shape[fitting[0]]} by the"
            f" wavelengths beside the cube; correct one of the two"
        )
    if named is None and len(fitting) == 1:
        return bands_last(fitting[0], usual)
    return named or usual


def stored_window(order: AxisOrder, rows: slice, cols: slice) -> tuple[slice, ...]:
    """The index of a window, all bands, into the array as stored."""
    window = [slice(None)] * 3
    window[order[0]], window[order[1]] = rows, cols
    return tuple(window)
