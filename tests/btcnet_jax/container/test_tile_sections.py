"""Files of tiles: the index leads to each of them and nowhere else, and what is damaged is told apart."""

import itertools
import struct
import zlib
from io import BytesIO

import pytest

from btcnet_jax.coding.varint import encode_varint
from btcnet_jax.container.compressed_file import open_compressed, read_compressed
from btcnet_jax.container.container import END_SECTION, Section, write_container
from btcnet_jax.container.header import Header
from btcnet_jax.container.limits import Limits
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.errors import FileFormatError

GRID = TileGrid(5, 7, 2, 3)
PAYLOADS = [bytes([100 + number] * (3 + number)) for number in range(GRID.count)]


def header(**changed):
    fields = {"rows": 20, "cols": 28, "bands": 4, "dtype": "<i2", "minimum": 0, "maximum": 9}
    fields |= {"bits": 32, "latent_channels": 16, "fingerprint": bytes(8), "entropy_model": 3}
    return Header(**{**fields, "codec": 2, "coder": 1, **changed})


def sections(grid=None, payloads=PAYLOADS, **changed):
    yield Section(SectionKind.HEADER, header(**changed).pack())
    yield Section(SectionKind.TILE_GRID, (grid or GRID).pack())
    for number, payload in enumerate(payloads):
        yield Section(SectionKind.TILE, encode_varint(number) + payload)


DATA = write_container(sections())
FIRST = len(write_container([*sections()][:2])) - len(END_SECTION)
INDEX = struct.unpack("<Q", DATA[-18:-10])[0]


def with_index(payload, kind=SectionKind.TILE_INDEX):
    """The file with another index, its checksum right."""
    body = bytes([kind]) + encode_varint(len(payload)) + payload
    return DATA[:INDEX] + body + zlib.crc32(body).to_bytes(4, "little") + END_SECTION


def blocks_of(place):
    return [*itertools.product(*(range(each.start, each.stop) for each in place))]


def after_the_grid(*more):
    made = [*sections()]
    return [*made[:2], *more, *made[2:]]


def test_every_tile_is_found():
    file = read_compressed(DATA)
    assert file.tiles.grid == GRID
    assert [file.tiles.payload(number) for number in range(GRID.count)] == PAYLOADS
    assert SectionKind.TILE not in file.sections


def test_tiles_cover_the_grid_once():
    places = [GRID.place(number) for number in range(GRID.count)]
    covered = [
        (r, c)
        for rows, cols in places
        for r in range(*rows.indices(99))
        for c in range(*cols.indices(99))
    ]
    assert sorted(covered) == [*itertools.product(range(5), range(7))]


@pytest.mark.parametrize(("rows", "cols"), [((0, 5), (0, 7)), ((1, 2), (2, 4)), ((4, 5), (6, 7))])
def test_a_window_touches_the_tiles_that_hold_its_blocks(rows, cols):
    touched = [*GRID.touching(slice(*rows), slice(*cols))]
    wanted = {*itertools.product(range(*rows), range(*cols))}
    for number in range(GRID.count):
        assert (number in touched) == bool(wanted & {*blocks_of(GRID.place(number))})


@pytest.mark.parametrize(("size", "sides"), [(31, 31), (63, 63), (64, 32), (95, 48), (128, 32)])
def test_small_scenes_are_one_tile_and_others_about_alike(size, sides):
    grid = TileGrid.of(size, 5, 32)
    assert (grid.tile_rows, grid.tile_cols, grid.across) == (sides, 5, 1)


def test_opening_reads_no_tile():
    class Counting(BytesIO):
        read_bytes = 0

        def read(self, *size):
            data = super().read(*size)
            self.read_bytes += len(data)
            return data

    data = write_container(sections(payloads=[bytes(10_000)] * GRID.count))
    file = Counting(data)
    opened = open_compressed(file)
    assert file.read_bytes < 200
    assert opened.tiles.payload(4) == bytes(10_000)
    assert file.read_bytes < 10_400


def lengths(*changed):
    told = [8 + len(payload) - 1 for payload in PAYLOADS]
    for at, value in changed:
        told[at] = value
    return b"".join(map(encode_varint, told))


@pytest.mark.parametrize(
    "payload",
    [
        lengths() + struct.pack("<Q", INDEX + 1),
        lengths() + struct.pack("<Q", FIRST),
        lengths() + struct.pack("<Q", 2**63),
        lengths() + struct.pack("<Q", len(DATA)),
        lengths((0, 11), (1, 10)) + struct.pack("<Q", INDEX),
        lengths((0, 0), (1, 21)) + struct.pack("<Q", INDEX),
        lengths((8, 2**60)) + struct.pack("<Q", INDEX),
        lengths((2, 3)) + struct.pack("<Q", INDEX),
        lengths()[:-1] + struct.pack("<Q", INDEX),
        lengths() + b"\x09" + struct.pack("<Q", INDEX),
        lengths() + bytes(10_000) + struct.pack("<Q", INDEX),
        struct.pack("<Q", INDEX),
        b"",
    ],
)
def test_an_index_that_leads_elsewhere_is_refused(payload):
    with pytest.raises(FileFormatError, match=r"index|tile 0 is not where"):
        read_compressed(with_index(payload))


@pytest.mark.parametrize("last", [8, 200])
def test_an_index_that_ends_elsewhere_is_refused_before_a_tile_is_read(last):
    told = with_index(lengths((8, last)) + struct.pack("<Q", INDEX))
    with pytest.raises(FileFormatError, match="does not add up"):
        open_compressed(BytesIO(told))


def test_the_index_that_these_tests_write_is_the_right_one():
    assert with_index(lengths() + struct.pack("<Q", INDEX)) == DATA


def test_another_section_in_the_place_of_the_index_is_refused():
    told = with_index(lengths() + struct.pack("<Q", INDEX), SectionKind.BASIS)
    with pytest.raises(FileFormatError, match="index"):
        read_compressed(told)


@pytest.mark.parametrize("cut", [1, 6, 7, 20, 60])
def test_a_cut_file_is_refused_and_so_are_bytes_after_its_end(cut):
    for data in (DATA[:-cut], DATA + b"\0" * cut):
        with pytest.raises(FileFormatError, match="truncated"):
            read_compressed(data)


@pytest.mark.parametrize("offset", range(5, len(DATA), 3))
def test_a_changed_byte_is_found(offset):
    altered = bytearray(DATA)
    altered[offset] ^= 4
    with pytest.raises(FileFormatError):
        read_compressed(bytes(altered))


def test_swapped_tiles_are_refused():
    swapped = [*sections()]
    swapped[2], swapped[3] = swapped[3], swapped[2]
    with pytest.raises(FileFormatError, match="in the place of tile 0"):
        read_compressed(write_container(swapped))


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: [*sections()][:1] + [*sections()][2:], "does not tell of them"),
        (lambda: [*sections()][:2], "has none"),
        (lambda: [*sections()][:-1], "index"),
        (lambda: [*sections(codec=1)], "does not tell of them"),
        (lambda: after_the_grid(Section(SectionKind.SYMBOLS, b"")), "no file of tiles"),
        (lambda: after_the_grid(Section(SectionKind.TILE_INDEX, b"")), "no file of tiles"),
        (lambda: [*sections(TileGrid(5, 7, 0, 3))], "do not fit"),
        (lambda: [*sections(TileGrid(5, 7, 6, 3))], "do not fit"),
        (lambda: [*sections(TileGrid(5, 7, 2, 2**40))], "do not fit"),
    ],
)
def test_sections_that_do_not_belong_together_are_refused(made, told):
    with pytest.raises(FileFormatError, match=told):
        read_compressed(write_container(made()))


def test_tiles_come_last():
    with pytest.raises(ValueError, match="tiles come last"):
        write_container([*sections(), Section(SectionKind.BASIS, b"")])


def test_more_tiles_than_a_file_can_hold_are_refused_before_any_is_looked_for():
    made = sections(TileGrid(10**5, 10**5, 1, 1), rows=4 * 10**5, cols=4 * 10**5, bands=1)
    with pytest.raises(FileFormatError, match="more than it can hold"):
        read_compressed(write_container(made), Limits.none())


def test_thousands_of_tiny_tiles_cost_what_they_take():
    # 64 x 64 tiles of a block each take as long as a scene a hundred times as large.
    many = [b"\0\0"] * 4096
    grid = TileGrid(64, 64, 1, 1)
    data = write_container(sections(grid, many, rows=256, cols=256, bands=4, latent_channels=64))
    with pytest.raises(FileFormatError, match="--max-bytes"):
        read_compressed(data)
    assert read_compressed(data, Limits.none()).needed(Limits()) > 1 << 25


@pytest.mark.parametrize("number", range(GRID.count))
def test_a_damaged_tile_is_lost_alone(number):
    at = DATA.index(PAYLOADS[number])
    altered = DATA[:at] + b"\xff" + DATA[at + 1 :]
    tiles = open_compressed(BytesIO(altered), salvage=True).tiles
    for other in range(GRID.count):
        if other != number:
            assert tiles.payload(other) == PAYLOADS[other]
    with pytest.raises(FileFormatError, match="altered"):
        tiles.payload(number)


def test_without_an_index_tiles_are_found_one_after_another():
    altered = DATA[:INDEX] + b"\xff" + DATA[INDEX + 1 :]
    tiles = open_compressed(BytesIO(altered), salvage=True).tiles
    assert [tiles.payload(number) for number in range(GRID.count)] == PAYLOADS


def test_of_a_cut_file_the_first_tiles_are_left():
    at = DATA.index(PAYLOADS[5])
    tiles = open_compressed(BytesIO(DATA[:at]), salvage=True).tiles
    assert [tiles.payload(number) for number in range(5)] == PAYLOADS[:5]
    with pytest.raises(FileFormatError, match="tile 5 of the file is missing"):
        tiles.payload(5)


def test_salvage_goes_on_past_damaged_metadata_and_not_past_the_grid():
    data = write_container(after_the_grid(Section(SectionKind.METADATA, b"metadata")))
    altered = data.replace(b"metadata", b"metadatA")
    file = open_compressed(BytesIO(altered), salvage=True)
    assert file.lost == (SectionKind.METADATA,)
    assert file.tiles.payload(0) == PAYLOADS[0]
    grid = GRID.pack()
    broken = DATA.replace(bytes([12, 2]) + grid, bytes([12, 2]) + grid[::-1])
    with pytest.raises(FileFormatError, match="TILE_GRID"):
        open_compressed(BytesIO(broken), salvage=True)
