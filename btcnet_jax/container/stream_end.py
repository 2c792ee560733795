"""Files that were written as their lines came: STREAM before the tiles, STREAM_END after them.

HEADER stands first and cannot say how many lines there will be, nor MASK which samples are missing. So of such
a file rows of HEADER say nothing; MASK, where there is one, and STREAM_END follow the last tile, and TILE_INDEX
follows them.
"""

import dataclasses
from io import BufferedIOBase
from typing import NamedTuple

from btcnet_jax.container.container import END_SECTION, Section, locate_section, read_section
from btcnet_jax.container.header import Header
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_grid import SIDE, TileGrid
from btcnet_jax.container.tile_index import POINTER
from btcnet_jax.container.tiles import walk
from btcnet_jax.errors import FileFormatError

_NUMBER, _CRC_BYTES = 8, 4
_PAYLOAD = 2 * _NUMBER
# Its kind, length and checksum too.
_BYTES = 2 + _PAYLOAD + _CRC_BYTES


class StreamEnd(NamedTuple):
    """How a stream ended.

    Attributes:
        rows: lines of the scene.
        mask: payload of MASK; empty where no sample is missing.
        tiles_end: offset of the byte after the last tile.
        sure: whether the last row of tiles is known to have as many rows of blocks as `rows` says; else it may
            be shorter.
    """

    rows: int
    mask: bytes
    tiles_end: int
    sure: bool = True

    def header(self, header: Header) -> Header:
        """The header as it would be had it been known."""
        return dataclasses.replace(header, rows=self.rows)


def stream_end(rows: int, mask: bytes) -> list[Section]:
    """The sections that follow the tiles of a stream.

    Args:
        rows: lines of the scene.
        mask: payload of MASK; empty where no sample is missing.
    """
    sections = [Section(SectionKind.MASK, mask)] if mask else []
    length = _section_bytes(len(mask)) if mask else 0
    told = rows.to_bytes(_NUMBER, "little") + length.to_bytes(_NUMBER, "little")
    return [*sections, Section(SectionKind.STREAM_END, told)]


def read_stream_end(file: BufferedIOBase, first: int, size: int) -> StreamEnd:
    """What follows the tiles of a stream.

    Args:
        file: readable, seekable, binary.
        first: offset of its first tile.
        size: of the file in bytes.

    Raises:
        FileFormatError: it is not there, or damaged.
    """
    try:
        return _read(file, first, size)
    except FileFormatError as error:
        raise FileFormatError(
            f"the file was written as lines came, and its end is missing or damaged: {error}; --salvage "
            "restores the lines before"
        ) from error


def salvaged_end(
    file: BufferedIOBase, first: int, size: int, grid: TileGrid
) -> tuple[StreamEnd, bool]:
    """What is known of a stream whose end is lost: the lines of all groups that came to their last tile.

    The last group of a stream may have fewer lines than the others, and that it was the last may be lost with
    the end: then `sure` is false, and how its tiles decode tells how many it has (`codec.salvage`).

    Args:
        file, first, size: as of `read_stream_end`.
        grid: of tiles of the file's size, of as many rows of blocks as there may be.

    Returns:
        And whether the index alone is lost; else nobody knows which samples were missing.

    Raises:
        FileFormatError: no group is whole.
    """
    walked = walk(file, first, size, grid.count)
    if (end := _end_at(file, walked.stop, size)) is not None:
        return end, True
    # Groups of which nothing is whole are left out at the end.
    last = max(walked.places, default=-1) // grid.across
    groups = min(walked.reach // grid.across, last + 1)
    if groups < 1:
        raise FileFormatError(
            "the end of the file is lost, and no group of lines is whole: nothing can be restored"
        )
    file.seek(walked.stop)
    followed = file.read(1) == bytes([SectionKind.TILE]) or walked.reach > groups * grid.across
    return StreamEnd(groups * grid.tile_rows * SIDE, b"", walked.stop, followed), False


def _end_at(file: BufferedIOBase, start: int, size: int) -> StreamEnd | None:
    """What follows the tiles, found from where they end; None where it is not whole."""
    mask = b""
    try:
        file.seek(start)
        location = locate_section(file, size)
        if location.kind == SectionKind.MASK:
            mask = read_section(file, location)
            location = locate_section(file, size)
        if location.kind != SectionKind.STREAM_END or location.length != _PAYLOAD:
            return None
        rows = int.from_bytes(read_section(file, location)[:_NUMBER], "little")
    except FileFormatError:
        return None
    return StreamEnd(rows, mask, start)


def _read(file: BufferedIOBase, first: int, size: int) -> StreamEnd:
    tail = POINTER + _CRC_BYTES + len(END_SECTION)
    file.seek(max(size - tail, 0))
    end = int.from_bytes(file.read(POINTER), "little")
    if not first < end - _BYTES < size:
        raise FileFormatError("no index leads to it")
    told = _section(file, end - _BYTES, end, SectionKind.STREAM_END)
    if len(told) != _PAYLOAD:
        raise FileFormatError("it is of another length")
    rows, length = (int.from_bytes(told[at : at + _NUMBER], "little") for at in (0, _NUMBER))
    start = end - _BYTES - length
    if start <= first:
        raise FileFormatError("its mask is longer than the file")
    mask = _section(file, start, end - _BYTES, SectionKind.MASK) if length else b""
    return StreamEnd(rows, mask, start)


def _section(file: BufferedIOBase, start: int, end: int, kind: SectionKind) -> bytes:
    file.seek(start)
    location = locate_section(file, end)
    if location.kind != kind or location.end != end:
        raise FileFormatError(f"{kind.name} is not where it should be")
    return read_section(file, location)


def _section_bytes(payload: int) -> int:
    """Bytes of a section with so many of payload."""
    varint = max(-(-payload.bit_length() // 7), 1)
    return 1 + varint + payload + _CRC_BYTES
