"""A MessagePack map from a file that nobody vouches for, read without building more than is looked for.

An array of a million empty arrays takes a megabyte packed, a kilobyte deflated and 64 megabytes in memory. So
each value must have the form that its key is known for, and nothing is nested deeper.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgpack

MOST_NAMES = 1 << 16


class Form(Enum):
    """What stands under a key: one value, an array of values, or a map of values to values."""

    ONE = "one"
    ARRAY = "array"
    MAP = "map"


def read_map(data: bytes, forms: Mapping[str, Form], longest: int) -> dict[str, Any]:
    """The entries of a map whose keys are in `forms`; others are passed over.

    Args:
        data: a MessagePack map and nothing else.
        forms: of the values.
        longest: entries of an array.

    Raises:
        ValueError, TypeError, msgpack.UnpackException: no such map, or a value of another form.
    """
    unpacker = msgpack.Unpacker(
        unicode_errors="surrogateescape", max_buffer_size=len(data), max_array_len=longest
    )
    unpacker.feed(data)
    found = {}
    for _ in range(unpacker.read_map_header()):
        name = _one(unpacker, data)
        if name in forms:
            found[name] = _value(unpacker, data, forms[name])
        else:
            unpacker.skip()
    if unpacker.tell() != len(data):
        raise ValueError("bytes after the map")
    return found


def _value(unpacker: msgpack.Unpacker, data: bytes, form: Form) -> Any:
    if form is Form.ARRAY:
        return [_one(unpacker, data) for _ in range(unpacker.read_array_header())]
    if form is Form.MAP:
        count = unpacker.read_map_header()
        if count > MOST_NAMES:
            raise ValueError("too many names")
        return {_one(unpacker, data): _one(unpacker, data) for _ in range(count)}
    return _one(unpacker, data)


def _one(unpacker: msgpack.Unpacker, data: bytes) -> Any:
    """A value that holds no others."""
    first = data[unpacker.tell()]
    if 0x80 <= first <= 0x9F or 0xDC <= first <= 0xDF:
        raise TypeError("nested values")
    return unpacker.unpack()
