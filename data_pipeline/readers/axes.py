"""Where rows, columns and bands lie in an array as stored: orders to transpose it by."""

import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from btcnet_jax.errors import DataError, DataWarning
from data_pipeline.readers.band_axis import bands_by_values

AxisOrder = tuple[int, int, int]
"""Stored axes of rows, columns and bands."""

AS_STORED: AxisOrder = (0, 1, 2)
REVERSED: AxisOrder = (2, 1, 0)
"""The order of arrays MATLAB wrote, which come to others with axes reversed."""

_KINDS = ("rows", "cols", "bands")
_NAMES = (
    (
        "row",
        "line",
        "y",
        "lat",
        "latitude",
        "northing",
        "downtrack",
        "alongtrack",
        "scan",
        "height",
    ),
    (
        *("col", "column", "sample", "pixel", "x", "lon", "longitude", "easting", "width"),
        *("crosstrack", "acrosstrack"),
    ),
    ("band", "wavelength", "wl", "wvl", "lambda", "channel", "spectral", "spectrum", "spectra"),
)
_KIND_OF = {name: kind for kind, names in enumerate(_NAMES) for name in names}
# Blanks and what says of which thing there are so many: "number_of_lines", "nbands", "band_dim".
_FILLING = re.compile(r"[\W_]|\d+$|^(number|num)_*of|^n_|_?dim(ension)?$|_?(idx|index|nm|um)$")


def kind_of(name: str) -> int | None:
    """0, 1 or 2 where an axis of this name is that of rows, columns or bands; None where it says nothing."""
    word = name.strip().lower()
    for _ in range(3):
        word = _FILLING.sub("", word)
    for candidate in (
        word,
        word.removesuffix("s"),
        word.removesuffix("es"),
        word.removeprefix("n"),
    ):
        for known in (candidate, candidate.removesuffix("s")):
            if known in _KIND_OF:
                return _KIND_OF[known]
    found = {_KIND_OF[part] for part in re.split(r"[\W_]+", name.lower()) if part in _KIND_OF}
    return found.pop() if len(found) == 1 else None


def parse_axes(text: str | Sequence[str] | None) -> AxisOrder | None:
    """The order of axes that a user names as they are stored: "rows,bands,cols" is (0, 2, 1).

    Args:
        text: three names parted by commas, or one by one; lines and samples count as rows and columns,
            and the first letters will do; None or nothing for none.

    Raises:
        DataError: not each of rows, columns and bands once.
    """
    if not text:
        return None
    words = text.split(",") if isinstance(text, str) else list(text)
    kinds = [{"r": 0, "c": 1, "b": 2}.get(word.strip().lower(), kind_of(word)) for word in words]
    if sorted(-1 if kind is None else kind for kind in kinds) != [0, 1, 2]:
        raise DataError(
            f"axes {','.join(words)}: name rows, cols and bands once each, in the order in which the file"
            f" stores them, such as rows,bands,cols"
        )
    rows, cols, bands = (kinds.index(kind) for kind in range(3))
    return rows, cols, bands


def spell(order: AxisOrder) -> str:
    """The names of stored axes, as --axes takes them."""
    return ",".join(_KINDS[order.index(axis)] for axis in range(3))


def bands_last(axis: int, order: AxisOrder = AS_STORED) -> AxisOrder:
    """The order that puts this axis last and keeps the other two in the order given."""
    rows, cols = (other for other in order if other != axis)
    return (rows, cols, axis)


def axes_by_name(names: Sequence[str]) -> AxisOrder | None:
    """The order that the names of the three stored axes tell.

    Args:
        names: the three dimension names as stored, empty where unknown.

    Returns:
        Stored axes of rows, columns and bands; None where no name tells which axis is the bands'. Where
        one of two is known as rows or as columns, the other is the other; else they lie as stored.
    """
    kinds = [kind_of(name) for name in names]
    if kinds.count(2) == 0 and sorted(kind for kind in kinds if kind is not None) == [0, 1]:
        kinds[kinds.index(None)] = 2
    if kinds.count(2) != 1:
        return None
    order = bands_last(kinds.index(2))
    first, second = (kinds[axis] for axis in order[:2])
    turned = first != second and (first == 1 or second == 0)
    return (order[1], order[0], order[2]) if turned else order


def settle_axes(
    shape: Sequence[int],
    path: Path,
    *,
    asked: AxisOrder | None = None,
    names: Sequence[str] = (),
    lengths: Sequence[int] = (),
    usual: AxisOrder = AS_STORED,
    sample: Callable[[], np.ndarray] | None = None,
    strict: bool = False,
) -> AxisOrder:
    """The order by all that is known: the user, names, wavelengths beside the array, and its samples.

    Args:
        shape: of the array as stored, three axes.
        path: the file, for messages.
        asked: the order that the user names; it goes before all but the wavelengths.
        names: of the stored axes, as far as the file gives any.
        lengths: entries of the lists of wavelengths beside it; empty where there are none.
        usual: the order where nothing tells.
        sample: gives some samples spread over the whole array as stored, NaN where they are no data.
        strict: whether an order that nothing tells is refused where the samples contradict it; else that is
            a warning.

    Returns:
        `asked`, else the order by names, else the order whose band axis alone has as many entries as there
        are wavelengths, else `usual`.

    Raises:
        DataError: by the wavelengths another axis is that of the bands than by the user or by its name;
            or, where `strict`, than `usual` and the samples say.
    """
    named = axes_by_name(names)
    fitting = [axis for axis in range(3) if shape[axis] in lengths]
    for order, who in ((asked, "--axes"), (named, "the names of the axes")):
        if order is not None and fitting and order[2] not in fitting:
            raise DataError(
                f"{path}: {shape[order[2]]} bands by {who}, but {shape[fitting[0]]} by the"
                f" wavelengths beside the cube; correct one of the two"
            )
        if order is not None:
            if named is not None and order != named:
                text = f"{path}: by the names of its axes it is {spell(named)}, read as --axes {spell(order)}"
                warnings.warn(text, DataWarning, stacklevel=2)
            return order
    if len(fitting) == 1:
        return bands_last(fitting[0], usual)
    if sample is not None:
        _doubt(usual, shape, path, sample(), strict=strict and not fitting)
    return usual


def _doubt(
    order: AxisOrder, shape: Sequence[int], path: Path, sample: np.ndarray, *, strict: bool
) -> None:
    """Tells where the samples look as if another axis than the order's were that of the bands."""
    axis = bands_by_values(sample, order[2])
    if axis is None:
        return
    likely = [spell(bands_last(axis, start)) for start in (AS_STORED, REVERSED)]
    words = (
        f"{path}: nothing in it names its axes {' x '.join(map(str, shape))}, and by its samples axis"
        f" {axis + 1} ({shape[axis]}) looks like the bands rather than axis {order[2] + 1} ({shape[order[2]]})"
    )
    if strict:
        raise DataError(
            f"{words}; say --axes {likely[0]}, --axes {likely[1]} (as MATLAB writes), or --axes"
            f" {spell(order)} if it is right as it is"
        )
    text = f"{words}; read as {spell(order)}: if that is wrong, say --axes {likely[0]} or --axes {likely[1]}"
    warnings.warn(text, DataWarning, stacklevel=3)


def stored_window(order: AxisOrder, rows: slice, cols: slice) -> tuple[slice, ...]:
    """The index of a window, all bands, into the array as stored."""
    window = [slice(None)] * 3
    window[order[0]], window[order[1]] = rows, cols
    return tuple(window)
