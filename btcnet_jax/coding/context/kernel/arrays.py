"""What the kernels work on, made in Python: weights, grid, what is known, and what a wave takes."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int, Int16, Int32, Int64, UInt8, UInt32, UInt64

from btcnet_jax.coding.context.layout import MAX_MAGNITUDE, GridLayout
from btcnet_jax.coding.context.levels import LEVELS
from btcnet_jax.coding.context.trellis import QUANTIZERS, STATES
from btcnet_jax.coding.context.weights import (
    MEAN_FEATURES,
    REMAINDERS,
    SCALE_FEATURES,
    TABLES,
    ContextWeights,
)
from btcnet_jax.coding.precision import PRECISION

Ints = Int[np.ndarray, "..."]

CLIP = 1 << 12
"""Patterns and targets count up to this magnitude, for the bounds at `MAX_MAGNITUDE`."""
SHRINK = 4
"""Added to the sum of squared patterns by which a cross term is divided."""

RAW_HALF = 13
"""A difference that is not listed lies within +-2 MAX_MAGNITUDE, and is coded in two halves of so many bits."""
RAW_BITS = 2 * RAW_HALF
assert 2 * MAX_MAGNITUDE < 1 << (RAW_BITS - 1)

DECODED, INVALID, TOO_LARGE, NO_PATH = range(4)
"""How coding went: well; the data cannot be such a stream; a symbol is beyond the limit, or not of the
quantizer whose turn it is."""


class Model(NamedTuple):
    """The weights of contexts, and the tables.

    Attributes:
        means, scales: as in `ContextWeights`.
        lefts: of each table, the cumulative frequencies, from 0 to 2**24.
        lengths: bits of each table's symbols, with those that follow them as they are: for estimates and the
            least size, not for decoding.
        shifts: of each table, lower bits that do not go through it.
        dependent: whether symbols are of two quantizers in turn (`trellis`).
        surprised: whether scales know surprise (`surprise`).
    """

    means: Int64[np.ndarray, "16 levels means"]
    scales: Int64[np.ndarray, "16 levels scales"]
    lefts: UInt32[np.ndarray, "tables edges"]
    lengths: Float64[np.ndarray, "tables symbols"]
    shifts: Int64[np.ndarray, " tables"]
    dependent: bool
    surprised: bool

    @classmethod
    def of(cls, weights: ContextWeights) -> "Model":
        """What the kernels take of weights."""
        frequencies = weights.frequencies
        shifts = np.repeat(weights.shifts, REMAINDERS).astype(np.int64)
        edges = np.cumsum(np.pad(frequencies, ((0, 0), (1, 0))), axis=1)
        shifts = np.tile(shifts, len(frequencies) // len(shifts))
        lengths = np.ascontiguousarray(PRECISION - np.log2(frequencies)) + shifts[:, None]
        lengths[:, -1] += RAW_BITS
        return cls(
            np.ascontiguousarray(weights.mean_weights, np.int64),
            np.ascontiguousarray(weights.scale_weights, np.int64),
            edges.astype(np.uint32),
            lengths,
            shifts,
            weights.dependent,
            weights.surprised,
        )

    @classmethod
    def blank(cls) -> "Model":
        """Weights of nothing and no tables: for what does not depend on them."""
        means = np.zeros((16, LEVELS, MEAN_FEATURES), np.int64)
        scales = np.zeros((16, LEVELS, SCALE_FEATURES), np.int64)
        tables = np.zeros((1, 1), np.uint32), np.zeros((1, 1)), np.zeros(1, np.int64)
        return cls(means, scales, *tables, dependent=False, surprised=False)


class Grid(NamedTuple):
    """See `GridLayout`."""

    rows: int
    cols: int
    diagonals: int
    size: int
    first: Int64[np.ndarray, " diagonals"]
    end: Int64[np.ndarray, " diagonals"]
    starts: Int64[np.ndarray, " diagonals"]
    offsets: Int64[np.ndarray, "diagonals 12"]
    opposite: Int64[np.ndarray, "diagonals 12"]

    @classmethod
    def of(cls, layout: GridLayout) -> "Grid":
        """What the kernels take of a layout."""
        offsets = np.ascontiguousarray(layout.offsets), np.ascontiguousarray(layout.opposite)
        indices = layout.first, layout.end, layout.starts, *offsets
        return cls(layout.rows, layout.cols, layout.diagonals, layout.size, *indices)


class Work(NamedTuple):
    """Room for what is found of coefficients one after another.

    Attributes:
        table: class of scale * REMAINDERS + remainder.
        expectation: in 1/256 steps.
        energy: squared patterns.
        width: how far from the expectation it is expected to be, but for surprise.
        chosen: symbols.
        stale: whether contexts have changed since they were found.
        scale: sums of weighted logarithms, but for surprise.
        cross: cross terms of the run at hand in 1/16 steps.
        total: magnitudes of its patterns.
        magnitudes: sums of several, before their logarithms; of DC the others as well.
        factors: of the expectation of DC.
        missed: how far those around were from their expectations, and were expected to be.
    """

    table: Int16[np.ndarray, " most"]
    expectation: Int64[np.ndarray, " most"]
    energy: Int32[np.ndarray, " most"]
    width: Int32[np.ndarray, " most"]
    chosen: Int32[np.ndarray, " places"]
    stale: Bool[np.ndarray, " places"]
    scale: Int32[np.ndarray, " most"]
    cross: Int64[np.ndarray, " longest"]
    total: Int32[np.ndarray, " longest"]
    magnitudes: Int32[np.ndarray, "8 longest"]
    factors: Int32[np.ndarray, "6 longest"]
    missed: Int32[np.ndarray, "2 longest"]

    @classmethod
    def room(cls, layout: GridLayout, most: int = 0, planes: bool = False) -> "Work":
        """For runs of a grid, or whole planes as runs, and so many coefficients in all."""
        longest = layout.size if planes else int((layout.end - layout.first).max())
        most = max(most, longest)
        return cls(
            table=np.zeros(most, np.int16),
            expectation=np.zeros(most, np.int64),
            energy=np.zeros(most, np.int32),
            width=np.zeros(most, np.int32),
            chosen=np.zeros(layout.size, np.int32),
            stale=np.zeros(layout.size, bool),
            scale=np.zeros(most, np.int32),
            cross=np.zeros(longest, np.int64),
            total=np.zeros(longest, np.int32),
            magnitudes=np.zeros((8, longest), np.int32),
            factors=np.zeros((6, longest), np.int32),
            missed=np.zeros((2, longest), np.int32),
        )


class Contexts(NamedTuple):
    """What was found of coefficients whose symbols are all known, stored plane by plane as `GridLayout` has it.

    Attributes:
        table, expectation: as of `Work`; empty where contexts are found as they are needed.
    """

    table: Int16[np.ndarray, " coefficients"]
    expectation: Int64[np.ndarray, " coefficients"]

    @classmethod
    def room(cls, coefficients: int) -> "Contexts":
        """For so many."""
        return cls(np.zeros(coefficients, np.int16), np.zeros(coefficients, np.int64))


class Trellis(NamedTuple):
    """Room for the search along the path of a plane.

    Attributes:
        costs: of the best way to each state.
        symbols: of each place the better symbols of each quantizer, of an even index and of an odd one.
        later: of each place a bit for each state behind it: whether the way there is from the later of the two
            states that lead to it.
        state: where the path has come to.
    """

    costs: Float64[np.ndarray, "8"]
    symbols: Int32[np.ndarray, "places 4"]
    later: UInt8[np.ndarray, " places"]
    state: Int64[np.ndarray, "1"]

    @classmethod
    def room(cls, layout: GridLayout, searched: bool) -> "Trellis":
        """For a grid.

        Args:
            layout: of the grid.
            searched: whether a path is sought, or followed alone.
        """
        places = layout.size if searched else 0
        return cls(
            np.zeros(STATES),
            np.zeros((places, 2 * QUANTIZERS), np.int32),
            np.zeros(places, np.uint8),
            np.zeros(1, np.int64),
        )


class Wave(NamedTuple):
    """What is coded together, in the order of its runs.

    Attributes:
        runs: component, position and diagonal of each.
        difference: of symbols from the rounded expectations, mirrored.
        listed: what its upper part is in the table.
        order: of coding.
        starts: where in it each table's begin.
    """

    runs: Int64[np.ndarray, "runs 3"]
    difference: Int64[np.ndarray, " most"]
    listed: Int16[np.ndarray, " most"]
    order: Int32[np.ndarray, " most"]
    starts: Int64[np.ndarray, " tables_1"]

    @classmethod
    def room(cls, runs: int, most: int) -> "Wave":
        """For so many runs and coefficients."""
        each = np.zeros(most, np.int64), np.zeros(most, np.int16), np.zeros(most, np.int32)
        starts = np.zeros(TABLES + 1, np.int64)
        return cls(np.zeros((runs, 3), np.int64), *each, starts)


LOWER, RANGE, POINT, FIRST = range(4)
"""Registers of `Stream`: start of the range and its size; what is decoded; the word that is held back."""
READ, WRITTEN, HELD, DAMAGED = range(4)
"""Counts of `Stream`: words read and written; words held back that may still grow by a carry; whether data were
invalid."""


class Stream(NamedTuple):
    """A range coder and its words.

    Attributes:
        words: that are read, or room for those that are written.
    """

    registers: UInt64[np.ndarray, "4"]
    counts: Int64[np.ndarray, "4"]
    words: UInt32[np.ndarray, " words"]

    @classmethod
    def start(cls, words: UInt32[np.ndarray, " words"] | None) -> "Stream":
        """A decoder of words; without any, an encoder that has no room yet."""
        registers, counts = np.zeros(4, np.uint64), np.zeros(4, np.int64)
        registers[RANGE] = np.iinfo(np.uint64).max
        if words is None:
            return cls(registers, counts, np.zeros(0, np.uint32))
        first, second = (*words[:2].tolist(), 0, 0)[:2]
        registers[POINT], counts[READ] = (first << 32) + second, 2
        return cls(registers, counts, words)

    def with_room(self, more: int) -> "Stream":
        """The encoder with room for so many words more, and for those that end it."""
        needed = int(self.counts[WRITTEN] + self.counts[HELD]) + more + 2
        if needed <= len(self.words):
            return self
        words = np.zeros(max(needed, 2 * len(self.words)), np.uint32)
        words[: len(self.words)] = self.words
        return self._replace(words=words)
