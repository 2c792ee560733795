"""The TILE sections of a file, each found by the index and read on its own."""

import dataclasses
import io
import threading
from io import BufferedIOBase
from typing import NamedTuple

from btcnet_jax.coding.varint import read_varint
from btcnet_jax.container.container import (
    END_SECTION,
    SectionLocation,
    locate_section,
    read_section,
)
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.container.tile_index import LONGEST_ENTRY, POINTER, unpack_index
from btcnet_jax.errors import FileFormatError

_CRC_BYTES = 4
_TAIL = POINTER + _CRC_BYTES + len(END_SECTION)


class TileSections:
    """Tiles that are read when they are asked for, from one file, by any thread.

    Args:
        file: readable, seekable, binary.
        grid: of the tiles.
        places: offset and length of the section of each tile that there is, by its number.

    Attributes:
        grid: as given.
    """

    def __init__(
        self, file: BufferedIOBase, grid: TileGrid, places: dict[int, tuple[int, int]]
    ) -> None:
        self._file, self.grid, self._places = file, grid, places
        self._lock = threading.Lock()

    def of_rows(self, rows: int) -> "TileSections":
        """The same of a scene of so many rows of blocks."""
        return TileSections(self._file, dataclasses.replace(self.grid, rows=rows), self._places)

    @property
    def size(self) -> int:
        """Bytes of all their sections."""
        return sum(length for _, length in self._places.values())

    def payload(self, number: int) -> bytes:
        """What the section of a tile holds, after the tile's number.

        Raises:
            FileFormatError: the tile is missing or damaged.
        """
        if number not in self._places:
            raise FileFormatError(f"tile {number} of the file is missing: it is cut or damaged")
        start, length = self._places[number]
        with self._lock:
            self._file.seek(start)
            location = locate_section(self._file, start + length)
            if location.kind != SectionKind.TILE or location.end != start + length:
                raise FileFormatError(
                    f"tile {number} is not where the index has it: the file is damaged"
                )
            return _own(read_section(self._file, location), number)

    def check(self) -> None:
        """Read all of them once.

        Raises:
            FileFormatError: one is missing or damaged.
        """
        for number in range(self.grid.count):
            self.payload(number)


def find_tiles(
    file: BufferedIOBase, first: int, size: int, count: int, last: int | None = None
) -> dict[int, tuple[int, int]]:
    """Offset and length of each TILE section, by the index.

    Args:
        file: readable, seekable, binary.
        first: offset of the first tile.
        size: of the file in bytes.
        count: of tiles.
        last: offset of the byte after the last tile; None where the index follows at once.

    Raises:
        FileFormatError: the file is cut, bytes follow its end, or the index is missing or damaged.
    """
    file.seek(max(size - _TAIL, 0))
    tail = file.read(_TAIL)
    if tail[-len(END_SECTION) :] != END_SECTION:
        raise FileFormatError(
            "the file is truncated, or bytes follow its end: its end marker is missing"
        )
    start, end = int.from_bytes(tail[:POINTER], "little"), size - len(END_SECTION)
    if not first < start < end:
        raise FileFormatError("the index of tiles is not in the file: the file is damaged")
    file.seek(start)
    try:
        location = locate_section(file, end)
        found = location.kind == SectionKind.TILE_INDEX and location.end == end
        if not found or location.length > LONGEST_ENTRY * count + POINTER:
            raise FileFormatError("no index is there")
        lengths = unpack_index(read_section(file, location), count)
    except FileFormatError as error:
        raise FileFormatError(f"the file's index of tiles is damaged: {error}") from error
    if first + sum(lengths) != (start if last is None else last):
        raise FileFormatError("the index of tiles does not add up: the file is damaged")
    places, at = {}, first
    for number, length in enumerate(lengths):
        places[number], at = (at, length), at + length
    return places


class Walk(NamedTuple):
    """Tiles that follow each other, found without an index.

    Attributes:
        places: offset and length of the section of each whole tile, by its number.
        reach: number after that of the last tile that is there, whole or damaged.
        stop: offset of what is no tile, or a tile that is cut.
    """

    places: dict[int, tuple[int, int]]
    reach: int
    stop: int


def walk(file: BufferedIOBase, first: int, size: int, count: int) -> Walk:
    """The tiles that follow each other from the first on; arguments as of `find_tiles`."""
    places, at, reach = dict[int, tuple[int, int]](), first, 0
    for _ in range(count):
        try:
            file.seek(at)
            location = locate_section(file, size)
        except FileFormatError:
            break
        if location.kind != SectionKind.TILE:
            break
        number = _number_of(file, location)
        if number is not None and number < count:
            places[number] = at, location.end - at
            reach = number
        at, reach = location.end, reach + 1
    return Walk(places, reach, at)


def _number_of(file: BufferedIOBase, location: SectionLocation) -> int | None:
    try:
        return read_varint(io.BytesIO(read_section(file, location)))[0]
    except FileFormatError:
        return None


def _own(data: bytes, number: int) -> bytes:
    """The payload after its number, which must be this one."""
    told, taken = read_varint(io.BytesIO(data))
    if told != number:
        raise FileFormatError(f"tile {told} stands in the place of tile {number}: it is damaged")
    return data[len(taken) :]
