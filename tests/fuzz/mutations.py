"""Damages a `.btcn` file where a decoder has to look: inside sections, with checksums that are right again."""

import random
import zlib

import msgpack

from btcnet_jax.coding.varint import encode_varint
from btcnet_jax.container.container import END_SECTION, Section, read_container, write_container
from btcnet_jax.container.sections import SectionKind

_DEFLATED = (SectionKind.METADATA, SectionKind.MASK)
# Numbers at which types and sizes end.
_EDGES = (
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    15,
    16,
    17,
    31,
    63,
    64,
    127,
    128,
    255,
    256,
    1000,
    4095,
    65535,
    65536,
    1520000,
)
_FAR = (
    2**31 - 1,
    2**31,
    2**32,
    2**40,
    2**53,
    2**63 - 1,
    2**63,
    -1,
    -(2**31),
    1.5,
    float("nan"),
    float("inf"),
    1e308,
)
_TYPES = (
    "|u1",
    "|i1",
    "<i2",
    ">u2",
    "<u4",
    ">i8",
    "<u8",
    "<f2",
    "<f4",
    ">f8",
    "<f8",
    "<c8",
    "O",
    "",
)
_OTHERS = (None, True, "", b"", [], {}, [[]], "x" * 300, b"\xff" * 9)


def mutate(random: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """One damaged file.

    Args:
        random: what decides.
        data: a whole file.
        others: more of them, from which sections are taken.
    """
    if random.random() < 0.03:
        # The container's own bytes; checksums are as they fall.
        return _damage(random, data)
    sections = read_container(data)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        change = random.choice(
            (*[_change_payload] * 8, *[_change_header] * 3, _take_other, _shuffle)
        )
        sections = change(random, sections, others)
    return _written(random, sections)


def _written(random: random.Random, sections: list[Section]) -> bytes:
    """The file, mostly with the index that its tiles should have, else with the one that there is."""
    kinds = [section.kind for section in sections]
    if SectionKind.TILE not in kinds and SectionKind.TILE_INDEX not in kinds:
        return write_container(sections)
    others = [each for each in sections if each.kind != SectionKind.TILE_INDEX]
    told = [each.kind == SectionKind.TILE for each in others]
    in_order = sorted(told) == told
    if in_order and random.random() < 0.8:
        return write_container(others)
    packed = (bytes([kind]) + encode_varint(len(data)) + data for kind, data in sections)
    checked = (each + zlib.crc32(each).to_bytes(4, "little") for each in packed)
    return b"BTCN\x02" + b"".join(checked) + END_SECTION


def _change_payload(
    random: random.Random, sections: list[Section], others: list[bytes]
) -> list[Section]:
    index = random.randrange(len(sections))
    kind, payload = sections[index]
    if kind in _DEFLATED and random.random() < 0.85:
        payload = _change_deflated(random, kind, payload)
    else:
        payload = _damage(random, payload)
    return [*sections[:index], Section(kind, payload), *sections[index + 1 :]]


def _change_deflated(random: random.Random, kind: int, payload: bytes) -> bytes:
    try:
        inner = zlib.decompress(payload)
    except zlib.error:
        return _damage(random, payload)
    if kind == SectionKind.METADATA and random.random() < 0.5:
        inner = _change_map(random, inner)
    else:
        inner = _damage(random, inner)
    return zlib.compress(inner, 1)


def _change_map(random: random.Random, inner: bytes) -> bytes:
    try:
        told = msgpack.unpackb(inner, strict_map_key=False)
    except (ValueError, TypeError, msgpack.exceptions.UnpackException):
        return _damage(random, inner)
    if not isinstance(told, dict) or not told:
        return _damage(random, inner)
    name = random.choice(list(told))
    told[name] = _another(random, told[name])
    return bytes(msgpack.packb(told))


def _change_header(
    random: random.Random, sections: list[Section], others: list[bytes]
) -> list[Section]:
    kind, payload = sections[0]
    try:
        record = msgpack.unpackb(payload, strict_map_key=False)
    except (ValueError, TypeError, msgpack.exceptions.UnpackException):
        return sections
    if kind != SectionKind.HEADER or not isinstance(record, list) or not record:
        return sections
    index = random.randrange(len(record))
    record[index] = _another(random, record[index])
    return [Section(kind, bytes(msgpack.packb(record))), *sections[1:]]


def _another(random: random.Random, value: object) -> object:
    draw = random.random()
    if isinstance(value, int | float) and draw < 0.8:
        near = value + random.choice((-16, -4, -2, -1, 1, 2, 4, 16))
        return random.choice(
            (near, near, near, random.choice(_EDGES), random.choice(_EDGES), random.choice(_FAR))
        )
    if isinstance(value, bytes) and draw < 0.8:
        return _damage(random, value)
    if isinstance(value, str) and draw < 0.8:
        return random.choice(_TYPES)
    return random.choice(_OTHERS)


def _take_other(
    random: random.Random, sections: list[Section], others: list[bytes]
) -> list[Section]:
    """A section of another file in place of one of the same kind, or beside them."""
    section = random.choice(read_container(random.choice(others)))
    kept = [mine for mine in sections if mine.kind != section.kind]
    place = next((i for i, mine in enumerate(sections) if mine.kind == section.kind), len(kept))
    return [*kept[:place], section, *kept[place:]]


def _shuffle(random: random.Random, sections: list[Section], others: list[bytes]) -> list[Section]:
    """One section left out, given twice, or in another place."""
    section = random.choice(sections)
    rest = [mine for mine in sections if mine is not section] or sections
    place = random.randrange(len(rest) + 1)
    return random.choice((rest, [*sections, section], [*rest[:place], section, *rest[place:]]))


def _damage(random: random.Random, data: bytes) -> bytes:
    """Bits flipped, bytes set, cut out, put in, repeated, or all of them replaced."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
        at, length = random.randrange(len(changed) + 1), random.choice((1, 1, 2, 4, 8, 30))
        kind = random.randrange(8)
        if kind == 0:
            changed[at : at + length] = b""
        elif kind == 1:
            changed[at:at] = random.randbytes(length)
        elif kind == 2:
            changed[at : at + length] = bytes([random.choice((0, 0xFF, 0x80, 0x7F))]) * length
        elif kind == 3:
            changed[at:at] = changed[at : at + length] * random.choice((1, 2, 50))
        elif kind == 4:
            del changed[at:]
        elif kind == 5 and random.random() < 0.1:
            changed[:] = bytes([random.choice((0, 0xFF))]) * random.choice((0, 4, 30, 400, 4000))
        elif changed:
            changed[at % len(changed)] ^= 1 << random.randrange(8)
    return bytes(changed)
