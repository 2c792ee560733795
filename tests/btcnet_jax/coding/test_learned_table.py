"""Symbols coded with tables of the model: exact, escapes included, near the ideal, damage refused."""

import numpy as np
import pytest
from scipy import stats

from btcnet_jax.coding.bit_stream import BitWriter
from btcnet_jax.coding.frequency_table import normalize_frequencies
from btcnet_jax.coding.learned_table import MAX_MAGNITUDE, LearnedTables
from btcnet_jax.errors import FileFormatError

SCALES = (0.3, 3.0, 12.0)
CENTERS = (0, -7, 40)


def _tables(reach=30):
    """Laplace distributions, each listed as far as `reach` on both sides of its center."""
    rows = []
    for scale in SCALES:
        k = np.arange(-reach, reach + 1)
        mass = stats.laplace.cdf(k + 0.5, 0, scale) - stats.laplace.cdf(k - 0.5, 0, scale)
        counts = np.array([max(1 - mass.sum(), 0) + 2e-5, *mass]) * 2**30
        rows.append(normalize_frequencies(np.maximum(counts, 1).astype(np.int64), 24))
    frequencies = np.zeros((3, 2 * reach + 9), np.int32)  # zeros after the last symbol
    frequencies[:, : 2 * reach + 2] = rows
    return LearnedTables(frequencies, np.array(CENTERS, np.int32) - reach)


def _symbols(rows=20, cols=30, seed=0, spread=1.0):
    random = np.random.default_rng(seed)
    values = CENTERS + spread * random.laplace(0, SCALES, (rows, cols, 3))
    return np.rint(values).astype(np.int32)


@pytest.mark.parametrize("shape", [(1, 1), (20, 30), (3, 700)])
@pytest.mark.parametrize("spread", [1.0, 20.0])
def test_symbols_come_back_exactly_listed_or_not(shape, spread):
    tables, symbols = _tables(), _symbols(*shape, spread=spread)
    decoded = tables.decompress(tables.compress(symbols), symbols.shape)
    np.testing.assert_array_equal(decoded, symbols)
    assert decoded.dtype == np.int32


def test_escapes_of_any_size_on_both_sides_come_back():
    tables = _tables()
    far = [-MAX_MAGNITUDE, -5000, -38, -37, -31, -30, 30, 31, 70, 71, 9999, MAX_MAGNITUDE]
    symbols = np.array(far, np.int32).reshape(2, 2, 3)
    np.testing.assert_array_equal(tables.decompress(tables.compress(symbols), (2, 2, 3)), symbols)


@pytest.mark.parametrize("spread", [1.0, 6.0])
def test_bytes_are_the_ideal_code_length_place_by_place(spread):
    tables, symbols = _tables(), _symbols(60, 60, spread=spread)
    bits = tables.bits_by_place(symbols)
    assert bits.shape == (60, 60)
    assert 0 <= 8 * len(tables.compress(symbols)) - bits.sum() < 100
    symbols[3, 5, 1] = 4000
    assert np.argmax(tables.bits_by_place(symbols) - bits) == 3 * 60 + 5


@pytest.mark.parametrize(
    "symbols",
    [
        np.zeros((0, 3, 3), np.int32),
        np.zeros((3, 3, 2), np.int32),
        np.full((1, 1, 3), MAX_MAGNITUDE + 1),
    ],
)
def test_unusable_symbols_are_refused(symbols):
    with pytest.raises(ValueError, match="must"):
        _tables().compress(symbols)


@pytest.mark.parametrize("row", [[2**24, 0, 0], [0, 2**24, 0], [5, 2**24 - 4, 0]])
def test_tables_without_symbol_escape_or_sum_are_refused(row):
    with pytest.raises(ValueError, match=r"table lists no|must be >= 0 and sum"):
        LearnedTables(np.array([row], np.int32), np.zeros(1, np.int32))


@pytest.mark.parametrize("spread", [1.0, 6.0])
def test_truncated_longer_and_misshapen_payloads_are_refused(spread):
    tables, symbols = _tables(), _symbols(6, 5, spread=spread)
    payload = tables.compress(symbols)
    for length in range(len(payload)):
        with pytest.raises(FileFormatError):
            tables.decompress(payload[:length], symbols.shape)
    for surplus in (b"\0", bytes(4), b"\1\2\3\4"):
        with pytest.raises(FileFormatError):
            tables.decompress(payload + surplus, symbols.shape)
    for shape in [(0, 5, 3), (6, 5, 2), (6, 50, 3), (1 << 20, 1 << 20, 3)]:
        with pytest.raises(FileFormatError):
            tables.decompress(payload, shape)


@pytest.mark.parametrize("side", [0, 1])
def test_an_escape_beyond_all_symbols_is_refused(side):
    tables, symbols = _tables(), np.array([[CENTERS]], np.int32)
    symbols[0, 0, 0] = 40
    payload = tables.compress(symbols)
    words = payload[1 : len(payload) - payload[0]]

    def with_escape(code):
        writer = BitWriter()
        writer.write_exp_golomb(code, 3)
        escape = writer.to_bytes()
        return bytes([len(escape)]) + words + escape

    assert with_escape(2 * (40 - 31)) == payload
    largest = 2 * MAX_MAGNITUDE - 2 * 31 + side
    decoded = tables.decompress(with_escape(largest), (1, 1, 3))
    assert abs(decoded[0, 0, 0]) >= MAX_MAGNITUDE - 1
    for code in (largest + 4, 2**32):
        with pytest.raises(FileFormatError, match="impossibl"):
            tables.decompress(with_escape(code + side), (1, 1, 3))


def test_garbage_gives_an_error_or_symbols():
    tables, random = _tables(), np.random.default_rng(0)
    payload = tables.compress(_symbols(4, 4, spread=4.0))
    refused = 0
    for _ in range(600):
        data = bytearray(payload if random.random() < 0.7 else random.bytes(len(payload)))
        data[random.integers(len(data))] ^= 1 << random.integers(8)
        try:
            decoded = tables.decompress(bytes(data), (4, 4, 3))
        except FileFormatError:
            refused += 1
        else:
            assert np.abs(decoded).max() <= MAX_MAGNITUDE
    assert refused > 300
