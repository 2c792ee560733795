"""`entry_coding` in 64 bits, to and from the range coder of the contexts."""

import numpy as np
from jaxtyping import Float64, Int64, UInt32

from btcnet_jax.coding.context.kernel.arrays import DAMAGED, Ints, Stream
from btcnet_jax.coding.context.kernel.compiling import entry, inner, shared
from btcnet_jax.coding.context.kernel.range_coding import narrow, seal, share
from btcnet_jax.coding.entry_coding import (
    COLUMN,
    COLUMN_LEAST,
    COLUMN_MOST,
    COLUMN_ONE,
    COLUMN_WEIGHT,
    CONSTANT,
    FAST,
    FAST_LEAST,
    FAST_WEIGHT,
    LENGTH_BITS,
    SLOW,
    SLOW_LEAST,
    SLOW_WEIGHT,
    START,
)
from btcnet_jax.coding.entry_kernel.arrays import (
    CODED,
    IMPOSSIBLE,
    INVALID,
    WIDE,
    EntryTables,
    Predictors,
)
from btcnet_jax.coding.entry_kernel.prediction import (
    MOST_VALUE,
    learn,
    look,
    mean_prediction,
    predict,
    start_row,
)
from btcnet_jax.coding.entry_prediction import ONE
from btcnet_jax.coding.entry_tables import ESCAPE, HALF, HIGHEST, LOWEST, REMAINDERS
from btcnet_jax.coding.integer_coding import MAX_MAGNITUDE, RAW_BITS
from btcnet_jax.coding.precision import PRECISION


@entry
def code_symbol(
    stream: Stream, lefts: UInt32[np.ndarray, " edges"], symbol: int, decoding: bool
) -> int:
    """Codes a symbol with a table, and gives it."""
    return _code(stream, lefts, symbol, decoding)


@entry
def code_entries(
    tables: EntryTables,
    state: Predictors,
    stream: Stream,
    exponents: Int64[np.ndarray, " bands"],
    wanted: Float64[np.ndarray, "rows bands"],
    bit_worth: float,
    symbols: Int64[np.ndarray, "rows bands"],
    left: Int64[np.ndarray, "rows bands"],
    columns: Int64[np.ndarray, " bands"],
    decoding: bool,
) -> int:
    """Codes all entries, and seals the stream behind them.

    Args:
        wanted: entries in steps, of an encoder.
        bit_worth: squared error, in squared steps, that a bit must save.
        symbols: is filled with them.
        left: with what predictions left, in 1/ONE steps.
        columns: with running means of the bands.
    """
    columns[:] = COLUMN_ONE << COLUMN
    means = state.means
    means[0], means[1] = START << FAST, START << SLOW
    for row in range(len(symbols)):
        own, count = 2 + min(row, 1), 3 + 2 * min(row, 2)
        start_row(state)
        for band in range(len(exponents)):
            if band and not look(state, symbols, left, exponents, row, band):
                return WIDE
            if not predict(state, own, count):
                return WIDE
            predicted = mean_prediction(state)
            scale = _scale(tables, means, columns[band])
            goal = 0.0 if decoding else wanted[row, band]
            symbol = _code_entry(tables, stream, predicted, scale, goal, bit_worth, decoding)
            if abs(symbol) > MAX_MAGNITUDE:
                return IMPOSSIBLE
            value = symbol * ONE
            rest = value - predicted
            if max(abs(value), abs(rest)) >= MOST_VALUE or not learn(state, own, count, value):
                return WIDE
            symbols[row, band], left[row, band] = symbol, rest
            columns[band] += _learn_scale(means, columns[band], rest)
    seal(stream, decoding)
    return INVALID if stream.counts[DAMAGED] else CODED


@inner
def _scale(tables: EntryTables, means: Ints, column: int) -> int:
    total = FAST_WEIGHT * _log(tables.roots, (means[0] >> FAST) + FAST_LEAST)
    total += SLOW_WEIGHT * _log(tables.roots, (means[1] >> SLOW) + SLOW_LEAST)
    total += COLUMN_WEIGHT * _log(tables.roots, (column >> COLUMN) + COLUMN_LEAST)
    return max(LOWEST, (total + CONSTANT) >> 6)


@inner
def _learn_scale(means: Ints, column: int, rest: int) -> int:
    """Enters what a prediction left; gives what a band's mean grows by."""
    fast, slow, far = means[0] >> FAST, means[1] >> SLOW, abs(rest)
    mean = (fast + slow) >> 1
    limited = min(far, 8 * mean + 4 * ONE)
    means[0] += limited - fast
    means[1] += limited - slow
    return min(COLUMN_MOST, COLUMN_ONE * far // max(mean, ONE // 5)) - (column >> COLUMN)


@shared
def _log(roots: Ints, value: int) -> int:
    """Binary logarithm in 1/16, rounded down."""
    low, high = 0, len(roots)
    while high - low > 1:
        middle = (low + high) >> 1
        if roots[middle] <= value:
            low = middle
        else:
            high = middle
    return low


@shared
def _code_entry(
    tables: EntryTables,
    stream: Stream,
    predicted: int,
    scale: int,
    wanted: float,
    bit_worth: float,
    decoding: bool,
) -> int:
    quarters = (predicted + ONE // 8) // (ONE // 4)
    center = (quarters + 2) >> 2
    rest = quarters - 4 * center
    spare = max(0, (scale - HIGHEST + 3) >> 2)
    side = -1 if rest < 0 else 1
    table = (scale - 4 * spare - LOWEST) * REMAINDERS + (0 if spare else abs(rest))
    symbol = 0
    if not decoding:
        symbol = _round(tables.lengths[table], wanted, center, side, spare, bit_worth)
        if abs(symbol) > MAX_MAGNITUDE:
            return symbol
    half = 1 << spare >> 1
    difference = (symbol - center) * side + half
    upper = difference >> spare
    index = upper + HALF if -HALF <= upper < HALF else ESCAPE
    index = _code(stream, tables.lefts[table], index, decoding)
    if index == ESCAPE:
        difference = _code_far(stream, difference, decoding)
    else:
        lower = _code_bits(stream, difference, spare, decoding)
        difference = ((index - HALF) << spare) + lower
    return (difference - half) * side + center


@inner
def _round(
    lengths: np.ndarray, wanted: float, center: int, side: int, spare: int, bit_worth: float
) -> int:
    """The nearest integer, or the one beside it towards the prediction where that is worth it."""
    nearest = int(np.rint(wanted))
    if spare or nearest == center:
        return nearest
    other = nearest + (1 if center > nearest else -1)
    saved = lengths[_index(nearest, center, side)] - lengths[_index(other, center, side)]
    lost = (wanted - other) * (wanted - other) - (wanted - nearest) * (wanted - nearest)
    return other if lost < bit_worth * saved else nearest


@inner
def _index(symbol: int, center: int, side: int) -> int:
    index = (symbol - center) * side + HALF
    return index if 0 <= index < ESCAPE else ESCAPE


@shared
def _code_far(stream: Stream, difference: int, decoding: bool) -> int:
    """How many bits it has, then all but the first of them. Beyond all integers where that cannot be."""
    folded, length = 2 * difference + 1 if difference >= 0 else -2 * difference, 0
    while folded >> length:
        length += 1
    length = _code_bits(stream, length, LENGTH_BITS, decoding)
    if not 0 < length < 62:
        return 4 * MAX_MAGNITUDE
    folded = 1 << (length - 1) | _code_bits(stream, folded, length - 1, decoding)
    return folded // 2 if folded % 2 else -(folded // 2)


@shared
def _code_bits(stream: Stream, value: int, bits: int, decoding: bool) -> int:
    """The lowest bits of a value, each as likely 0 as 1."""
    coded = 0
    while bits > 0:
        part = min(bits, RAW_BITS)
        bits -= part
        step = PRECISION - part
        piece = share(stream) >> step if decoding else value >> bits & (1 << part) - 1
        narrow(stream, piece << step, 1 << step, decoding)
        coded = coded << part | piece
    return coded


@shared
def _code(stream: Stream, lefts: np.ndarray, symbol: int, decoding: bool) -> int:
    if decoding:
        target, low, high = share(stream), 0, len(lefts) - 1
        while high - low > 1:
            middle = (low + high) >> 1
            if lefts[middle] <= target:
                low = middle
            else:
                high = middle
        symbol = low
    narrow(stream, lefts[symbol], lefts[symbol + 1] - lefts[symbol], decoding)
    return symbol
