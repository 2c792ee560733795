"""Frequency tables: normalization, fit, and their bits."""

import numpy as np
import pytest

from btcnet_jax.coding.bit_stream import BitReader, BitWriter
from btcnet_jax.coding.frequency_table import (
    FrequencyTable,
    fit_table,
    normalize_frequencies,
    read_table,
)
from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.errors import FileFormatError


def code_length(counts, frequencies):
    used = counts > 0
    return -np.sum(counts[used] * np.log2(frequencies[used] / frequencies.sum()))


def best_code_length(counts, total):
    """Gives each unit of the total to the bin that gains most: optimal, since log is concave."""
    frequencies = (counts > 0).astype(np.int64)
    for _ in range(total - frequencies.sum()):
        gain = np.where(counts > 0, counts * np.log2(1 + 1 / np.maximum(frequencies, 1)), -1)
        frequencies[np.argmax(gain)] += 1
    return code_length(counts, frequencies)


def laplace_counts(scale, samples, seed=0):
    symbols = np.rint(128 + np.random.default_rng(seed).laplace(0, scale, samples))
    return np.bincount(np.clip(symbols, 0, 255).astype(np.int64), minlength=256)


@pytest.mark.parametrize("total_bits", [7, 8, 10])
@pytest.mark.parametrize("scale", [2, 15])
def test_normalization_is_near_the_optimum(total_bits, scale):
    counts = laplace_counts(scale, 625)
    frequencies = normalize_frequencies(counts, total_bits)
    assert frequencies.sum() == 1 << total_bits
    np.testing.assert_array_equal(frequencies > 0, counts > 0)
    assert code_length(counts, frequencies) <= 1.002 * best_code_length(counts, 1 << total_bits)


def test_normalization_of_known_counts():
    # 3/6 and 2/6 and 1/6 of 16: 8, 5.33 and 2.67; the largest remainder gets the unit left.
    np.testing.assert_array_equal(normalize_frequencies(np.array([3, 0, 2, 1]), 4), [8, 0, 5, 3])
    # 96 % and four rare bins: those need a unit each, and the frequent one pays.
    np.testing.assert_array_equal(
        normalize_frequencies(np.array([1, 1, 96, 1, 1]), 3), [1, 1, 4, 1, 1]
    )


def test_as_many_bins_as_the_total_all_get_one():
    counts = np.arange(1, 257)
    np.testing.assert_array_equal(normalize_frequencies(counts, 8), np.ones(256))
    with pytest.raises(ValueError, match="do not fit"):
        normalize_frequencies(counts, 7)


def test_large_counts_do_not_overflow():
    counts = np.array([(1 << 36) - 1, 1, 1 << 35])
    frequencies = normalize_frequencies(counts, PRECISION)
    assert frequencies.sum() == 1 << PRECISION
    assert frequencies[1] == 1
    assert abs(frequencies[0] - 2 * frequencies[2]) < 4


@pytest.mark.parametrize("bits", [2, 5, 8])
@pytest.mark.parametrize("seed", range(4))
def test_fitted_table_round_trips_in_the_bits_it_names(bits, seed):
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(10 ** (seed + 1), rng.dirichlet(np.full(1 << bits, 0.3)))
    table = fit_table(counts, bits)
    writer = BitWriter()
    table.write(writer)
    data = writer.to_bytes()
    assert len(data) == -(-table.table_bits() // 8)
    reader = BitReader(data)
    read = read_table(reader, bits).symbol_frequencies()
    reader.finish()
    np.testing.assert_array_equal(read, table.symbol_frequencies())
    assert read.sum() == 1 << PRECISION
    assert np.all(read[counts > 0] > 0)


def test_fit_weighs_the_table_against_the_symbols():
    few, many = fit_table(laplace_counts(20, 625), 8), fit_table(laplace_counts(20, 10**6), 8)
    # 11 and 235 bytes were measured; far more would mean that the choice went wrong.
    assert few.table_bits() <= 8 * 16
    assert many.table_bits() <= 8 * 250
    assert few.bin_bits > many.bin_bits == 0


def test_lone_symbol_needs_only_its_place():
    counts = np.zeros(256, np.int64)
    counts[77] = 1000
    table = fit_table(counts, 8)
    assert table.payload_bits(counts) == 0
    assert table.table_bits() == 19


def test_impossible_symbol_is_infinitely_long():
    table = FrequencyTable(2, 0, 1, 0, np.array([1, 1]))
    assert table.payload_bits(np.array([3, 5, 0, 0])) == 8
    assert table.payload_bits(np.array([3, 5, 1, 0])) == np.inf


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([(3, 3)], "wider"),
        ([(0, 3), (2, 2), (3, 2)], "leaves the range"),
        # bins 0 and 1, total 2**1, order 0, first frequency 2: nothing left for the last.
        ([(0, 3), (0, 2), (1, 2), (1, 4), (0, 3), (0b011, 3)], "add up"),
        ([(0, 3), (0, 2), (1, 2), (1, 4), (0, 3), (0b1, 1)], "add up"),
        ([(0, 3), (0, 2), (1, 2)], "truncated"),
    ],
)
def test_damaged_table_is_refused(fields, message):
    writer = BitWriter()
    for value, width in fields:
        writer.write(value, width)
    with pytest.raises(FileFormatError, match=message):
        read_table(BitReader(writer.to_bytes()), 2)
