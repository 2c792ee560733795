"""What a file may ask for by its size, and by limits that a caller raises."""

import dataclasses
import re
import tracemalloc

import numpy as np
import pytest

from btcnet_jax.codec import Rate, load
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.header import CodecId, CoderId, EntropyModelId, Header
from btcnet_jax.container.limits import Limits
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError

HEADER = Header(
    rows=8,
    cols=8,
    bands=4,
    dtype="<i2",
    minimum=0,
    maximum=9,
    bits=8,
    latent_channels=16,
    fingerprint=bytes(8),
    entropy_model=EntropyModelId.CONTEXT,
    codec=CodecId.UNIVERSAL,
    coder=CoderId.RANGE,
)
CLAIMS = {
    "a column": {"rows": 1_520_000, "cols": 1, "bands": 1},
    "a square": {"rows": 2470, "cols": 2470, "bands": 1},
    "bands": {"rows": 1, "cols": 1, "bands": 1 << 31},
    "samples": {"rows": 32768, "cols": 32768, "bands": 2},
    "components": {"rows": 64, "cols": 64, "bands": 200, "latent_channels": 16 * 100},
}


def file_of(symbols=b"", **fields):
    header = dataclasses.replace(HEADER, **fields)
    kinds = {SectionKind.HEADER: header.pack(), SectionKind.SYMBOLS: symbols}
    return write_container([Section(kind, payload) for kind, payload in kinds.items()])


@pytest.mark.parametrize("claim", CLAIMS)
def test_small_file_of_a_large_scene_is_refused_before_anything_is_made(claim):
    data = file_of(**CLAIMS[claim])
    tracemalloc.start()
    with pytest.raises(
        FileFormatError, match=r"^\d+ bytes are few for the .* --max-bytes \d+"
    ) as told:
        read_compressed(data)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_the_message_names_is_enough_and_one_less_is_not(claim):
    data = file_of(**CLAIMS[claim])
    with pytest.raises(FileFormatError) as told:
        read_compressed(data)
    needed = int(re.search(r"--max-bytes (\d+)", str(told.value))[1])
    file = read_compressed(data, Limits.of_bytes(needed))
    assert file.needed(Limits()) == needed
    # Of a byte less only the file's own size is left.
    with pytest.raises(FileFormatError):
        read_compressed(data, Limits.of_bytes(needed // 2))


def test_larger_file_may_ask_for_more():
    claim = CLAIMS["a square"]
    with pytest.raises(FileFormatError, match="few"):
        read_compressed(file_of(bytes(20_000), **claim))
    assert read_compressed(file_of(bytes(40_000), **claim)).header.rows == 2470


def test_a_lower_limit_than_the_default_changes_nothing():
    assert Limits.of_bytes(0) == Limits()


def test_file_without_symbols_asks_for_no_time():
    header = dataclasses.replace(HEADER, rows=4000, cols=4000, bands=4)
    data = write_container([Section(SectionKind.HEADER, header.pack())])
    assert read_compressed(data).header.rows == 4000


def test_codec_reads_what_it_wrote_however_small_it_is():
    # Of the least to compute: neither the search nor the network has a part in this.
    codec, low = load(effort="light", decoder="none"), Limits(symbols=1000)
    codec._limits = low
    cube = np.zeros((10000, 4, 1), np.uint8)
    cube[0, 0, 0] = 1
    data = codec.compress(cube, Rate(0.5, or_smallest=True))
    with pytest.raises(FileFormatError, match="few"):
        load(decoder="none").decompress(data, limits=low)
    assert codec.decompress(data).values.shape == cube.shape
