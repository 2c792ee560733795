"""Arguments of a kernel as the numbers that its machine code takes."""

import functools
import struct
from array import array
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

# Bits of numpy's flags.
_ROWS, _COLS, _ALIGNED, _WRITEABLE = 0x1, 0x2, 0x100, 0x400
_DOUBLE, _BITS = struct.Struct("d"), struct.Struct("q")
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1


class Flat(NamedTuple):
    """Arguments one after another.

    Attributes:
        kinds: of each, told apart as numba's types are; "" where they are not told.
        values: 64 bits each, in the order of numba's calling convention: of an array its owner and parent
            (none), its size, the bytes of an item, the address, the shape and the strides. The address is good
            as long as somebody holds the array.
    """

    kinds: str
    values: "array[int]"


def flat(args: Iterable[Any]) -> Flat:
    """Arguments as numbers.

    Args:
        args: arrays, integers of 64 bits, float64, booleans, and NamedTuples of all these; anything else is of
            no kind.
    """
    kinds: list[str] = []
    values: list[int] = []
    for value in args:
        _add(value, kinds, values)
    return Flat("" if "" in kinds else ",".join(kinds), array("q", values))


def _add(value: Any, kinds: list[str], values: list[int]) -> None:
    if isinstance(value, np.ndarray):
        kinds.append(_array_kind(value.dtype, value.ndim, value.flags.num))
        values += 0, 0, value.size, value.itemsize, value.__array_interface__["data"][0]
        values += value.shape
        values += value.strides
    elif isinstance(value, tuple):
        kinds.append(f"{type(value).__name__}{len(value)}")
        for part in value:
            _add(part, kinds, values)
    else:
        kind, number = _number(value)
        kinds.append(kind)
        values.append(number)


def _number(value: Any) -> tuple[str, int]:
    if isinstance(value, bool | np.bool_):
        return "b", int(value)
    if isinstance(value, int | np.int64) and _LEAST <= value <= _MOST:
        return "i", int(value)
    if isinstance(value, float):
        return "f", _BITS.unpack(_DOUBLE.pack(value))[0]
    return "", 0


@functools.cache
def _array_kind(dtype: Any, axes: int, flags: int) -> str:
    layout = "C" if flags & _ROWS else "F" if flags & _COLS else "A"
    return f"{dtype.str}{axes}{layout}{flags & (_ALIGNED | _WRITEABLE)}"
