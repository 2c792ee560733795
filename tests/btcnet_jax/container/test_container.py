"""The container: round trips, and every kind of damage told apart."""

import zlib
from io import BytesIO

import pytest

from btcnet_jax.container.container import (
    ContainerWriter,
    Section,
    read_container,
    read_section,
    scan_sections,
    write_container,
)
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError

SECTIONS = [
    Section(SectionKind.HEADER, b"header"),
    Section(SectionKind.TABLES, b""),
    Section(SectionKind.SYMBOLS, bytes(range(200))),
    Section(SectionKind.SYMBOLS, b"again"),
]


def test_sections_round_trip():
    assert read_container(write_container(SECTIONS)) == SECTIONS
    assert read_container(write_container([])) == []


def test_bytes_are_as_documented():
    body = b"\x04\x02hi"
    end = b"\x00\x00"
    expected = b"BTCN\x02" + body + zlib.crc32(body).to_bytes(4, "little")
    expected += end + zlib.crc32(end).to_bytes(4, "little")
    assert write_container([Section(SectionKind.SYMBOLS, b"hi")]) == expected


def test_sections_are_written_one_by_one_into_a_stream_that_cannot_seek():
    class Pipe(BytesIO):
        def seekable(self):
            return False

        def seek(self, *_):
            raise OSError("a pipe")

    pipe = Pipe()
    writer = ContainerWriter(pipe)
    for section in SECTIONS:
        writer.add(section)
    with pytest.raises(FileFormatError, match="end marker is missing"):
        read_container(pipe.getvalue())
    writer.finish()
    assert pipe.getvalue() == write_container(SECTIONS)


def test_large_section_round_trips():
    section = Section(SectionKind.SYMBOLS, b"\x5a" * 3_000_000)
    data = write_container([section])
    assert len(data) == 5 + 1 + 4 + 3_000_000 + 4 + 6
    assert read_container(data) == [section]


def test_file_is_read_section_by_section():
    file = BytesIO(write_container(SECTIONS))
    locations = scan_sections(file)
    assert [location.kind for location in locations] == [1, 3, 4, 4]
    for location, section in reversed(list(zip(locations, SECTIONS, strict=True))):
        assert read_section(file, location) == section.payload


def test_scan_does_not_read_the_payloads():
    class Counting(BytesIO):
        taken = 0

        def read(self, size=-1, /):
            data = super().read(size)
            self.taken += len(data)
            return data

    file = Counting(write_container([Section(SectionKind.SYMBOLS, bytes(10**6))]))
    scan_sections(file)
    assert file.taken < 40


def test_truncation_at_every_byte_is_noticed():
    data = write_container(SECTIONS)
    for length in range(1, len(data)):
        with pytest.raises(FileFormatError, match="truncated"):
            read_container(data[:length])
        with pytest.raises(FileFormatError, match="truncated"):
            scan_sections(BytesIO(data[:length]))


def test_a_flipped_bit_at_every_position_is_noticed():
    data = write_container(SECTIONS)
    for position in range(8 * len(data)):
        altered = bytearray(data)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(FileFormatError):
            read_container(bytes(altered))


def test_a_flipped_byte_at_every_position_is_noticed():
    data = write_container(SECTIONS)
    for position in range(len(data)):
        altered = bytearray(data)
        altered[position] ^= 0xFF
        with pytest.raises(FileFormatError):
            read_container(bytes(altered))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n", "not a BTCN file"),
        (b"X", "not a BTCN file"),
        (b"BTC", "truncated"),
        (b"BTCN\x03", "format version 3.*upgrade btcnet_jax"),
        (b"BTCN\x01", "format version 1, which btcnet_jax reads no more: compress the scene again"),
        (b"BTCN\x00", "altered"),
        (b"BTCN\x02", "end marker is missing"),
        (b"BTCN\x02\x04\x80", "within the length"),
        (b"BTCN\x02\x04" + b"\xff" * 20, "impossible length"),
        (b"BTCN\x02\x04" + b"\xff" * 8 + b"\x7f", "ends within section SYMBOLS"),
        (write_container(SECTIONS) + b"\0\0", "2 bytes after its end"),
    ],
)
def test_message_names_the_fault(data, message):
    with pytest.raises(FileFormatError, match=message):
        read_container(data)
    with pytest.raises(FileFormatError, match=message):
        scan_sections(BytesIO(data))


def test_altered_section_is_named():
    data = write_container(SECTIONS).replace(b"again", b"agaim")
    with pytest.raises(FileFormatError, match="section SYMBOLS of the file is altered"):
        read_container(data)
    file = BytesIO(data)
    locations = scan_sections(file)
    assert read_section(file, locations[0]) == b"header"
    with pytest.raises(FileFormatError, match="SYMBOLS"):
        read_section(file, locations[3])


def test_end_marker_with_a_payload_is_refused():
    body = b"\x00\x01x"
    data = b"BTCN\x02" + body + zlib.crc32(body).to_bytes(4, "little")
    with pytest.raises(FileFormatError, match="end marker is not empty"):
        read_container(data)


def test_unknown_critical_section_asks_for_an_upgrade():
    data = write_container([*SECTIONS, Section(127, b"tiles")])
    with pytest.raises(FileFormatError, match=r"section 127 .* newer version: upgrade"):
        read_container(data)
    with pytest.raises(FileFormatError, match="upgrade"):
        scan_sections(BytesIO(data))


def test_unknown_ancillary_section_is_skipped():
    data = write_container([Section(200, b"picture"), *SECTIONS, Section(255, b"")])
    assert read_container(data) == SECTIONS
    assert [location.kind for location in scan_sections(BytesIO(data))] == [1, 3, 4, 4]


@pytest.mark.parametrize("kind", [-1, 0, 256])
def test_kind_out_of_range_is_not_written(kind):
    with pytest.raises(ValueError, match="1 to 255"):
        write_container([Section(kind, b"")])
