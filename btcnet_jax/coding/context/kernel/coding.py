"""Codes all coefficients, wave after wave, in both directions: docs/FORMAT_CODING.md, section 7, in code.

Of large scales only the upper bits of a difference go through the table, the lower ones follow as they are.
Upper parts that the table does not list are an escape, and follow in full.

Of two quantizers in turn a symbol's table depends on the one before it in the plane: each is coded whole, in
the order of the wave's runs.
"""

import numpy as np

from btcnet_jax.coding.context.kernel.arrays import (
    DAMAGED,
    DECODED,
    INVALID,
    NO_PATH,
    RAW_BITS,
    RAW_HALF,
    TOO_LARGE,
    Contexts,
    Grid,
    Ints,
    Model,
    Stream,
    Wave,
    Work,
)
from btcnet_jax.coding.context.kernel.compiling import entry, inner, shared
from btcnet_jax.coding.context.kernel.dependent import (
    expected_index,
    index_of,
    next_state,
    symbol_of,
    table_of,
)
from btcnet_jax.coding.context.kernel.judging import center, listed, mirror
from btcnet_jax.coding.context.kernel.known import Known
from btcnet_jax.coding.context.kernel.marks import begin_component, show_run
from btcnet_jax.coding.context.kernel.range_coding import narrow, pointed, seal, share
from btcnet_jax.coding.context.kernel.runs import enter_run, judge_run, prepare_run
from btcnet_jax.coding.context.kernel.surroundings import plane
from btcnet_jax.coding.context.trellis import QUANTIZER
from btcnet_jax.coding.context.waves import AC_LAG, COMPONENT_LAG
from btcnet_jax.coding.context.weights import HALF, TABLES
from btcnet_jax.coding.precision import PRECISION

_ESCAPE, _RAW_OFFSET = 2 * HALF, 1 << (RAW_BITS - 1)
_HALF_MASK = (1 << RAW_HALF) - 1


@entry
def code(
    model: Model,
    grid: Grid,
    known: Known,
    contexts: Contexts,
    work: Work,
    wave: Wave,
    stream: Stream,
    begin: int,
    end: int,
    last: bool,
    decoding: bool,
    limit: int,
) -> int:
    """Codes the waves of the times begin to end - 1, and seals the stream behind the last.

    An encoder finds the symbols in `known`, where a decoder enters them. Where `contexts` has those of all
    symbols, nothing else is made known.
    """
    for half in range(2 * begin, 2 * end):
        runs = _find_runs(grid, len(known.classes), half // 2, half % 2 == 0, wave.runs)
        count = _judge_wave(model, grid, known, contexts, work, wave, runs)
        if count == 0:
            continue
        if model.dependent:
            outcome = _code_paths(model, grid, known, work, wave, runs, stream, decoding, limit)
        else:
            outcome = _code_wave(
                model, grid, known, work, wave, runs, count, stream, decoding, limit
            )
        if outcome != DECODED:
            return outcome
        if len(contexts.table) == 0:
            _enter_wave(grid, known, work, wave, runs)
    if last:
        seal(stream, decoding)
    return INVALID if stream.counts[DAMAGED] else DECODED


@shared
def _code_wave(
    model: Model,
    grid: Grid,
    known: Known,
    work: Work,
    wave: Wave,
    runs: int,
    count: int,
    stream: Stream,
    decoding: bool,
    limit: int,
) -> int:
    """Codes a wave of symbols of one quantizer."""
    _sort(work, wave, count)
    _code_upper(model, work, wave, count, stream, decoding)
    _code_lower(model, work, wave, count, stream, decoding)
    _code_escapes(model, work, wave, count, stream, decoding)
    if stream.counts[DAMAGED]:
        return INVALID
    if decoding and not _restore(grid, known, work, wave, runs, limit):
        return TOO_LARGE
    return DECODED


@shared
def _find_runs(grid: Grid, components: int, time: int, dc: bool, runs: Ints) -> int:
    """Lists component, position and diagonal of all that is coded in a wave; how many there are."""
    lag, least, most = (0, 0, 0) if dc else (AC_LAG - 1, 1, 15)
    count, behind = 0, time - lag - most - grid.diagonals + 1
    for k in range(max(0, -(-behind // COMPONENT_LAG)), min(components, time // COMPONENT_LAG + 1)):
        for p in range(least, most + 1):
            d = time - lag - COMPONENT_LAG * k - p
            # In a grid of one column every other diagonal is empty.
            if 0 <= d < grid.diagonals and grid.end[d] > grid.first[d]:
                runs[count, 0], runs[count, 1], runs[count, 2] = k, p, d
                count += 1
    return count


@shared
def _judge_wave(
    model: Model, grid: Grid, known: Known, contexts: Contexts, work: Work, wave: Wave, runs: int
) -> int:
    """Contexts of a wave, and differences of what stands in `known`; how many there are."""
    begin, before = 0, plane(grid, 0, 0)
    for run in range(runs):
        k, p, d = wave.runs[run, 0], wave.runs[run, 1], wave.runs[run, 2]
        first, count = (
            plane(grid, k, p) + grid.starts[d] + grid.first[d],
            grid.end[d] - grid.first[d],
        )
        end = begin + count
        expectations, values = work.expectation[begin:end], known.values[first : first + count]
        differences = wave.difference[begin:end]
        if len(contexts.table) > 0:
            tables, found = contexts.table[first - before :], contexts.expectation[first - before :]
            for i in range(count):
                work.table[begin + i], expectations[i] = tables[i], found[i]
        else:
            if p == 0 and d == 0:
                begin_component(grid, known, k)
            prepare_run(grid, known, k, p, d)
            judge_run(model, grid, known, work, k, p, d, begin)
        for i in range(count):
            difference = values[i] - center(expectations[i])
            differences[i] = difference * mirror(expectations[i])
        begin = end
    return begin


@inner
def _sort(work: Work, wave: Wave, count: int) -> None:
    """Orders a wave by table, equals as they come."""
    starts = wave.starts
    for table in range(TABLES + 1):
        starts[table] = 0
    for j in range(count):
        starts[work.table[j] + 1] += 1
    for table in range(TABLES):
        starts[table + 1] += starts[table]
    for j in range(count):
        table = work.table[j]
        wave.order[starts[table]] = j
        starts[table] += 1


@inner
def _code_upper(
    model: Model, work: Work, wave: Wave, count: int, stream: Stream, decoding: bool
) -> None:
    """Upper parts, through their tables. A decoder's differences are without lower bits and escapes for now."""
    for place in range(count):
        j = wave.order[place]
        table = work.table[j]
        lefts, shift = model.lefts[table], model.shifts[table]
        if decoding:
            index = _find(lefts, stream)
            upper = index - HALF if index < _ESCAPE else -_RAW_OFFSET
            wave.difference[j] = upper << shift
        else:
            index = listed(wave.difference[j] >> shift)
        wave.listed[j] = index
        narrow(stream, lefts[index], lefts[index + 1] - lefts[index], decoding)


@inner
def _code_lower(
    model: Model, work: Work, wave: Wave, count: int, stream: Stream, decoding: bool
) -> None:
    """Lower bits, as many as the table's shift says."""
    for place in range(count):
        j = wave.order[place]
        shift = model.shifts[work.table[j]]
        if shift:
            lower = wave.difference[j] & ((1 << shift) - 1)
            lower = _code_uniform(stream, shift, lower, decoding)
            if decoding:
                wave.difference[j] += lower


@inner
def _code_escapes(
    model: Model, work: Work, wave: Wave, count: int, stream: Stream, decoding: bool
) -> None:
    """Upper parts that the tables do not list: the upper halves of all, then the lower halves."""
    for half in range(2):
        below = RAW_HALF * (1 - half)
        for place in range(count):
            j = wave.order[place]
            if wave.listed[j] == _ESCAPE:
                shift = model.shifts[work.table[j]]
                raw = (wave.difference[j] >> shift) + _RAW_OFFSET
                part = (raw >> below) & ((1 << RAW_HALF) - 1)
                part = _code_uniform(stream, RAW_HALF, part, decoding)
                if decoding:
                    wave.difference[j] += part << (below + shift)


@inner
def _restore(grid: Grid, known: Known, work: Work, wave: Wave, runs: int, limit: int) -> bool:
    """Makes the symbols of a wave of its differences, unless one is too large."""
    begin, largest = 0, 0
    for run in range(runs):
        k, p, d = wave.runs[run, 0], wave.runs[run, 1], wave.runs[run, 2]
        count = grid.end[d] - grid.first[d]
        first, end = plane(grid, k, p) + grid.starts[d] + grid.first[d], begin + count
        expectations, values = work.expectation[begin:end], known.values[first : first + count]
        differences = wave.difference[begin:end]
        for i in range(count):
            value = differences[i] * mirror(expectations[i]) + center(expectations[i])
            largest = max(largest, abs(value))
            values[i] = value
        begin = end
    return largest <= limit


@shared
def _enter_wave(grid: Grid, known: Known, work: Work, wave: Wave, runs: int) -> None:
    """Makes a wave known, whose symbols stand there."""
    begin = 0
    for run in range(runs):
        k, p, d = wave.runs[run, 0], wave.runs[run, 1], wave.runs[run, 2]
        show_run(grid, known, k, p, d)
        begin = enter_run(grid, known, work, k, p, d, begin)


@shared
def _code_paths(
    model: Model,
    grid: Grid,
    known: Known,
    work: Work,
    wave: Wave,
    runs: int,
    stream: Stream,
    decoding: bool,
    limit: int,
) -> int:
    """Codes a wave of symbols of two quantizers in turn."""
    begin = 0
    for run in range(runs):
        k, p, d = wave.runs[run, 0], wave.runs[run, 1], wave.runs[run, 2]
        count = grid.end[d] - grid.first[d]
        first, end = plane(grid, k, p) + grid.starts[d] + grid.first[d], begin + count
        tables, expectations = work.table[begin:end], work.expectation[begin:end]
        values, state = known.values[first : first + count], np.int64(known.states[16 * k + p])
        for i in range(count):
            quantizer = QUANTIZER[state]
            expected = expected_index(quantizer, expectations[i])
            table = table_of(quantizer, tables[i], expected)
            index = index_of(quantizer, values[i])
            if not decoding and symbol_of(quantizer, index) != values[i]:
                return NO_PATH
            difference = (index - center(expected)) * mirror(expected)
            difference = _code_index(model, table, difference, stream, decoding)
            if decoding:
                index = difference * mirror(expected) + center(expected)
                if abs(symbol_of(quantizer, index)) > limit:
                    return INVALID if stream.counts[DAMAGED] else TOO_LARGE
                values[i] = symbol_of(quantizer, index)
            state = next_state(state, index)
        known.states[16 * k + p] = state
        begin = end
    return INVALID if stream.counts[DAMAGED] else DECODED


@inner
def _code_index(model: Model, table: int, difference: int, stream: Stream, decoding: bool) -> int:
    """Upper part, lower bits and what an escape leaves, one after another; the difference."""
    lefts, shift = model.lefts[table], model.shifts[table]
    upper = difference >> shift
    entry = _find(lefts, stream) if decoding else listed(upper)
    narrow(stream, lefts[entry], lefts[entry + 1] - lefts[entry], decoding)
    if decoding:
        upper = entry - HALF
    lower = 0
    if shift:
        lower = _code_uniform(stream, shift, difference & ((1 << shift) - 1), decoding)
    if entry == _ESCAPE:
        raw = upper + _RAW_OFFSET
        high = _code_uniform(stream, RAW_HALF, (raw >> RAW_HALF) & _HALF_MASK, decoding)
        low = _code_uniform(stream, RAW_HALF, raw & _HALF_MASK, decoding)
        upper = (high << RAW_HALF) + low - _RAW_OFFSET
    return (upper << shift) + lower


@inner
def _find(lefts: Ints, stream: Stream) -> int:
    """The symbol of a table that a stream points to, sought from zero on: most are near."""
    found, scale = pointed(stream)
    index = HALF
    while found < scale * np.uint64(lefts[index]):
        index -= 1
    while found >= scale * np.uint64(lefts[index + 1]):
        index += 1
    return index


@shared
def _code_uniform(stream: Stream, bits: int, value: int, decoding: bool) -> int:
    """Bits as they are."""
    step = PRECISION - bits
    if decoding:
        value = share(stream) >> step
    narrow(stream, value << step, 1 << step, decoding)
    return value
