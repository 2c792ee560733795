"""Integer frequency tables of symbols 0..2**bits-1: fitted to counts, and written in few bits.

A table costs bits too, and a small scene has only some hundred symbols per channel. So a table may
be coarse in two ways, both chosen by the total cost: symbols share a frequency in aligned bins of
2**bin_bits symbols, and the frequencies of the bins sum to a small power of two. Everything a
decoder does with a table is integer arithmetic.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from btcnet_jax.coding.bit_stream import BitReader, BitWriter, exp_golomb_lengths
from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.errors import FileFormatError

_BIN_FIELD, _TOTAL_FIELD, _ORDER_FIELD = 3, 4, 3
_MAX_TOTAL_BITS = (1 << _TOTAL_FIELD) - 1


@dataclass(frozen=True)
class FrequencyTable:
    """A table as it is written: bins of 2**bin_bits symbols whose frequencies sum to 2**total_bits.

    Attributes:
        bits: the symbols are 0..2**bits-1.
        bin_bits: symbols s with the same s >> bin_bits share a bin, and its frequency evenly.
        total_bits: binary logarithm of the sum of the frequencies.
        first_bin: index of the first bin that is listed.
        frequencies: one integer >= 0 per listed bin; the first and the last are > 0.
    """

    bits: int
    bin_bits: int
    total_bits: int
    first_bin: int
    frequencies: Int[np.ndarray, "bins"]

    def symbol_frequencies(self) -> Int[np.ndarray, "alphabet"]:
        """Frequencies of all 2**bits symbols, exact integers that sum to 2**PRECISION."""
        bins = np.zeros(1 << (self.bits - self.bin_bits), np.int64)
        bins[self.first_bin : self.first_bin + self.frequencies.size] = self.frequencies
        return np.repeat(bins << (PRECISION - self.total_bits - self.bin_bits), 1 << self.bin_bits)

    def payload_bits(self, counts: Int[np.ndarray, "alphabet"]) -> float:
        """Ideal code length of symbols with these counts; infinite if one is impossible."""
        used = counts > 0
        with np.errstate(divide="ignore"):
            lengths = PRECISION - np.log2(self.symbol_frequencies()[used])
        return float(np.sum(counts[used] * lengths))

    def table_bits(self) -> int:
        """Bits that `write` takes."""
        fixed = _BIN_FIELD + 2 * (self.bits - self.bin_bits)
        if self.frequencies.size == 1:
            return fixed
        return fixed + _TOTAL_FIELD + _ORDER_FIELD + _best_order(self.frequencies[:-1])[1]

    def write(self, writer: BitWriter) -> None:
        """Appends the table. The last frequency is what is left of the total, so it is not sent."""
        width = self.bits - self.bin_bits
        writer.write(self.bin_bits, _BIN_FIELD)
        writer.write(self.first_bin, width)
        writer.write(self.frequencies.size - 1, width)
        if self.frequencies.size > 1:
            order = _best_order(self.frequencies[:-1])[0]
            writer.write(self.total_bits, _TOTAL_FIELD)
            writer.write(order, _ORDER_FIELD)
            for frequency in self.frequencies[:-1].tolist():
                writer.write_exp_golomb(frequency, order)


def read_table(reader: BitReader, bits: int) -> FrequencyTable:
    """Reads what FrequencyTable.write wrote for symbols 0..2**bits-1.

    Raises:
        FileFormatError: the bits end early or describe no table.
    """
    bin_bits = reader.read(_BIN_FIELD)
    if bin_bits > bits:
        raise FileFormatError("a symbol table has bins wider than its range: the file is damaged")
    width = bits - bin_bits
    first_bin, bins = reader.read(width), reader.read(width) + 1
    if first_bin + bins > 1 << width:
        raise FileFormatError("a symbol table leaves the range of symbols: the file is damaged")
    if bins == 1:
        return FrequencyTable(bits, bin_bits, 0, first_bin, np.ones(1, np.int64))
    total_bits, order = reader.read(_TOTAL_FIELD), reader.read(_ORDER_FIELD)
    listed = [reader.read_exp_golomb(order) for _ in range(bins - 1)]
    last = (1 << total_bits) - sum(listed)
    if last < 1 or listed[0] < 1:
        raise FileFormatError(
            "the frequencies of a symbol table do not add up: the file is damaged"
        )
    return FrequencyTable(
        bits, bin_bits, total_bits, first_bin, np.array([*listed, last], np.int64)
    )


def fit_table(counts: Int[np.ndarray, "alphabet"], bits: int) -> FrequencyTable:
    """The table that codes symbols of these counts, itself included, in the fewest bits.

    Args:
        counts: occurrences of the symbols 0..2**bits-1, at least one of them > 0.
        bits: 2 to 8.
    """
    candidates = [_fit_binned(counts, bits, bin_bits) for bin_bits in range(min(bits, 7) + 1)]
    return min(candidates, key=lambda candidate: candidate[0])[1]


def normalize_frequencies(
    counts: Int[np.ndarray, "bins"], total_bits: int
) -> Int[np.ndarray, "bins"]:
    """Frequencies nearly proportional to the counts, >= 1 where a count is, of sum 2**total_bits.

    Largest remainders get what rounding down leaves; where the ones raised to 1 take too much,
    those bins give back whose code grows least. Integers only, ties by position: the same on any
    machine.

    Args:
        counts: occurrences >= 0, below 2**36; at most 2**total_bits of them > 0, and at least one.
        total_bits: 0 to PRECISION.

    Raises:
        ValueError: more occurring bins than the total has room for.
    """
    counts = counts.astype(np.int64)
    total, size = 1 << total_bits, int(counts.sum())
    if np.count_nonzero(counts) > total:
        raise ValueError(f"{np.count_nonzero(counts)} bins do not fit into a total of {total}")
    frequencies = np.where(counts > 0, np.maximum(counts * total // size, 1), 0)
    missing = total - int(frequencies.sum())
    if missing > 0:
        remainders = counts * total - frequencies * size
        frequencies[np.argsort(-remainders, kind="stable")[:missing]] += 1
    elif missing < 0:
        _take_back(frequencies, counts, -missing)
    return frequencies


def _take_back(
    frequencies: Int[np.ndarray, "bins"], counts: Int[np.ndarray, "bins"], debt: int
) -> None:
    """Lowers frequencies above 1 in place until their sum is less by `debt`."""
    while debt > 0:
        # d/df of count * log2 f is about count / (f - 1/2). Halving the debt each time keeps the
        # rounds few and still lets a frequent bin give more than once.
        loss = (counts << 24) // (2 * frequencies - 1)
        loss[frequencies <= 1] = np.iinfo(np.int64).max
        count = min((debt + 1) // 2, int(np.sum(frequencies > 1)))
        frequencies[np.argsort(loss, kind="stable")[:count]] -= 1
        debt -= count


def _fit_binned(
    counts: Int[np.ndarray, "alphabet"], bits: int, bin_bits: int
) -> tuple[float, FrequencyTable]:
    binned = counts.reshape(-1, 1 << bin_bits).sum(axis=1)
    occurring = np.flatnonzero(binned)
    first = int(occurring[0])
    binned = binned[first : int(occurring[-1]) + 1]
    if binned.size == 1:
        lone = FrequencyTable(bits, bin_bits, 0, first, np.ones(1, np.int64))
        return lone.payload_bits(counts) + lone.table_bits(), lone
    least_total = int(occurring.size - 1).bit_length()
    best = _fit_total(counts, bits, bin_bits, first, binned, least_total)
    for total_bits in range(least_total + 1, _MAX_TOTAL_BITS + 1):
        finer = _fit_total(counts, bits, bin_bits, first, binned, total_bits)
        if finer[0] >= best[0]:
            # Finer frequencies save ever less and cost ever more: past the minimum it only rises.
            break
        best = finer
    return best


def _fit_total(
    counts: Int[np.ndarray, "alphabet"],
    bits: int,
    bin_bits: int,
    first_bin: int,
    binned: Int[np.ndarray, "bins"],
    total_bits: int,
) -> tuple[float, FrequencyTable]:
    frequencies = normalize_frequencies(binned, total_bits)
    table = FrequencyTable(bits, bin_bits, total_bits, first_bin, frequencies)
    return table.payload_bits(counts) + table.table_bits(), table


def _best_order(frequencies: Int[np.ndarray, "bins"]) -> tuple[int, int]:
    """The order of the cheapest Exp-Golomb code, and its bits."""
    costs = [int(exp_golomb_lengths(frequencies, n).sum()) for n in range(1 << _ORDER_FIELD)]
    order = int(np.argmin(costs))
    return order, costs[order]
