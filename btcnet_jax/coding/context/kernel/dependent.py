"""Dependent quantization in the kernel: what an index is and its table, and the best path through a plane."""

import numpy as np
from jaxtyping import Bool, Float64

from btcnet_jax.coding.context.fixed_point import MEAN_ONE
from btcnet_jax.coding.context.kernel.arrays import RAW_BITS, Grid, Model, Trellis, Work
from btcnet_jax.coding.context.kernel.compiling import inner, shared
from btcnet_jax.coding.context.kernel.judging import center, listed, mirror
from btcnet_jax.coding.context.kernel.known import Known
from btcnet_jax.coding.context.trellis import NEXT, QUANTIZER, QUANTIZERS, STATES, ZONES
from btcnet_jax.coding.context.weights import CLASSES, HALF, REMAINDERS

_REMAINDER_STEP = MEAN_ONE // 16


@inner
def next_state(state: int, index: int) -> int:
    """The state behind an index."""
    return NEXT[state, index & 1]


@inner
def index_of(quantizer: int, symbol: int) -> int:
    """The index of a symbol, which must be one of the quantizer's."""
    if quantizer == 0:
        return symbol // 2
    return (symbol + 1) // 2 if symbol > 0 else -((1 - symbol) // 2)


@inner
def symbol_of(quantizer: int, index: int) -> int:
    """Inverse of `index_of`."""
    if quantizer == 0 or index == 0:
        return 2 * index
    return 2 * index - 1 if index > 0 else 2 * index + 1


@inner
def expected_index(quantizer: int, expectation: int) -> int:
    """An expectation, from 1/256 half steps to 1/256 indices."""
    if quantizer == 0:
        return expectation >> 1
    if expectation > MEAN_ONE:
        return (expectation + MEAN_ONE) >> 1
    if expectation < -MEAN_ONE:
        return -((MEAN_ONE - expectation) >> 1)
    return expectation


@inner
def table_of(quantizer: int, judged: int, expected: int) -> int:
    """The table of an index; `judged` is what the context alone would take."""
    middle, side = center(expected), mirror(expected)
    zero = -middle * side
    zone = ZONES - 1
    if zero == 0:
        zone = 0
    elif zero == 1:
        zone = 1
    elif zero == -1:
        zone = 2
    rest = abs(expected - middle * MEAN_ONE)
    rounded = (rest + _REMAINDER_STEP // 2) // _REMAINDER_STEP
    scale = judged // REMAINDERS
    return ((quantizer * ZONES + zone) * CLASSES + scale) * REMAINDERS + rounded


@inner
def index_length(model: Model, table: int, expected: int, index: int) -> float:
    """Code length in bits of an index."""
    shift = model.shifts[table]
    upper = listed((index - center(expected)) * mirror(expected) >> shift)
    return model.lengths[table, upper] + shift + (RAW_BITS if upper == 2 * HALF else 0)


@shared
def symbol_length(model: Model, state: int, judged: int, expectation: int, symbol: int) -> float:
    """Code length in bits of a symbol in a state."""
    quantizer = QUANTIZER[state]
    expected = expected_index(quantizer, expectation)
    table = table_of(quantizer, judged, expected)
    return index_length(model, table, expected, index_of(quantizer, symbol))


@shared
def start_path(trellis: Trellis) -> None:
    """The path is in state 0."""
    for state in range(STATES):
        trellis.costs[state] = np.inf
    trellis.costs[0] = 0.0


@shared
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

    Leaves there what the cheapest so far has chosen at each place.
    """
    for row in range(grid.first[d], grid.end[d]):
        place, at = grid.starts[d] + row, row * grid.cols + d - 2 * row
        table, expectation = work.table[place], work.expectation[place]
        value = values[at] if not empty[at] else expectation / MEAN_ONE
        for quantizer in range(QUANTIZERS):
            _weigh(model, trellis, quantizer, table, expectation, value, empty[at], slope)
        _extend(trellis, place)
        work.chosen[place] = trellis.taken[place, _cheapest(trellis)]


@inner
def _weigh(
    model: Model,
    trellis: Trellis,
    quantizer: int,
    judged: int,
    expectation: int,
    value: float,
    empty: bool,
    slope: float,
) -> None:
    """The cheaper symbol of each parity of a quantizer: the two around a value in half steps, and zero."""
    expected = expected_index(quantizer, expectation)
    table = table_of(quantizer, judged, expected)
    below = 2 * int(np.floor((value - quantizer) / 2)) + quantizer
    trellis.weights[quantizer, 0] = trellis.weights[quantizer, 1] = np.inf
    for symbol in (below, below + 2, 0):
        index = index_of(quantizer, symbol)
        distance = 0.0 if empty else (value - symbol) * (value - symbol)
        cost = distance + slope * index_length(model, table, expected, index)
        if cost < trellis.weights[quantizer, index & 1]:
            trellis.weights[quantizer, index & 1] = cost
            trellis.symbols[quantizer, index & 1] = symbol


@inner
def _extend(trellis: Trellis, place: int) -> None:
    """The cheapest way to each state, and what it took at this place."""
    costs, longer = trellis.costs, trellis.longer
    for state in range(STATES):
        longer[state] = np.inf
    for state in range(STATES):
        quantizer = QUANTIZER[state]
        for parity in range(2):
            cost, to = costs[state] + trellis.weights[quantizer, parity], NEXT[state, parity]
            if cost < longer[to]:
                longer[to] = cost
                trellis.came[place, to] = state
                trellis.taken[place, to] = trellis.symbols[quantizer, parity]
    for state in range(STATES):
        costs[state] = longer[state]


@inner
def _cheapest(trellis: Trellis) -> int:
    """The state of least cost."""
    best = 0
    for state in range(1, STATES):
        if trellis.costs[state] < trellis.costs[best]:
            best = state
    return best


@shared
def trace_path(grid: Grid, work: Work, trellis: Trellis) -> None:
    """Leaves the symbols of the cheapest path in `work.chosen`."""
    state = _cheapest(trellis)
    for back in range(grid.diagonals):
        d = grid.diagonals - 1 - back
        for behind in range(grid.end[d] - grid.first[d]):
            row = grid.end[d] - 1 - behind
            place = grid.starts[d] + row
            work.chosen[place] = trellis.taken[place, state]
            state = trellis.came[place, state]


@shared
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
    state = trellis.state[0]
    for row in range(grid.first[d], grid.end[d]):
        j, symbol = seen + row - grid.first[d], known.values[begin + row]
        table, expectation = work.table[j], work.expectation[j]
        at = row * grid.cols + d - 2 * row
        bits[at] = symbol_length(model, state, table, expectation, symbol)
        state = next_state(state, index_of(QUANTIZER[state], symbol))
    trellis.state[0] = state
