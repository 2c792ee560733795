"""The static table of the image: round trips, size, damaged input."""

import numpy as np
import pytest

from btcnet_jax.coding.bit_stream import BitWriter
from btcnet_jax.coding.static_table import compress_symbols, decompress_symbols, ideal_bits
from btcnet_jax.coding.table_layout import Sharing, read_layout
from btcnet_jax.errors import FileFormatError


def laplace_latent(rows=25, cols=25, channels=27, scales=(0.7, 40), centers=(60, 200), seed=1):
    rng = np.random.default_rng(seed)
    spread = np.exp(rng.uniform(*np.log(scales), channels))
    center = rng.integers(centers[0], centers[1] + 1, channels)
    latent = center + spread * rng.laplace(0, 1, (rows, cols, channels))
    return np.clip(np.rint(latent), 0, 255).astype(np.int32)


def channel_entropy_bytes(symbols):
    counts = [np.bincount(plane) for plane in symbols.reshape(-1, symbols.shape[2]).T]
    parts = [c[c > 0] * np.log2(c.sum() / c[c > 0]) for c in counts]
    return sum(map(np.sum, parts)) / 8


def assert_round_trip(symbols, bits):
    tables, payload = compress_symbols(symbols, bits)
    decoded = decompress_symbols(tables, payload, symbols.shape, bits)
    np.testing.assert_array_equal(decoded, symbols)
    assert decoded.dtype == np.int32
    return tables, payload


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 3), (5, 1, 1), (4, 5, 6)])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_random_symbols_round_trip(bits, shape, dtype):
    symbols = np.random.default_rng(bits).integers(0, 1 << bits, shape).astype(dtype)
    assert_round_trip(symbols, bits)


def test_more_channels_than_symbols_round_trip():
    assert_round_trip(np.random.default_rng(0).integers(0, 4, (2, 2, 150)), 2)


@pytest.mark.parametrize("value", [0, 255])
def test_equal_symbols_take_three_bytes(value):
    tables, payload = assert_round_trip(np.full((100, 100, 27), value), 8)
    assert len(tables) == 3
    assert payload == b""


def test_uniform_symbols_take_their_bits():
    symbols = np.random.default_rng(0).integers(0, 256, (64, 64, 10))
    tables, payload = assert_round_trip(symbols, 8)
    assert len(tables) <= 3
    assert len(payload) <= symbols.size + 4


def test_every_symbol_of_eight_bits_once():
    assert_round_trip(np.arange(256).reshape(16, 16, 1), 8)


@pytest.mark.parametrize(
    ("symbols", "sharing"),
    [
        (laplace_latent(channels=9, scales=(20, 20.1), centers=(128, 128)), Sharing.ONE_TABLE),
        (laplace_latent(rows=200, cols=200, channels=3), Sharing.PER_CHANNEL),
        (laplace_latent(), Sharing.CENTERED_GROUPS),
    ],
)
def test_cheapest_sharing_is_chosen(symbols, sharing):
    tables, _ = assert_round_trip(symbols, 8)
    assert read_layout(tables, symbols.shape[2], 8).sharing is sharing


def test_size_of_a_small_scene():
    symbols = laplace_latent()
    tables, payload = assert_round_trip(symbols, 8)
    # Measured: 151 + 10492 bytes, where the channels' own histograms, sent free, would take 10159.
    assert len(tables) <= 160
    assert len(tables) + len(payload) <= 1.05 * channel_entropy_bytes(symbols)


def test_size_of_many_symbols_is_within_a_percent_of_the_entropy():
    symbols = laplace_latent(rows=1000, cols=1000, channels=2)
    tables, payload = assert_round_trip(symbols, 8)
    entropy = channel_entropy_bytes(symbols)
    assert entropy <= len(payload) <= 1.001 * entropy
    assert len(tables) <= 0.001 * entropy


def test_ideal_bits_are_the_payload():
    symbols = laplace_latent(channels=9, seed=3)
    tables, payload = compress_symbols(symbols, 8)
    assert 0 <= 8 * len(payload) - ideal_bits(symbols, tables, 8) <= 64


def test_compression_is_deterministic():
    symbols = laplace_latent(rows=8, channels=5)
    assert compress_symbols(symbols, 8) == compress_symbols(symbols.copy(), 8)


@pytest.mark.parametrize(
    ("symbols", "bits"),
    [
        (np.array([[[-1]]]), 8),
        (np.array([[[4]]]), 2),
        (np.zeros((0, 3, 2), np.int32), 8),
        (np.zeros((1, 1, 1), np.int32), 1),
        (np.zeros((1, 1, 1), np.int32), 9),
    ],
)
def test_unusable_symbols_are_refused(symbols, bits):
    with pytest.raises(ValueError, match="must be"):
        compress_symbols(symbols, bits)


@pytest.mark.parametrize("shape", [(0, 1, 1), (1 << 20, 1 << 20, 27), (-1, 1, 1)])
def test_impossible_shape_is_refused(shape):
    with pytest.raises(FileFormatError, match="shape"):
        decompress_symbols(b"", b"", shape, 8)


def test_latent_beyond_memory_is_refused(monkeypatch):
    def no_memory(*args):
        raise MemoryError

    tables, payload = compress_symbols(np.zeros((2, 2, 1), np.int32), 8)
    monkeypatch.setattr(np, "empty", no_memory)
    with pytest.raises(FileFormatError, match="memory"):
        decompress_symbols(tables, payload, (2, 2, 1), 8)


@pytest.mark.parametrize("scales", [(0.7, 40), (20, 20.1)])
def test_truncated_tables_and_payload_are_refused(scales):
    symbols = laplace_latent(rows=5, cols=5, channels=4, scales=scales)
    tables, payload = compress_symbols(symbols, 8)
    for length in range(len(tables)):
        with pytest.raises(FileFormatError):
            decompress_symbols(tables[:length], payload, symbols.shape, 8)
    for length in range(len(payload)):
        with pytest.raises(FileFormatError):
            decompress_symbols(tables, payload[:length], symbols.shape, 8)
    with pytest.raises(FileFormatError, match="surplus"):
        decompress_symbols(tables + b"\0", payload, symbols.shape, 8)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([(3, 2)], "unknown kind"),
        # Centered groups, three of them for two channels (Exp-Golomb of order 3: 2 is 1010).
        ([(2, 2), (0b1010, 4)], "more symbol tables than channels"),
        # Three groups for three channels, of which the last claims a fourth.
        ([(2, 2), (0b1010, 4), *[(128, 8), (0, 2)] * 2, (128, 8), (3, 2)], "no symbol table"),
    ],
)
def test_damaged_layout_is_refused(fields, message):
    writer = BitWriter()
    for value, width in fields:
        writer.write(value, width)
    channels = 3 if len(fields) > 2 else 2
    with pytest.raises(FileFormatError, match=message):
        read_layout(writer.to_bytes(), channels, 8)


def test_altered_bytes_give_an_error_or_symbols_in_range():
    symbols = laplace_latent(rows=5, cols=5, channels=3)
    tables, payload = compress_symbols(symbols, 8)
    refused = 0
    for position in range(8 * len(tables + payload)):
        data = bytearray(tables + payload)
        data[position // 8] ^= 1 << position % 8
        refused += not decodes_in_range(
            bytes(data[: len(tables)]), bytes(data[len(tables) :]), symbols.shape
        )
    # Coding again finds most changes; the container's checksum finds all.
    assert refused > 0.5 * 8 * len(tables + payload)


def test_garbage_gives_an_error_or_symbols_in_range():
    rng = np.random.default_rng(4)
    decoded = 0
    for _ in range(1000):
        garbage = bytearray(rng.bytes(int(rng.integers(0, 60))))
        if garbage and rng.random() < 0.5:
            garbage[0] &= 0x3F  # one table for all, in bins of any width
        payload = rng.bytes(4 * int(rng.integers(0, 30)))
        decoded += decodes_in_range(bytes(garbage), payload, (10, 10, 3))
    assert decoded < 1000


def decodes_in_range(tables, payload, shape):
    try:
        decoded = decompress_symbols(tables, payload, shape, 8)
    except FileFormatError:
        return False
    assert decoded.shape == shape
    assert decoded.min() >= 0
    assert decoded.max() <= 255
    return True
