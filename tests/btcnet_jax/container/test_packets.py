"""Packets: put together to the same bytes, and a flipped bit costs the packet that it is in."""

import io

import numpy as np
import pytest

from btcnet_jax.container.compressed_file import open_compressed
from btcnet_jax.container.container import END_SECTION, Section, pack_section
from btcnet_jax.container.packets import SYNC, cut_packets, join_packets
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_grid import SIDE
from btcnet_jax.errors import FileFormatError
from tests.streams.golden_streams import FOLDER


def _file(name="universal_tiles"):
    return (FOLDER / f"{name}.btcn").read_bytes()


def _packets(name="universal_tiles"):
    return list(cut_packets(io.BytesIO(_file(name))))


def _tiles(data):
    return open_compressed(io.BytesIO(data), salvage=True).tiles


def _kept(data, wanted, lost):
    """Whether a file holds the same tiles as another but for those that are lost."""
    found, whole = _tiles(data), _tiles(wanted)
    for number in range(whole.grid.count):
        if number in lost:
            with pytest.raises(FileFormatError, match=f"tile {number} of the file is missing"):
                found.payload(number)
        else:
            assert found.payload(number) == whole.payload(number)


@pytest.mark.parametrize(
    "name", ["universal_tiles", "universal", "network_8bit", "bounded", "universal_stream"]
)
def test_packets_in_any_order_make_the_same_file(name):
    packets = _packets(name)
    assert packets[0] == packets[-1]
    for given in (packets, packets[::-1], [b"noise", *packets[1:], SYNC, *packets, b"BTC"]):
        data, joined = join_packets(b"".join(given))
        assert data == _file(name)
        assert joined == (len(packets) - 1, [], False)


def test_a_lost_packet_is_told_and_the_rest_is_restored():
    packets, whole = _packets(), _file()
    data, joined = join_packets(b"".join(packets[:2] + packets[3:]))
    assert joined.lost == [1]
    _kept(data, whole, [1])
    with pytest.raises(FileFormatError, match="index of tiles"):
        open_compressed(io.BytesIO(data))


def test_a_flipped_bit_costs_its_packet_alone():
    packets, whole = _packets(), _file()
    stream = b"".join(packets)
    ends = np.cumsum([len(packet) for packet in packets])
    seen = {}
    for bit in np.random.default_rng(1).integers(8 * len(stream), size=10_000):
        damaged = bytearray(stream)
        damaged[bit // 8] ^= 1 << bit % 8
        data, joined = join_packets(bytes(damaged))
        hit = int(np.searchsorted(ends, bit // 8, side="right"))
        if hit in (0, len(packets) - 1):
            assert (data, joined.lost) == (whole, [])
        else:
            assert joined.lost == [hit - 1]
            if hit not in seen:
                _kept(data, whole, joined.lost)
            assert data == seen.setdefault(hit, data)


def test_a_cut_stream_and_lost_bytes_cost_what_they_hit():
    packets, whole = _packets(), _file()
    data, joined = join_packets(b"".join(packets)[: -len(packets[-1]) - len(packets[-2]) // 2])
    assert joined.lost == [len(packets) - 3]
    _kept(data, whole, joined.lost)
    stream = b"".join([packets[0], packets[1][:-7], *packets[2:]])
    assert join_packets(stream)[1].lost == [0]


def test_a_stream_keeps_its_end_in_a_packet_of_its_own():
    packets, whole = _packets("universal_stream"), _file("universal_stream")
    data, joined = join_packets(b"".join([*packets[:-2], packets[-1]]))
    assert (joined.lost, joined.end_lost) == ([], True)
    with pytest.raises(FileFormatError, match="its end is missing or damaged"):
        open_compressed(io.BytesIO(data))
    found = open_compressed(io.BytesIO(data), salvage=True)
    # The last group counts as full: how many lines it has its symbols tell (`codec.salvage`).
    assert not found.sure
    rows = open_compressed(io.BytesIO(whole)).header.rows
    side = SIDE * found.tiles.grid.tile_rows
    assert found.header.rows == -(-rows // side) * side
    _, joined = join_packets(b"".join([packets[0], *packets[2:]]))
    assert (joined.lost, joined.end_lost) == ([0], False)


def test_streams_that_lack_tiles_or_an_end_are_not_cut():
    head = [Section(SectionKind.HEADER, b"x"), Section(SectionKind.STREAM, b"")]
    data = _file()[:5] + b"".join(map(pack_section, head)) + END_SECTION
    with pytest.raises(FileFormatError, match="its end is missing"):
        list(cut_packets(io.BytesIO(data)))


@pytest.mark.parametrize("name", ["universal_tiles", "network_8bit", "universal_stream"])
def test_the_first_packet_alone_makes_no_file(name):
    with pytest.raises(FileFormatError, match="the first packet alone is whole"):
        join_packets(_packets(name)[0])


def test_what_is_no_stream_of_packets_is_refused():
    packets = _packets()
    for given in (b"", b"x" * 100, SYNC, SYNC * 50, packets[1][:-1], _file()):
        with pytest.raises(FileFormatError, match="no packet in it is whole"):
            join_packets(given)
    with pytest.raises(FileFormatError, match="both copies of the first packet are lost"):
        join_packets(b"".join(packets[1:-1]))
    with pytest.raises(FileFormatError, match="packets of several files"):
        join_packets(packets[0] + _packets("universal")[0])
    with pytest.raises(FileFormatError, match="not a BTCN file"):
        list(cut_packets(io.BytesIO(b"nothing of the kind")))
    with pytest.raises(FileFormatError, match="truncated"):
        list(cut_packets(io.BytesIO(_file()[:-3])))
