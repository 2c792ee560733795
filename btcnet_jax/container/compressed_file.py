"""A `.btcn` file taken apart: its header, each section by its kind, and its tiles."""

from dataclasses import dataclass
from io import BufferedIOBase, BytesIO

from btcnet_jax.container.container import Head, read_head
from btcnet_jax.container.header import Header
from btcnet_jax.container.limits import Limits
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.stream_end import StreamEnd, read_stream_end, salvaged_end
from btcnet_jax.container.tile_grid import TileGrid, block_grid
from btcnet_jax.container.tile_index import LEAST_TILE
from btcnet_jax.container.tiles import TileSections, find_tiles, walk
from btcnet_jax.errors import FileFormatError

# Rows of blocks that a stream may have, and no file has.
_MOST_LINES = 1 << 40


@dataclass(frozen=True, eq=False)
class CompressedFile:
    """A file whose checksums are right and whose header makes sense.

    Attributes:
        header: of the file.
        sections: the payload of each known section, in the file's order, without those of tiles.
        size: bytes of the file.
        tiles: where its symbols are cut into tiles; None where they are in one piece.
        lost: sections that are damaged or missing, of a file that was opened all the same.
        sure: whether it is known how many rows the scene has; else the last row of tiles may be shorter.
    """

    header: Header
    sections: dict[SectionKind, bytes]
    size: int
    tiles: TileSections | None = None
    lost: tuple[int, ...] = ()
    sure: bool = True

    def payload(self, kind: SectionKind) -> bytes:
        """Of the section of a kind.

        Raises:
            FileFormatError: there is none.
        """
        if kind not in self.sections:
            raise FileFormatError(f"the file has no {kind.name} section: compress the cube again")
        return self.sections[kind]

    def lengths(self) -> dict[str, int]:
        """Bytes of the payload of each section by its name; of tiles, those of all their sections."""
        told = {kind.name: len(data) for kind, data in self.sections.items()}
        return told if self.tiles is None else told | {SectionKind.TILE.name: self.tiles.size}

    def needed(self, limits: Limits) -> int:
        """What `Limits.of_bytes` must be given to read the file again; 0 where `limits` allow it."""
        grid = None if self.tiles is None else self.tiles.grid
        return limits.needed(self.header, self.sections, self.size, grid)


def read_compressed(data: bytes, limits: Limits | None = None) -> CompressedFile:
    """Takes a file in memory apart, all of it checked.

    Args:
        data: a whole file.
        limits: of what it may ask for; `Limits()` if None.

    Raises:
        FileFormatError: as of `open_compressed`, or a tile is damaged.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise FileFormatError(
            f"a compressed file is bytes, not {type(data).__name__}; btcnet_jax.open takes its path"
        )
    file = open_compressed(BytesIO(data), limits)
    if file.tiles is not None:
        file.tiles.check()
    return file


def open_compressed(
    file: BufferedIOBase, limits: Limits | None = None, *, salvage: bool = False
) -> CompressedFile:
    """Takes a file apart, of whose tiles none is read yet; the one place that reads a header.

    Args:
        file: readable, seekable, binary; it must stay open as long as tiles are read.
        limits: of what it may ask for; `Limits()` if None.
        salvage: whether to go on where ancillary sections or the index of tiles are damaged, or the file is cut
            amid its tiles.

    Raises:
        FileFormatError: no such file, damaged, of a newer version, with another section before its
            header, with a section twice, which programs could read as two different scenes, or telling of
            more than `limits` allow.
    """
    head = read_head(file, salvage=salvage)
    sections: dict[SectionKind, bytes] = {}
    for kind, payload in head.sections:
        if kind in sections:
            raise FileFormatError(
                f"the file has two {SectionKind(kind).name} sections: it is damaged"
            )
        sections[SectionKind(kind)] = payload
    if SectionKind.HEADER not in sections:
        raise FileFormatError("the file has no HEADER section: compress the cube again")
    if next(iter(sections)) != SectionKind.HEADER:
        raise FileFormatError("the file's HEADER section is not its first: it is damaged")
    header, end = Header.unpack(sections[SectionKind.HEADER]), None
    if SectionKind.STREAM in sections:
        end, lost = _stream_end(file, sections, head, header, salvage)
        header = end.header(header)
        head = head._replace(lost=[*head.lost, *lost])
    grid = _grid(header, sections, head)
    (limits or Limits()).check(header, sections, head.size, grid)
    tiles = None if grid is None else _tiles(file, head, grid, salvage, end)
    sure = end is None or end.sure
    return CompressedFile(header, sections, head.size, tiles, tuple(head.lost), sure)


def _stream_end(
    file: BufferedIOBase,
    sections: dict[SectionKind, bytes],
    head: Head,
    header: Header,
    salvage: bool,
) -> tuple[StreamEnd, list[int]]:
    """Of a file that was written as its lines came, and what is lost; its mask is put to the sections."""
    if head.tiles is None or SectionKind.MASK in sections or not header.is_universal:
        raise FileFormatError(
            "the file is a stream and has no tiles, or a mask too soon: it is damaged"
        )
    try:
        end = read_stream_end(file, head.tiles, head.size)
    except FileFormatError:
        if not salvage or SectionKind.TILE_GRID not in sections:
            raise
        blocks = _MOST_LINES, block_grid(header)[1]
        grid = TileGrid.unpack(sections[SectionKind.TILE_GRID], *blocks)
        end, whole = salvaged_end(file, head.tiles, head.size, grid)
        if not whole:
            return end, [SectionKind.STREAM_END]
    if end.mask:
        sections[SectionKind.MASK] = end.mask
    return end, []


def _grid(header: Header, sections: dict[SectionKind, bytes], head: Head) -> TileGrid | None:
    """Of the file's tiles, of which it has as many as it says or none."""
    if head.tiles is None:
        if SectionKind.TILE_GRID in sections:
            raise FileFormatError("the file tells of tiles and has none: it is damaged")
        return None
    tiled = header.is_universal or header.is_bounded
    if not tiled or SectionKind.TILE_GRID not in sections:
        raise FileFormatError("the file has tiles and does not tell of them: it is damaged")
    if SectionKind.SYMBOLS in sections or SectionKind.TILE_INDEX in sections:
        raise FileFormatError("the file has sections that no file of tiles has: it is damaged")
    grid = TileGrid.unpack(sections[SectionKind.TILE_GRID], *block_grid(header))
    if grid.count * LEAST_TILE > head.size:
        raise FileFormatError(
            f"the file tells of {grid.count} tiles, more than it can hold: it is damaged"
        )
    return grid


def _tiles(
    file: BufferedIOBase, head: Head, grid: TileGrid, salvage: bool, end: StreamEnd | None
) -> TileSections:
    assert head.tiles is not None, "a grid is of tiles"
    where = head.tiles, head.size, grid.count
    try:
        last = None if end is None else end.tiles_end
        return TileSections(file, grid, find_tiles(file, *where, last))
    except FileFormatError:
        if not salvage:
            raise
        return TileSections(file, grid, walk(file, *where).places)
