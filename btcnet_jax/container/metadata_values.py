"""Single values of METADATA: checked, and made of what MessagePack holds.

Each function raises ValueError or TypeError where a value is another.
"""

from typing import Any

import numpy as np


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
