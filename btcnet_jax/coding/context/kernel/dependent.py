"""Dependent quantization in the kernel: what an index is and its table, and the best path through a plane."""

import numpy as np
from jaxtyping import Bool, Float64

from btcnet_jax.coding.context.fixed_point import MEAN_ONE
from btcnet_jax.coding.context.kernel.arrays import Grid, Ints, Model, Trellis, Work
from btcnet_jax.coding.context.kernel.compiling import inner
from btcnet_jax.coding.context.kernel.judging import center, length, mirror, remainder
from btcnet_jax.coding.context.kernel.known import Known
from btcnet_jax.coding.context.kernel.surroundings import unsigned
from btcnet_jax.coding.context.trellis import NEXT, ODD, PREVIOUS, QUANTIZER, STATES, ZONES
from btcnet_jax.coding.context.weights import CLASSES, REMAINDERS

# Zones of -1, 0, 1 and all else, in two bits each.
_ZONES = 2 | 0 << 2 | 1 << 4 | 3 << 6


@inner
def next_state(state: int, index: int) -> int:
    """The state behind an index."""
    return NEXT[state, index & 1]


@inner
def index_of(quantizer: int, symbol: int) -> int:
    """The index of a symbol, which must be one of the quantizer's."""
    index = (abs(symbol) + quantizer) >> 1
    return -index if symbol < 0 else index


@inner
def symbol_of(quantizer: int, index: int) -> int:
    """Inverse of `index_of`."""
    symbol = max(2 * abs(index) - quantizer, 0)
    return -symbol if index < 0 else symbol


@inner
def expected_index(quantizer: int, expectation: int) -> int:
    """An expectation, from 1/256 half steps to 1/256 indices."""
    size = abs(expectation)
    size = (size + MEAN_ONE) >> 1 if size > MEAN_ONE else size
    odd = -size if expectation < 0 else size
    return expectation >> 1 if quantizer == 0 else odd


@inner
def table_of(quantizer: int, judged: int, expected: int) -> int:
    """The table of an index; `judged` is what the context alone would take."""
    zero = -center(expected) * mirror(expected)
    zone = _ZONES >> 2 * np.int64(min(np.uint64(zero + 1), np.uint64(ZONES - 1))) & 3
    scale = np.int64(np.uint32(judged) // np.uint32(REMAINDERS))
    return ((quantizer * ZONES + zone) * CLASSES + scale) * REMAINDERS + remainder(expected)


@inner
def symbol_length(model: Model, state: int, judged: int, expectation: int, symbol: int) -> float:
    """Code length in bits of a symbol in a state."""
    quantizer = QUANTIZER[state]
    expected = expected_index(quantizer, expectation)
    table = table_of(quantizer, judged, expected)
    return length(model, table, expected, index_of(quantizer, symbol))


@inner
def start_path(trellis: Trellis) -> None:
    """The path is in state 0."""
    for state in range(STATES):
        trellis.costs[state] = np.inf
    trellis.costs[0] = 0.0


@inner
def extend_path(
    model: Model,
    grid: Grid,
    work: Work,
    trellis: Trellis,
    d: int,
    values: Float64[np.ndarray, " places"],
    empty: Bool[np.ndarray, " places"],
    slope: float,
) -> None:
    """Extends the best way to each state by the symbols of a run, whose contexts are in `work`.

    With surprise, leaves there what the cheapest so far has chosen at each place.
    """
    c = trellis.costs
    ways = (c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7])
    begin, end = grid.starts[d] + grid.first[d], grid.starts[d] + grid.end[d]
    table, expectation, chosen = (
        work.table[begin:end],
        work.expectation[begin:end],
        work.chosen[begin:end],
    )
    symbols, bits = trellis.symbols[begin:end], trellis.later[begin:end]
    at = d + grid.first[d] * (grid.cols - 2)
    for i in range(end - begin):
        none = empty[unsigned(at)]
        value = values[unsigned(at)] if not none else expectation[i] / MEAN_ONE
        even, odd, two, one = _weigh(model, 0, table[i], expectation[i], value, none, slope)
        zero, other, still, far = _weigh(model, 1, table[i], expectation[i], value, none, slope)
        ways, later = _extend(ways, even, odd, zero, other)
        bits[i] = later
        symbols[i, 0], symbols[i, 1], symbols[i, 2], symbols[i, 3] = two, one, still, far
        if model.surprised:
            chosen[i] = _taken(symbols[i], later, _cheapest(ways))
        at += grid.cols - 2
    c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7] = ways


@inner
def _weigh(
    model: Model,
    quantizer: int,
    judged: int,
    expectation: int,
    value: float,
    empty: bool,
    slope: float,
) -> tuple:
    """Costs of the cheaper symbols of a quantizer, of an even and an odd index, and the symbols.

    Candidates are the two around a value in half steps, and zero.
    """
    expected = expected_index(quantizer, expectation)
    table = table_of(quantizer, judged, expected)
    below = 2 * int(np.floor((value - quantizer) / 2)) + quantizer
    first = index_of(quantizer, below)
    cost = _cost(model, table, expected, first, value - below, empty, slope)
    above = below + 2
    second = index_of(quantizer, above)
    more = _cost(model, table, expected, second, value - above, empty, slope)
    odd = first & 1 != 0
    evens, odds = (more, cost) if odd else (cost, more)
    even, other = (above, below) if odd else (below, above)
    if quantizer == 1 and below == -1:
        # One on each side of zero, both odd.
        odds, other = (more, above) if more < cost else (cost, below)
        evens = np.inf
    none = _cost(model, table, expected, 0, value, empty, slope)
    if none < evens:
        evens, even = none, 0
    return evens, odds, even, other


@inner
def _cost(
    model: Model, table: int, expected: int, index: int, error: float, empty: bool, slope: float
) -> float:
    distance = 0.0 if empty else error * error
    return distance + slope * length(model, table, expected, index)


@inner
def _extend(ways: tuple, even: float, odd: float, zero: float, other: float) -> tuple:
    """The cheapest way to each state, as `PREVIOUS` and `ODD` have them, and a bit where it is the later one.

    Of numbers with names of their own: in a loop over arrays they would go through memory.
    """
    a, b, c, d, e, f, g, h = ways
    to0, bit0 = _cheaper(a + even, e + odd)
    to1, bit1 = _cheaper(a + odd, e + even)
    to2, bit2 = _cheaper(b + zero, f + other)
    to3, bit3 = _cheaper(b + other, f + zero)
    to4, bit4 = _cheaper(c + odd, g + even)
    to5, bit5 = _cheaper(c + even, g + odd)
    to6, bit6 = _cheaper(d + other, h + zero)
    to7, bit7 = _cheaper(d + zero, h + other)
    later = bit0 | bit1 << 1 | bit2 << 2 | bit3 << 3 | bit4 << 4 | bit5 << 5 | bit6 << 6 | bit7 << 7
    return (to0, to1, to2, to3, to4, to5, to6, to7), later


@inner
def _cheaper(earlier: float, later: float) -> tuple:
    return (later, 1) if later < earlier else (earlier, 0)


@inner
def _taken(symbols: Ints, later: int, state: int) -> int:
    """The symbol by which the best way comes to a state."""
    way = later >> state & 1
    return symbols[2 * QUANTIZER[PREVIOUS[state, way]] + ODD[state, way]]


@inner
def _cheapest(ways: tuple) -> int:
    """The state of least cost, the first of equals."""
    a, b, c, d, e, f, g, h = ways
    ab, of_ab = _cheaper(a, b)
    cd, of_cd = _cheaper(c, d)
    ef, of_ef = _cheaper(e, f)
    gh, of_gh = _cheaper(g, h)
    early, second = _cheaper(ab, cd)
    late, fourth = _cheaper(ef, gh)
    _, half = _cheaper(early, late)
    # As arithmetic: nobody could foresee a branch.
    pair = second + half * (fourth - second)
    first, last = of_ab + second * (of_cd - of_ab), of_ef + fourth * (of_gh - of_ef)
    return 4 * half + 2 * pair + first + half * (last - first)


@inner
def trace_path(grid: Grid, work: Work, trellis: Trellis) -> None:
    """Leaves the symbols of the cheapest path in `work.chosen`."""
    c = trellis.costs
    state = _cheapest((c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]))
    for back in range(grid.diagonals):
        d = grid.diagonals - 1 - back
        for behind in range(grid.end[d] - grid.first[d]):
            row = grid.end[d] - 1 - behind
            place = grid.starts[d] + row
            later = np.int64(trellis.later[place])
            work.chosen[place] = _taken(trellis.symbols[place], later, state)
            state = PREVIOUS[state, later >> state & 1]


@inner
def run_lengths(
    model: Model,
    grid: Grid,
    known: Known,
    work: Work,
    trellis: Trellis,
    d: int,
    seen: int,
    begin: int,
    bits: Float64[np.ndarray, " places"],
) -> None:
    """Code lengths of a run along the path, row by row.

    Args:
        seen: where in `work` its contexts begin.
        begin: where in `known` the symbols of its first row would, were it row 0.
    """
    state, count = trellis.state[0], grid.end[d] - grid.first[d]
    table, expectation = work.table[seen : seen + count], work.expectation[seen : seen + count]
    symbols = known.values[begin + grid.first[d] :][:count]
    at = d + grid.first[d] * (grid.cols - 2)
    for i in range(count):
        bits[unsigned(at)] = symbol_length(model, state, table[i], expectation[i], symbols[i])
        state = next_state(state, index_of(QUANTIZER[state], symbols[i]))
        at += grid.cols - 2
    trellis.state[0] = state
