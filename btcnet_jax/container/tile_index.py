"""The section TILE_INDEX: how long each TILE section is, and where the index itself begins.

Tiles follow each other without a gap and the index follows them, so lengths are places: no entry can lead
outside, to another tile or to the index. The eight bytes that tell where it begins are the last of its payload,
at a fixed distance from the file's end.
"""

import io
from collections.abc import Sequence

from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.errors import FileFormatError

LEAST_TILE = 8
"""Bytes of the shortest TILE section: kind, length, number, length of the levels, checksum."""
POINTER = 8
"""Bytes that tell where the index begins."""
LONGEST_ENTRY = 9
"""Bytes of a length."""


def pack_index(lengths: Sequence[int], start: int) -> bytes:
    """The payload of TILE_INDEX.

    Args:
        lengths: bytes of each TILE section, its kind and checksum included, in the file's order.
        start: offset of the first byte of the index section.
    """
    return b"".join(map(encode_varint, lengths)) + start.to_bytes(POINTER, "little")


def unpack_index(payload: bytes, count: int) -> list[int]:
    """The lengths of `count` TILE sections.

    Raises:
        FileFormatError: no such payload, or a tile shorter than any can be.
    """
    file = io.BytesIO(payload[:-POINTER])
    lengths = [read_varint(file)[0] for _ in range(count)]
    if file.read() or min(lengths) < LEAST_TILE:
        raise FileFormatError("the index of tiles does not add up: the file is damaged")
    return lengths
