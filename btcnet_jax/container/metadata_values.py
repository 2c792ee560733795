"""Single values of METADATA: checked, and made of what MessagePack holds.

Each function raises ValueError or TypeError where a value is another.
"""

import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.scene.coordinates import Transform, centers_along
from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.numbers import Numbers, Tag

_TYPES = ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8")
_MOST_AXES = 8


def pack_rows(rows: Any) -> bytes:
    """Rows of numbers as float64, little-endian."""
    return np.asarray(rows, "<f8").tobytes()


def unpack_rows(data: bytes, rows: int | None, cols: int) -> list[list[float]]:
    """Inverse of `pack_rows`; None for any number of rows."""
    return np.frombuffer(data, "<f8").reshape(-1 if rows is None else rows, cols).tolist()


def pack_table(table: np.ndarray) -> list[Any]:
    """Sizes and differences along the map's columns, which deflate well."""
    steps = np.diff(table.astype(np.int32), axis=1, prepend=np.int32(0))
    return [*table.shape[:2], steps.astype("<i4").tobytes()]


def unpack_table(told: list[Any]) -> np.ndarray:
    """Inverse of `pack_table`, int32."""
    rows, cols, data = array_of(told)
    if type(rows) is not int or type(cols) is not int or min(rows, cols) < 1:
        raise ValueError("no table")
    steps = np.frombuffer(data, "<i4").reshape(rows, cols, 2)
    return steps.cumsum(axis=1, dtype=np.int32)


def bits_of(data: bytes, count: int) -> np.ndarray:
    """So many bits, most significant first, as bool."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    if not count <= len(bits) < count + 8:
        raise ValueError("another number of bits")
    return bits[:count].astype(bool)


def text_of(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def number_of(value: Any) -> int | float:
    """A number; a bool is none."""
    if type(value) not in (int, float):
        raise TypeError("no number")
    return value


def array_of(value: Any) -> list[Any]:
    """An array of values."""
    if not isinstance(value, list):
        raise TypeError("no array")
    return value


def of_length(values: list[Any], length: int) -> list[Any]:
    """An array that has so many entries."""
    if len(values) != length:
        raise ValueError("another number of entries")
    return values


def pack_typed(numbers: Numbers) -> bytes:
    """Type, number of axes and their sizes, then the numbers, little-endian."""
    sizes = b"".join(map(encode_varint, (len(numbers.shape), *numbers.shape)))
    return numbers.dtype[-2:].encode() + sizes + numbers.data


def unpack_typed(data: bytes) -> Numbers:
    """Inverse of `pack_typed`."""
    if not isinstance(data, bytes):
        raise ValueError("numbers that are no bytes")
    kind = data[:2].decode("ascii")
    if kind not in _TYPES:
        raise ValueError("an unknown type")
    file = io.BytesIO(data[2:])
    axes = read_varint(file)[0]
    if axes > _MOST_AXES:
        raise ValueError("too many axes")
    shape = tuple(read_varint(file)[0] for _ in range(axes))
    values, dtype = file.read(), np.dtype("<" + kind)
    if math.prod(shape) * dtype.itemsize != len(values):
        raise ValueError("another number of numbers")
    return Numbers(dtype.str, shape, values)


def pack_tag(tag: Tag) -> str | bytes:
    """A text as it is, numbers packed."""
    return pack_typed(tag) if isinstance(tag, Numbers) else text_of(tag)


def unpack_tag(value: Any) -> Tag:
    """Inverse of `pack_tag`."""
    return unpack_typed(value) if isinstance(value, bytes) else text_of(value)


def flattened(nested: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The values of dicts in a dict under their names, "outer/inner"."""
    return {
        f"{outer}/{inner}": value
        for outer, named in nested.items()
        for inner, value in named.items()
    }


def unflattened(flat: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Inverse of `flattened`: a name's first part has no "/"."""
    nested: dict[str, dict[str, Any]] = {}
    for name, value in flat.items():
        outer, mark, inner = text_of(name).partition("/")
        if not mark:
            raise ValueError("a name of one part")
        nested.setdefault(outer, {})[inner] = value
    return nested


def axes_of(value: Any) -> tuple[str, ...]:
    """The order of stored axes, of "bands,rows,cols" and its like."""
    axes = tuple(text_of(value).split(","))
    if sorted(axes) != sorted(AXES):
        raise ValueError("no order of axes")
    return axes


def calibration_of(data: bytes, bands: int) -> np.ndarray:
    """A float a band."""
    values = unpack_typed(data).array()
    if values.shape != (bands,) or values.dtype.name not in ("float32", "float64"):
        raise ValueError("no float a band")
    return values


def axis_arrays_of(
    packed: Mapping[str, Mapping[str, Numbers]],
    shape: tuple[int, int, int],
    transform: Transform | None,
) -> dict[str, dict[str, np.ndarray]]:
    """Arrays along the axes of a cube of this shape; an empty one is what the transform tells."""
    sizes = dict(zip(AXES, shape, strict=True))
    return {
        axis: {
            name: _along(axis, each.array(), sizes[axis], transform) for name, each in named.items()
        }
        for axis, named in packed.items()
    }


def _along(axis: str, array: np.ndarray, size: int, transform: Transform | None) -> np.ndarray:
    told = centers_along(axis, transform, size)
    if array.shape == (0,) and told is not None:
        return told.astype(array.dtype)
    if array.shape != (size,):
        raise ValueError("an array of another length")
    return array
