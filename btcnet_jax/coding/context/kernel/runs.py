"""Along a run: one position of one component on one diagonal, none of whose coefficients reads another one.

Where all that is read is known beforehand, all diagonals of a plane of AC are judged as one run.
"""

import numpy as np

from btcnet_jax.coding.context.fixed_point import CROSS_ONE
from btcnet_jax.coding.context.kernel.arrays import CLIP, SHRINK, Grid, Ints, Model, Work
from btcnet_jax.coding.context.kernel.compiling import inner, shared
from btcnet_jax.coding.context.kernel.judging import add_surprise, judge
from btcnet_jax.coding.context.kernel.known import CARRIED, PATTERNS, Known
from btcnet_jax.coding.context.kernel.marks import leave
from btcnet_jax.coding.context.kernel.surprise import missed_near, note_run
from btcnet_jax.coding.context.kernel.surroundings import (
    ac_totals,
    clip,
    dc_magnitudes,
    dc_patterns,
    dc_totals,
    kept_blocks,
    kept_plane,
    plane,
    slopes_of,
    spread_of,
    two_before,
    unsigned,
)

_CROSS_BITS = CROSS_ONE.bit_length() - 1


@inner
def prepare_run(grid: Grid, known: Known, k: int, p: int, d: int) -> None:
    """Before the first look at a run: what all positions of its blocks read."""
    if p == 0:
        spread_of(grid, known, k, d)
    elif p == 1:
        slopes_of(grid, known, k, d)


@inner
def judge_run(
    model: Model, grid: Grid, known: Known, work: Work, k: int, p: int, d: int, begin: int
) -> int:
    """Fills tables, expectations and energies of `work` from `begin` on; gives where the run ends."""
    place, count = grid.starts[d] + grid.first[d], grid.end[d] - grid.first[d]
    if p == 0:
        look_around(grid, known, work, k, d, begin)
    judge_places(model, grid, known, work, k, p, place, count, begin)
    if model.surprised:
        surprise_run(model, grid, known, work, k, p, d, begin)
    return begin + count


@shared
def look_around(grid: Grid, known: Known, work: Work, k: int, d: int, begin: int) -> None:
    """Fills `work` with what only DC reads."""
    dc_patterns(grid, known, work, k, d)
    dc_totals(grid, known, work, k, d, begin)
    dc_magnitudes(grid, known, work, k, d)


@inner
def surprise_run(
    model: Model, grid: Grid, known: Known, work: Work, k: int, p: int, d: int, begin: int
) -> None:
    """Adds surprise to the contexts of a run that are in `work` from `begin` on without."""
    missed_near(grid, known, work, k, p, d)
    add_surprise(model, known, work, k, p, grid.end[d] - grid.first[d], begin)


@shared
def judge_places(
    model: Model,
    grid: Grid,
    known: Known,
    work: Work,
    k: int,
    p: int,
    place: int,
    count: int,
    begin: int,
) -> None:
    """The same of so many places from one on, for which `work` has what only DC reads; but for surprise."""
    own, block = kept_plane(grid, known, k, p) + place, kept_blocks(grid, known, k) + place
    if p > 0:
        ac_totals(known, work, own, block, begin, count)
        two, three = kept_plane(grid, known, k - 2, p), kept_plane(grid, known, k - 3, p)
        two_before(work, known.around, two + place, three + place, count)
    _expect(grid, known, work, k, p, place, count)
    f, m = features_of(grid, known, work, k, p, place, count)
    seen = p * grid.size + place
    judge(model, known, work, k, p, count, f, m, known.targets[seen : seen + count], begin)


@inner
def features_of(
    grid: Grid, known: Known, work: Work, k: int, p: int, place: int, count: int
) -> tuple:
    """Factors of the expectations of places, and magnitudes around them."""
    block = kept_blocks(grid, known, k) + place
    spread = known.spread[block : block + count]
    m = work.magnitudes
    if p == 0:
        f = work.factors
        return (
            (f[0][:count], f[1][:count], f[2][:count], f[3][:count], f[4][:count], f[5][:count]),
            (
                m[0][:count],
                m[1][:count],
                m[2][:count],
                m[3][:count],
                m[4][:count],
                m[5][:count],
                m[6][:count],
                spread,
            ),
        )
    own, before = kept_plane(grid, known, k, p) + place, kept_plane(grid, known, k - 1, p) + place
    s = known.slopes
    return (
        (
            s[0][block : block + count],
            s[1][block : block + count],
            s[2][block : block + count],
            s[3][block : block + count],
            known.west[own : own + count],
            known.north[own : own + count],
        ),
        (
            known.close[own : own + count],
            known.far[own : own + count],
            known.steep[block : block + count],
            known.sums[block : block + count],
            known.lower[own : own + count],
            known.around[before : before + count],
            m[6][:count],
            spread,
        ),
    )


@inner
def _expect(grid: Grid, known: Known, work: Work, k: int, p: int, place: int, count: int) -> None:
    """The cross terms."""
    seen, own = p * grid.size + place, kept_plane(grid, known, k, p) + place
    targets, energy = known.targets[seen : seen + count], known.energy[seen : seen + count]
    west, north = known.west[own : own + count], known.north[own : own + count]
    out, many = work.cross[:count], _sums(p)
    at, row = _first_sum(grid, p, place), PATTERNS * (kept_blocks(grid, known, k) + place)
    for i in range(count):
        cross = 0
        # Where every target was zero, so are all sums of products.
        if targets[i] != 0:
            w, n = clip(west[i], CLIP), clip(north[i], CLIP)
            cross = _dot(known.products, known.patterns, at, row, many, w, n)
            if len(known.carries) > 0:
                cross += _dot(known.carries, known.patterns, at, row, many, w, n) << CARRIED
            if cross:
                cross = (cross << _CROSS_BITS) // (energy[i] + SHRINK)
        out[i] = cross
        at += many
        row += PATTERNS


@inner
def _dot(products: Ints, q: Ints, at: int, row: int, many: int, west: int, north: int) -> int:
    """Sums of products times patterns: four at once, as many times as there are four."""
    a, b, c, d = _four(products, q, at, row)
    e, f, g, h = _four(products, q, at + 4, row + 4)
    a, b, c, d = a + e, b + f, c + g, d + h
    if many > 8:
        e, f, g, h = _four(products, q, at + 8, row + 8)
        a, b, c, d = a + e, b + f, c + g, d + h
        if many > 12:
            e, f, g, h = _four(products, q, at + 12, row + 12)
            a, b, c, d = a + e, b + f, c + g, d + h
            if many > 16:
                e, f, g, h = _four(products, q, at + 16, row + 16)
                a, b, c, d = a + e, b + f, c + g, d + h
    beside = _times(products, at + many - 2, west) + _times(products, at + many - 1, north)
    return a + b + c + d + beside


@inner
def _four(products: Ints, q: Ints, at: int, row: int) -> tuple:
    return (
        _times(products, at, _at(q, row)),
        _times(products, at + 1, _at(q, row + 1)),
        _times(products, at + 2, _at(q, row + 2)),
        _times(products, at + 3, _at(q, row + 3)),
    )


@inner
def _times(products: Ints, at: int, pattern: int) -> np.int64:
    return np.int64(_at(products, at)) * pattern


@inner
def _at(values: Ints, index: int) -> int:
    return values[unsigned(index)]


@inner
def _sums(p: int) -> int:
    """Sums of products of a position, at each place: of four positions as many as the last has."""
    return 4 * (p // 4) + 8


@inner
def _first_sum(grid: Grid, p: int, place: int) -> int:
    """Where those of a place begin. Behind p + 3 patterns of its block stand zeros, at last W and N."""
    before = 8 * (p // 4) * (p // 4 + 3) + p % 4 * _sums(p)
    return grid.size * before + _sums(p) * place


@inner
def enter_run(grid: Grid, known: Known, work: Work, k: int, p: int, d: int, begin: int) -> int:
    """Adds what stands in `known` to its sums, its contexts in `work` from `begin` on; where it ends."""
    if len(known.rests) > 0:
        note_run(grid, known, work, k, p, d, begin)
    count, place = grid.end[d] - grid.first[d], grid.starts[d] + grid.first[d]
    at, own = p * grid.size + place, plane(grid, k, p) + place
    energy, values = known.energy[at : at + count], known.values[own : own + count]
    more = work.energy[begin : begin + count]
    for i in range(count):
        energy[i] += more[i]
    if p == 0:
        dc_patterns(grid, known, work, k, d)
    for i in range(count):
        # DC is expected from its neighbors; what goes with gradients is the difference to them.
        beside = work.factors[0, i] + work.factors[1, i] - values[i] if p == 0 else 0
        target = values[i] - beside
        if target != 0:
            _learn(grid, known, k, p, place + i, target)
            if p > 0:
                leave(grid, known, k, p, d, place + i, target)
    return begin + count


@inner
def _learn(grid: Grid, known: Known, k: int, p: int, place: int, value: int) -> None:
    """Adds a target, and its products with patterns."""
    target, many = np.int64(clip(value, CLIP)), _sums(p)
    known.targets[unsigned(p * grid.size + place)] += target * target
    at, row = _first_sum(grid, p, place), PATTERNS * (kept_blocks(grid, known, k) + place)
    for four in range(0, many, 4):
        _add_four(known, target, at + four, row + four)
    own = kept_plane(grid, known, k, p) + place
    products = known.products
    products[unsigned(at + many - 2)] += target * clip(_at(known.west, own), CLIP)
    products[unsigned(at + many - 1)] += target * clip(_at(known.north, own), CLIP)
    if len(known.carries) > 0:
        for i in range(at, at + many):
            carry = products[i] >> CARRIED
            known.carries[i] += carry
            products[i] -= carry << CARRIED


@inner
def _add_four(known: Known, target: int, at: int, row: int) -> None:
    """Adds four products, all of which are read before one is written, so that they are added at once."""
    products, q = known.products, known.patterns
    a = _at(products, at) + target * _at(q, row)
    b = _at(products, at + 1) + target * _at(q, row + 1)
    c = _at(products, at + 2) + target * _at(q, row + 2)
    d = _at(products, at + 3) + target * _at(q, row + 3)
    products[unsigned(at)], products[unsigned(at + 1)] = a, b
    products[unsigned(at + 2)], products[unsigned(at + 3)] = c, d
