"""Plane after plane: the choice of symbols by error and code length, and contexts of known symbols.

Runs of known symbols begin at 0 of `Work`, which is the first row of the first diagonal: the number itself
would be a type of its own to numba, and all that a run takes compiled once more for it. Those of a choice begin
at their place, for all are looked at before the first is entered.
"""

import numpy as np
from jaxtyping import Bool, Float64, Int32, Int64

from btcnet_jax.coding.context.kernel.arrays import Contexts, Grid, Model, Trellis, Work
from btcnet_jax.coding.context.kernel.compiling import entry, inner
from btcnet_jax.coding.context.kernel.dependent import (
    extend_path,
    run_lengths,
    start_path,
    trace_path,
)
from btcnet_jax.coding.context.kernel.judging import center, length, log2_fixed
from btcnet_jax.coding.context.kernel.known import Known
from btcnet_jax.coding.context.kernel.marks import begin_component, show, show_run
from btcnet_jax.coding.context.kernel.runs import (
    enter_run,
    features_of,
    judge_places,
    judge_run,
    look_around,
    prepare_run,
    surprise_run,
)
from btcnet_jax.coding.context.kernel.surprise import missed_along, note_run
from btcnet_jax.coding.context.kernel.surroundings import CAUSAL, kept_plane, plane, unsigned


@entry
def choose(
    model: Model,
    grid: Grid,
    known: Known,
    work: Work,
    trellis: Trellis,
    k: int,
    values: Float64[np.ndarray, "16 places"],
    empty: Bool[np.ndarray, " places"],
    slope: float,
    bits: Float64[np.ndarray, "16 places"],
    contexts: Contexts,
) -> None:
    """Chooses the symbols of a component, which `known` holds as a dead zone leaves them, and enters them.

    Args:
        values: coefficients, row by row, in the units of symbols.
        empty: places whose values do not count.
        slope: what a bit is worth, in these units squared.
        bits: is filled with the code lengths of what is chosen, row by row.
        contexts: of the component; is filled with those of what is chosen, if it has room.
    """
    begin_component(grid, known, k)
    for p in range(16):
        _prepare_plane(grid, known, work, k, p)
        trellis.state[0] = 0
        if model.dependent:
            start_path(trellis)
        for entering in (False, True):
            if entering and model.dependent:
                trace_path(grid, work, trellis)
            for d in range(grid.diagonals):
                if entering:
                    _set_chosen(grid, known, work, k, p, d)
                _judge(model, grid, known, work, k, p, d, entering)
                seen = grid.starts[d] + grid.first[d]
                if entering:
                    _enter(model, grid, known, work, trellis, k, p, d, seen, bits)
                    continue
                if model.dependent:
                    extend_path(model, grid, work, trellis, d, values[p], empty, slope)
                else:
                    _choose_run(model, grid, work, d, values[p], empty, slope)
                if model.surprised:
                    # How far a dead zone's symbols are from expectations is not how far these will be.
                    _set_chosen(grid, known, work, k, p, d)
                    note_run(grid, known, work, k, p, d, seen)
        _keep(grid, work, contexts, p)


@inner
def _prepare_plane(grid: Grid, known: Known, work: Work, k: int, p: int) -> None:
    """Shows a plane as a dead zone leaves it."""
    for d in range(grid.diagonals):
        prepare_run(grid, known, k, p, d)
        show_run(grid, known, k, p, d)
    for place in range(grid.size):
        work.stale[place] = False


@inner
def _keep(grid: Grid, work: Work, contexts: Contexts, p: int) -> None:
    """Keeps the contexts of a plane, which all stand in `work`, if there is room."""
    if len(contexts.table) > 0:
        tables, expectations = (
            contexts.table[p * grid.size :],
            contexts.expectation[p * grid.size :],
        )
        for place in range(grid.size):
            tables[place], expectations[place] = work.table[place], work.expectation[place]


@inner
def _set_chosen(grid: Grid, known: Known, work: Work, k: int, p: int, d: int) -> None:
    """Makes a run what was chosen; where that is another one, contexts to come are stale."""
    place, ahead, count = (
        grid.starts[d] + grid.first[d],
        grid.opposite[d],
        grid.end[d] - grid.first[d],
    )
    own, kept = plane(grid, k, p) + place, kept_plane(grid, known, k, p) + place
    values, chosen = known.values[own : own + count], work.chosen[place : place + count]
    for i in range(count):
        before, value = values[i], chosen[i]
        if value != before:
            values[i] = value
            for side in CAUSAL:
                work.stale[unsigned(place + i + ahead[side])] = True
            if p > 0:
                show(grid, known, kept + i, ahead, before, value)


@inner
def _judge(
    model: Model, grid: Grid, known: Known, work: Work, k: int, p: int, d: int, again: bool
) -> None:
    """Judges what is to be judged of a run, by one call: of more than one compiling takes longer."""
    begin, end = grid.starts[d] + grid.first[d], grid.starts[d] + grid.end[d]
    first, last = begin, end
    if again:
        first, last = _stale(work, begin, end)
    elif p > 0 and not model.surprised:
        # All that a plane of AC reads is known, be it that of a dead zone: as one run, with what is between.
        behind = grid.diagonals - 1
        last = grid.starts[behind] + grid.end[behind] if d == 0 else begin
    if first < last:
        if p == 0:
            first, last = begin, end
            look_around(grid, known, work, k, d, begin)
        judge_places(model, grid, known, work, k, p, first, last - first, first)
        work.stale[first:last] = False
    if model.surprised:
        surprise_run(model, grid, known, work, k, p, d, begin)


@inner
def _stale(work: Work, begin: int, end: int) -> tuple:
    """From the first place that is stale to behind the last."""
    first, last = end, begin
    for i in range(begin, end):
        if work.stale[i]:
            first, last = min(first, i), i + 1
    return first, last


@inner
def _choose_run(
    model: Model,
    grid: Grid,
    work: Work,
    d: int,
    values: Float64[np.ndarray, " places"],
    empty: Bool[np.ndarray, " places"],
    slope: float,
) -> None:
    """Chooses the symbols of a run, each for itself."""
    begin, end = grid.starts[d] + grid.first[d], grid.starts[d] + grid.end[d]
    table, expectation = work.table[begin:end], work.expectation[begin:end]
    chosen, at = work.chosen[begin:end], d + grid.first[d] * (grid.cols - 2)
    for i in range(end - begin):
        value, none = values[unsigned(at)], empty[unsigned(at)]
        chosen[i] = _cheapest(model, table[i], expectation[i], value, none, slope)
        at += grid.cols - 2


@inner
def _cheapest(
    model: Model, table: int, expectation: int, value: float, empty: bool, slope: float
) -> int:
    """The best of three candidates; of an empty block the cheapest near the expectation."""
    if empty:
        value = float(center(expectation))
    below = int(np.floor(value))
    best, least = below, np.inf
    for candidate in (below, below + 1, 0):
        distance = 0.0 if empty else (value - candidate) * (value - candidate)
        cost = distance + slope * length(model, table, expectation, candidate)
        if cost < least:
            best, least = candidate, cost
    return best


@inner
def _enter(
    model: Model,
    grid: Grid,
    known: Known,
    work: Work,
    trellis: Trellis,
    k: int,
    p: int,
    d: int,
    seen: int,
    bits: Float64[np.ndarray, "16 places"],
) -> None:
    """Enters the symbols of a run, which `known` holds, and finds their code lengths.

    Its contexts stand in `work` from `seen` on.
    """
    begin = plane(grid, k, p) + grid.starts[d]
    if model.dependent:
        run_lengths(model, grid, known, work, trellis, d, seen, begin, bits[p])
    else:
        count, at = grid.end[d] - grid.first[d], d + grid.first[d] * (grid.cols - 2)
        table, expectation = work.table[seen : seen + count], work.expectation[seen : seen + count]
        values = known.values[begin + grid.first[d] :][:count]
        for i in range(count):
            bits[p, unsigned(at)] = length(model, table[i], expectation[i], values[i])
            at += grid.cols - 2
    enter_run(grid, known, work, k, p, d, seen)


@entry
def judge_component(
    model: Model,
    grid: Grid,
    known: Known,
    work: Work,
    trellis: Trellis,
    k: int,
    tables: Int32[np.ndarray, "16 places"],
    expectations: Int64[np.ndarray, "16 places"],
    bits: Float64[np.ndarray, "16 places"],
) -> None:
    """The contexts and code lengths of a component, whose symbols `known` holds; enters it. Row by row."""
    begin_component(grid, known, k)
    for p in range(16):
        trellis.state[0] = 0
        for d in range(grid.diagonals):
            prepare_run(grid, known, k, p, d)
            show_run(grid, known, k, p, d)
            judge_run(model, grid, known, work, k, p, d, grid.first[0])
            _enter(model, grid, known, work, trellis, k, p, d, grid.first[0], bits)
            for row in range(grid.first[d], grid.end[d]):
                j, at = row - grid.first[d], row * grid.cols + d - 2 * row
                tables[p, at], expectations[p, at] = work.table[j], work.expectation[j]


@entry
def features(
    model: Model,
    grid: Grid,
    known: Known,
    work: Work,
    k: int,
    means: Int64[np.ndarray, "16 places 7"],
    scales: Int32[np.ndarray, "16 places scales"],
) -> None:
    """The features of a component, whose symbols `known` holds; enters it. Row by row."""
    begin_component(grid, known, k)
    for p in range(16):
        for d in range(grid.diagonals):
            prepare_run(grid, known, k, p, d)
            show_run(grid, known, k, p, d)
            judge_run(model, grid, known, work, k, p, d, grid.first[0])
            along = log2_fixed(missed_along(known, 0, k, p)) - log2_fixed(
                missed_along(known, 1, k, p)
            )
            count, place = grid.end[d] - grid.first[d], grid.starts[d] + grid.first[d]
            factors, magnitudes = features_of(grid, known, work, k, p, place, count)
            for row in range(grid.first[d], grid.end[d]):
                i, at = row - grid.first[d], row * grid.cols + d - 2 * row
                for j in range(6):
                    means[p, at, j] = factors[j][i]
                means[p, at, 6] = work.cross[i]
                for j in range(8):
                    scales[p, at, j] = log2_fixed(magnitudes[j][i])
                scales[p, at, 8] = log2_fixed(known.targets[p * grid.size + place + i])
                scales[p, at, 9] = log2_fixed(abs(work.cross[i]))
                scales[p, at, 10] = log2_fixed(work.total[i])
                for j in range(3):
                    scales[p, at, 11 + j] = known.sent[k, j]
                if model.surprised:
                    near = log2_fixed(work.missed[0, i]) - log2_fixed(work.missed[1, i])
                    scales[p, at, 14], scales[p, at, 15] = near, along
            enter_run(grid, known, work, k, p, d, grid.first[0])
