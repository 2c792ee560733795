"""The layout of a `.btcn` file: magic, version, sections, end marker.

    "BTCN" | version (1 byte) | section ... | END section

A section is its kind (1 byte), the length of its payload (varint), the payload and the CRC-32 of
all three (4 bytes, little-endian). END has no payload, so a file cut anywhere is noticed.
"""

import zlib
from collections.abc import Iterable, Iterator
from io import BufferedIOBase, BytesIO
from typing import NamedTuple

from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.container.sections import FIRST_ANCILLARY, SectionKind, section_name
from btcnet_jax.container.tile_index import pack_index
from btcnet_jax.errors import FileFormatError

MAGIC = b"BTCN"
VERSION = 2

AFTER_TILES = frozenset({SectionKind.MASK, SectionKind.STREAM_END})
"""What follows the tiles of a stream, besides their index."""

_CRC_BYTES = 4


class Section(NamedTuple):
    """One section: its kind (1 to 255) and its payload."""

    kind: int
    payload: bytes


class SectionLocation(NamedTuple):
    """Where a section lies: offsets of its first byte and its payload, length of the payload."""

    kind: int
    start: int
    payload_start: int
    length: int

    @property
    def end(self) -> int:
        """Offset of the byte after the section."""
        return self.payload_start + self.length + _CRC_BYTES


class ContainerWriter:
    """Writes a file section by section, so that no more than one need be in memory.

    Tiles come last; of a stream only `AFTER_TILES` may follow them. After all it writes their index on its own.

    Args:
        file: binary, written from its position on; nothing is read and nothing sought.
        preamble: what the file begins with.
    """

    def __init__(self, file: BufferedIOBase, preamble: bytes = MAGIC + bytes([VERSION])) -> None:
        self._file, self._written, self._tiles = file, 0, list[int]()
        self._may_follow = {int(SectionKind.TILE)}
        self._write(preamble)

    def add(self, section: Section) -> None:
        """Append a section.

        Raises:
            ValueError: a kind outside 1 to 255, or one that is no tile after a tile.
        """
        if not SectionKind.END < section.kind <= 255:
            raise ValueError(f"a section's kind must be 1 to 255, not {section.kind}")
        if self._tiles and section.kind not in self._may_follow:
            raise ValueError(f"{section_name(section.kind)} follows a tile: tiles come last")
        if section.kind == SectionKind.STREAM:
            self._may_follow |= AFTER_TILES
        length = self._write(pack_section(section))
        if section.kind == SectionKind.TILE:
            self._tiles.append(length)

    def finish(self) -> None:
        """Write the index of tiles, and the end marker, without which the file is a truncated one."""
        if self._tiles:
            index = pack_index(self._tiles, self._written)
            self._write(pack_section(Section(SectionKind.TILE_INDEX, index)))
        self._write(END_SECTION)

    def _write(self, data: bytes) -> int:
        self._file.write(data)
        self._written += len(data)
        return len(data)


def write_container(sections: Iterable[Section]) -> bytes:
    """The bytes of a file with these sections, in this order.

    Raises:
        ValueError: a kind outside 1 to 255.
    """
    file = BytesIO()
    writer = ContainerWriter(file)
    for section in sections:
        writer.add(section)
    writer.finish()
    return file.getvalue()


def read_container(data: bytes) -> list[Section]:
    """The sections of a file in memory; see `iter_sections`."""
    return list(iter_sections(BytesIO(data)))


def iter_sections(file: BufferedIOBase) -> Iterator[Section]:
    """The sections of a file one by one, every checksum verified, unknown ancillary ones left out.

    Args:
        file: readable, seekable, binary.

    Raises:
        FileFormatError: empty, not a BTCN file, of another version, truncated, altered, or bytes
            follow its end.
    """
    yield from walk_sections(file, _read_preamble(file))


def walk_sections(file: BufferedIOBase, size: int) -> Iterator[Section]:
    """The same of a file of so many bytes from the section on at which it stands; errors likewise."""
    while True:
        location = locate_section(file, size)
        # Checked before going on: an altered length would make the next section look absurd.
        payload = read_section(file, location)
        if location.kind == SectionKind.END:
            break
        if _is_known(location.kind):
            yield Section(location.kind, payload)
    _check_end(location, size)


class Head(NamedTuple):
    """What a file says before its tiles.

    Attributes:
        sections: the known ones, in the file's order; of a file without tiles all.
        tiles: offset of the first TILE section; None of a file without tiles.
        size: of the file in bytes.
        lost: ancillary sections that are altered, where that was asked for.
    """

    sections: list[Section]
    tiles: int | None
    size: int
    lost: list[int]


def read_head(file: BufferedIOBase, *, salvage: bool = False) -> Head:
    """The sections before the tiles, their checksums verified; of a file without tiles all to its end.

    Args:
        file: readable, seekable, binary.
        salvage: whether to go on past an altered ancillary section.

    Raises:
        FileFormatError: as of `iter_sections`.
    """
    size, sections, lost = _read_preamble(file), list[Section](), list[int]()
    while (location := locate_section(file, size)).kind != SectionKind.TILE:
        try:
            payload = read_section(file, location)
        except FileFormatError:
            if not salvage or location.kind < FIRST_ANCILLARY:
                raise
            lost.append(location.kind)
            continue
        if location.kind == SectionKind.END:
            _check_end(location, size)
            return Head(sections, None, size, lost)
        if _is_known(location.kind):
            sections.append(Section(location.kind, payload))
    return Head(sections, location.start, size, lost)


def scan_sections(file: BufferedIOBase) -> list[SectionLocation]:
    """Finds the sections of a file on disk without reading their payloads.

    Args:
        file: readable, seekable, binary.

    Returns:
        The known sections in the order of the file, unknown ancillary ones left out; pass them to
        `read_section`, which verifies the checksum.

    Raises:
        FileFormatError: as `read_container`, but for altered payloads.
    """
    size = _read_preamble(file)
    locations = []
    while (location := locate_section(file, size)).kind != SectionKind.END:
        if _is_known(location.kind):
            locations.append(location)
        file.seek(location.end)
    read_section(file, location)
    _check_end(location, size)
    return locations


def read_section(file: BufferedIOBase, location: SectionLocation) -> bytes:
    """Reads the payload of one section and leaves the file at the section's end.

    Raises:
        FileFormatError: the section is altered or the file has become shorter.
    """
    file.seek(location.start)
    data = file.read(location.end - location.start)
    body, checksum = data[:-_CRC_BYTES], data[-_CRC_BYTES:]
    if zlib.crc32(body).to_bytes(_CRC_BYTES, "little") != checksum:
        raise FileFormatError(
            f"{section_name(location.kind)} of the file is altered: its checksum does not match"
        )
    return body[location.payload_start - location.start :]


def pack_section(section: Section) -> bytes:
    """The bytes of a section: kind, length, payload, checksum."""
    body = bytes([section.kind]) + encode_varint(len(section.payload)) + section.payload
    return body + zlib.crc32(body).to_bytes(_CRC_BYTES, "little")


END_SECTION = pack_section(Section(SectionKind.END, b""))
"""The last bytes of every file."""


def _read_preamble(file: BufferedIOBase) -> int:
    """Checks magic and version, leaves the file at its first section; returns the file's size."""
    size = file.seek(0, 2)
    file.seek(0)
    magic = file.read(len(MAGIC))
    if not magic:
        raise FileFormatError("the file is empty")
    if not MAGIC.startswith(magic):
        raise FileFormatError("this is not a BTCN file: it does not start with the letters BTCN")
    _check_version(file.read(1))
    return size


def _check_version(version: bytes) -> None:
    if not version:
        raise FileFormatError("the file is truncated: it ends before its version")
    if version[0] > VERSION:
        raise FileFormatError(
            f"the file has format version {version[0]} and this program reads up to {VERSION}:"
            " upgrade btcnet_jax"
        )
    if version[0] < 1:
        raise FileFormatError("the file is altered: no format version 0 exists")
    if version[0] < VERSION:
        raise FileFormatError(
            f"the file has format version {version[0]}, which btcnet_jax reads no more: compress the scene "
            "again, or restore it with the version that wrote it"
        )


def locate_section(file: BufferedIOBase, size: int) -> SectionLocation:
    """The section that begins where the file stands, which is left at its payload.

    Args:
        file: readable, seekable, binary.
        size: offset that the section must not reach beyond.

    Raises:
        FileFormatError: it does, or there is none.
    """
    start = file.tell()
    kind = file.read(1)
    if not kind:
        raise FileFormatError("the file is truncated: its end marker is missing")
    length, taken = read_varint(file)
    location = SectionLocation(kind[0], start, start + 1 + len(taken), length)
    if location.end > size:
        raise FileFormatError(f"the file is truncated: it ends within {section_name(kind[0])}")
    return location


def _is_known(kind: int) -> bool:
    if kind in SectionKind.__members__.values():
        return True
    if kind < FIRST_ANCILLARY:
        raise FileFormatError(
            f"{section_name(kind)} of the file was written by a newer version: upgrade btcnet_jax"
        )
    return False


def _check_end(end_marker: SectionLocation, size: int) -> None:
    if end_marker.length:
        raise FileFormatError("the file is altered: its end marker is not empty")
    if end_marker.end != size:
        raise FileFormatError(f"the file has {size - end_marker.end} bytes after its end")
