"""A file as packets for a link that loses or damages some: each is whole or not by itself.

    sync (4 bytes) | file (8) | number (4) | of how many (4) | length of payload (4) | payload | CRC-32 (4)

Integers are little-endian; the checksum is of all between sync and itself. Packet 0 holds what comes before the
tiles, and is sent twice, first and last; each other holds one TILE section, or, of a file without tiles, its
last section; of a stream a last one holds what stands between tiles and index. Index and end marker follow from
these. A flipped bit, or lost bytes, cost the packets that they are in: the next one is found by its sync word.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from io import BufferedIOBase, BytesIO
from typing import NamedTuple

from btcnet_jax.container.container import (
    END_SECTION,
    Section,
    pack_section,
    read_head,
    scan_sections,
)
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_index import pack_index
from btcnet_jax.errors import FileFormatError

SYNC = b"BTPK"
_FIELDS = struct.Struct("<8sIII")
_CRC_BYTES = 4
_HASHED = 1 << 20
# Above this a damaged number is likelier than a file.
_MOST_PACKETS = 1 << 24


class Joined(NamedTuple):
    """What packets became.

    Attributes:
        packets: that the file was cut into, the copy aside.
        lost: numbers of tiles that are missing, from 0.
        end_lost: whether the end of a stream is missing: how many lines there were, and its mask.
    """

    packets: int
    lost: list[int]
    end_lost: bool = False


class _Packet(NamedTuple):
    file: bytes
    number: int
    total: int
    start: int
    stop: int


def cut_packets(file: BufferedIOBase) -> Iterator[bytes]:
    """The packets of a file, in order; the first comes again at the end.

    Args:
        file: readable, seekable, binary.

    Raises:
        FileFormatError: not a whole file; see `iter_sections`.
    """
    places = _places(file)
    name = _name(file)
    for number in (*range(len(places)), 0):
        start, stop = places[number]
        file.seek(start)
        payload = file.read(stop - start)
        body = _FIELDS.pack(name, number, len(places), len(payload)) + payload
        yield SYNC + body + zlib.crc32(body).to_bytes(_CRC_BYTES, "little")


def _places(file: BufferedIOBase) -> list[tuple[int, int]]:
    """Where each packet's payload begins and ends."""
    locations = scan_sections(file)
    tiles = [each for each in locations if each.kind == SectionKind.TILE]
    bodies = tiles or locations[-1:]
    if not bodies:
        raise FileFormatError("the file has no sections: there is nothing to send")
    places = [(0, bodies[0].start), *((each.start, each.end) for each in bodies)]
    if any(each.kind == SectionKind.STREAM for each in locations):
        ends = [each.end for each in locations if each.kind == SectionKind.STREAM_END]
        if not (tiles and ends):
            raise FileFormatError("the file was written as lines came, and its end is missing")
        places.append((bodies[-1].end, ends[-1]))
    return places


def _name(file: BufferedIOBase) -> bytes:
    digest = hashlib.blake2b(digest_size=8)
    file.seek(0)
    while piece := file.read(_HASHED):
        digest.update(piece)
    return digest.digest()


def join_packets(data: bytes) -> tuple[bytes, Joined]:
    """Put a file together again, of what is whole among packets in any order.

    Args:
        data: packets, with anything between them.

    Returns:
        The file; where tiles are lost it holds the others, for `--salvage`. And what is lost.

    Raises:
        FileFormatError: no packet is whole, or neither copy of the first, or no other; or packets of several
            files.
    """
    packets = list(_whole(data))
    if not packets:
        raise FileFormatError("no packet in it is whole: not packets, or all of them are damaged")
    if len(files := {packet.file for packet in packets}) > 1:
        names = " and ".join(sorted(name.hex() for name in files))
        raise FileFormatError(f"packets of several files ({names}): give those of one")
    found = {packet.number: packet for packet in packets}
    if 0 not in found:
        raise FileFormatError(
            "both copies of the first packet are lost: nothing can be put together without one"
        )
    count = found[0].total
    pieces = [data[each.start : each.stop] for _, each in sorted(found.items())]
    kinds = _kinds(pieces[0])
    # A stream's last packet is its end.
    bodies = range(1, count - (SectionKind.STREAM in kinds))
    lost = [number - 1 for number in bodies if number not in found]
    if len(lost) == len(bodies):
        raise FileFormatError(
            f"the first packet alone is whole: all that held samples, {len(lost)}, are lost"
        )
    end_lost = any(number not in found for number in range(bodies.stop, count))
    if not (lost or end_lost):
        pieces = _indexed(pieces, len(bodies), kinds)
    whole = b"".join([*pieces, END_SECTION])
    if not (lost or end_lost) and _name(BytesIO(whole)) != found[0].file:
        raise FileFormatError("the packets make another file than they name: they are damaged")
    return whole, Joined(count, lost, end_lost)


def _indexed(pieces: list[bytes], bodies: int, kinds: set[int]) -> list[bytes]:
    """All pieces of a file, and the index of its tiles where it has tiles."""
    if SectionKind.TILE_GRID not in kinds:
        return pieces
    index = pack_index([*map(len, pieces[1 : 1 + bodies])], sum(map(len, pieces)))
    return [*pieces, pack_section(Section(SectionKind.TILE_INDEX, index))]


def _whole(data: bytes) -> Iterator[_Packet]:
    """The packets whose checksum is right, wherever they begin."""
    at = 0
    while (at := data.find(SYNC, at)) >= 0:
        packet = _packet_at(data, at + len(SYNC))
        if packet is None:
            at += 1
        else:
            yield packet
            at = packet.stop + _CRC_BYTES


def _packet_at(data: bytes, start: int) -> _Packet | None:
    if start + _FIELDS.size > len(data):
        return None
    name, number, count, length = _FIELDS.unpack_from(data, start)
    first = start + _FIELDS.size
    stop = first + length
    if stop + _CRC_BYTES > len(data) or number >= count or count > _MOST_PACKETS:
        return None
    checksum = int.from_bytes(data[stop : stop + _CRC_BYTES], "little")
    if zlib.crc32(data[start:stop]) != checksum:
        return None
    return _Packet(name, number, count, first, stop)


def _kinds(head: bytes) -> set[int]:
    """The kinds of the sections before the tiles."""
    return {each.kind for each in read_head(BytesIO(head + END_SECTION)).sections}
