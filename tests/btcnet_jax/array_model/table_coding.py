"""Codes the coefficients of a wave with the tables of their contexts.

Of large scales only the upper bits of a difference go through the table, the lower ones follow as they are.
Upper parts that the table does not list are an escape, and follow in full.
"""

from itertools import pairwise

import numpy as np
from jaxtyping import Float64, Int

from array_model.contexts import Contexts
from array_model.layout import MAX_MAGNITUDE
from btcnet_jax.coding.context.weights import HALF, REMAINDERS, ContextWeights
from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.coding.range_coder import CONSTRICTION, RangeTable
from btcnet_jax.coding.streams import Code

_ESCAPE = 2 * HALF
# A difference lies within +-2 MAX_MAGNITUDE. Escapes are coded in two halves.
_RAW_HALF = 13
_RAW_BITS = 2 * _RAW_HALF
_RAW_OFFSET = 1 << (_RAW_BITS - 1)
assert 2 * MAX_MAGNITUDE < _RAW_OFFSET


class TableCoder:
    """All tables, ready for the coder.

    Args:
        weights: whose tables they are.
    """

    def __init__(self, weights: ContextWeights) -> None:
        frequencies = weights.frequencies
        self._tables = [CONSTRICTION.table(table) for table in frequencies.astype(np.int64)]
        self._shifts = np.repeat(weights.shifts, REMAINDERS).astype(np.int64)
        # Code lengths, for estimates and for the least size; decoding does not depend on them.
        self._lengths = PRECISION - np.log2(frequencies)
        self._raw = {
            bits: _uniform(bits) for bits in (*range(1, self._shifts.max() + 1), _RAW_HALF)
        }
        self.least_bits = float(self._lengths.min())

    def bits(self, values: Int[np.ndarray, "n"], contexts: Contexts) -> Float64[np.ndarray, "n"]:
        """Code length of each value."""
        shift = self._shifts[contexts.table]
        upper = (values - contexts.center) * contexts.mirror >> shift
        symbols = _symbols(upper)
        raw = np.where(symbols == _ESCAPE, _RAW_BITS, 0)
        return self._lengths[contexts.table, symbols] + shift + raw

    def code_wave(
        self, code: Code, values: Int[np.ndarray, "n"], contexts: Contexts
    ) -> Int[np.ndarray, "n"]:
        """Codes a wave: table by table, then lower bits, then escapes. Returns what was coded."""
        # 16-bit keys are sorted by radix, stably.
        order = np.argsort(contexts.table.astype(np.uint16), kind="stable")
        tables = contexts.table[order]
        shift = self._shifts[tables]
        difference = ((values - contexts.center) * contexts.mirror)[order]
        upper = difference >> shift
        symbols = self._code_symbols(code, _symbols(upper), tables)
        low = self._code_low_bits(code, difference.astype(np.int32), shift)
        coded = (self._code_escapes(code, upper, symbols) << shift) + low
        out = np.empty_like(coded)
        out[order] = coded
        return out * contexts.mirror + contexts.center

    def _code_symbols(
        self, code: Code, symbols: Int[np.ndarray, "n"], tables: Int[np.ndarray, "n"]
    ) -> Int[np.ndarray, "n"]:
        edges = np.flatnonzero(tables[1:] != tables[:-1]) + 1
        starts = [0, *edges.tolist()]
        ends = [*starts[1:], len(tables)]
        for start, end, table in zip(starts, ends, tables[starts].tolist(), strict=True):
            symbols[start:end] = code(symbols[start:end], self._tables[table])
        return symbols

    def _code_low_bits(
        self, code: Code, difference: Int[np.ndarray, "n"], shift: Int[np.ndarray, "n"]
    ) -> Int[np.ndarray, "n"]:
        """The lowest bits of differences, as many as `shift` says; it rises."""
        low = difference & ((1 << shift) - 1).astype(np.int32)
        if shift[-1] == 0:
            return low
        edges = np.searchsorted(shift, np.arange(1, shift[-1] + 2)).tolist()
        for bits, (start, end) in enumerate(pairwise(edges), 1):
            if end > start:
                low[start:end] = code(low[start:end], self._raw[bits])
        return low

    def _code_escapes(
        self, code: Code, upper: Int[np.ndarray, "n"], symbols: Int[np.ndarray, "n"]
    ) -> Int[np.ndarray, "n"]:
        """Upper parts of all differences, those that the table does not list being coded."""
        coded = symbols.astype(np.int64) - HALF
        far = np.flatnonzero(symbols == _ESCAPE)
        if far.size:
            raw = (upper[far] + _RAW_OFFSET).astype(np.int32)
            high = code(raw >> _RAW_HALF, self._raw[_RAW_HALF]).astype(np.int64)
            low = code(raw & ((1 << _RAW_HALF) - 1), self._raw[_RAW_HALF])
            coded[far] = (high << _RAW_HALF) + low - _RAW_OFFSET
        return coded


def _symbols(upper: Int[np.ndarray, "n"]) -> Int[np.ndarray, "n"]:
    listed = (upper >= -HALF) & (upper < HALF)
    return np.where(listed, upper + HALF, _ESCAPE).astype(np.int32)


def _uniform(bits: int) -> RangeTable:
    return CONSTRICTION.table(np.full(1 << bits, 1 << (PRECISION - bits), np.int64))
