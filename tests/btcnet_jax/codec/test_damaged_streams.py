"""Streams of lines, cut or damaged: what is whole of them is restored, nothing else is taken for whole."""

import io

import numpy as np
import pytest
from flight_line import flight_codec, flight_plan, flight_scene, flight_values, restored, written

from btcnet_jax.codec import Limits
from btcnet_jax.codec.salvage import settled
from btcnet_jax.container.compressed_file import open_compressed, read_compressed
from btcnet_jax.container.container import ContainerWriter, Section
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.stream_end import stream_end
from btcnet_jax.errors import FileFormatError


@pytest.fixture(scope="module")
def codec(plain_weights):
    return flight_codec(plain_weights)


@pytest.fixture(scope="module")
def values(make_cube):
    return flight_values(make_cube)


@pytest.fixture(scope="module")
def scene(values):
    return flight_scene(values)


@pytest.fixture(scope="module")
def made(codec, scene):
    return flight_plan(codec, scene)


@pytest.fixture(scope="module")
def stream(made, codec, scene):
    return written(made, codec, [scene.values], info=scene)


def test_a_stream_cut_anywhere_is_refused(stream):
    for cut in range(0, len(stream), 37):
        with pytest.raises(FileFormatError) as refused:
            open_compressed(io.BytesIO(stream[:cut]), Limits.none())
        assert "\n" not in str(refused.value)


def test_the_lines_before_a_cut_are_salvaged(stream, codec, scene):
    whole = restored(codec, stream).values
    file = open_compressed(io.BytesIO(stream), Limits.none())
    starts = [file.tiles._places[number][0] for number in range(file.tiles.grid.count)]
    # Inside of the tenth tile, where three rows of three are whole.
    cut = io.BytesIO(stream[: starts[9] + 20])
    salvaged = open_compressed(cut, Limits.none(), salvage=True)
    assert salvaged.lost == (SectionKind.STREAM_END,)
    assert salvaged.header.rows == 48
    again = codec.decompress(salvaged).values
    valid = scene.values[:40] != -9999
    np.testing.assert_array_equal(again[:40][valid], whole[:40][valid])
    # Nothing tells that the third row of tiles is not the last, shorter one, but for how it decodes.
    exact = open_compressed(io.BytesIO(stream[: starts[9]]), Limits.none(), salvage=True)
    assert not exact.sure
    assert settled(exact, codec).header.rows == 48
    with pytest.raises(FileFormatError, match="no group of lines is whole"):
        open_compressed(io.BytesIO(stream[: starts[1]]), Limits.none(), salvage=True)


def test_every_whole_group_of_a_stream_cut_anywhere_is_salvaged(stream, codec):
    whole = restored(codec, stream).values
    file = open_compressed(io.BytesIO(stream), Limits.none())
    ends = [sum(file.tiles._places[number]) for number in range(file.tiles.grid.count)]
    across = file.tiles.grid.across
    groups = ends[across - 1 :: across]
    around = {end + more for end in ends for more in (-1, 0, 1)}
    cuts = {*range(ends[0], len(stream), 97), *around, len(stream) - 1}
    valid = whole != -9999
    for cut in sorted(cut for cut in cuts if ends[0] <= cut < len(stream)):
        count = sum(end <= cut for end in groups)
        opened = io.BytesIO(stream[:cut])
        if not count:
            with pytest.raises(FileFormatError, match="no group of lines is whole"):
                open_compressed(opened, Limits.none(), salvage=True)
            continue
        salvaged = settled(open_compressed(opened, Limits.none(), salvage=True), codec)
        # The last six lines are eight where STREAM_END is lost: two rows of blocks.
        ended = not salvaged.lost
        assert salvaged.header.rows == (70 if ended else min(16 * count, 72))
        if cut not in around and cut % 5:
            continue
        again = codec.decompress(salvaged).values
        # The transform of a block reaches to the next one: what is above the last lines is the same.
        exact = 70 if count == len(groups) else 16 * count - 8
        seen = valid[:exact] | ended
        np.testing.assert_array_equal(again[:exact][seen], whole[:exact][seen])


def test_of_a_stream_whose_index_alone_is_lost_nothing_is_lost(stream, codec):
    salvaged = open_compressed(io.BytesIO(stream[:-20]), Limits.none(), salvage=True)
    assert (salvaged.lost, salvaged.sure) == ((), True)
    np.testing.assert_array_equal(codec.decompress(salvaged).values, restored(codec, stream).values)


def test_damage_at_the_end_of_a_stream_is_found(stream):
    for at in range(len(stream) - 60, len(stream)):
        damaged = bytearray(stream)
        damaged[at] ^= 0x11
        with pytest.raises(FileFormatError):
            open_compressed(io.BytesIO(bytes(damaged)), Limits.none())


def test_a_stream_of_few_bytes_that_tells_of_many_lines_is_refused(made, codec, values):
    file = read_compressed(written(made, codec, [values]), Limits.none())
    hostile = io.BytesIO()
    writer = ContainerWriter(hostile)
    for kind, payload in file.sections.items():
        if kind != SectionKind.MASK:
            writer.add(Section(kind, payload))
    writer.add(Section(SectionKind.TILE, b"\0\0"))
    for section in stream_end(2**33, b""):
        writer.add(section)
    writer.finish()
    with pytest.raises(FileFormatError, match=r"tells of|more than"):
        open_compressed(hostile)
