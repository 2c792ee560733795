"""Along a run: one position of one component on one diagonal, none of whose coefficients reads another one.

Where all that is read is known beforehand, all diagonals of a plane of AC are judged as one run.
"""

import numpy as np

from btcnet_jax.coding.context.fixed_point import CROSS_ONE
from btcnet_jax.coding.context.kernel.arrays import CLIP, SHRINK, Grid, Ints, Model, Work
from btcnet_jax.coding.context.kernel.compiling import inner, shared
from btcnet_jax.coding.context.kernel.judging import judge
from btcnet_jax.coding.context.kernel.known import PATTERNS, Known
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
)


@inner
def prepare_run(grid: Grid, known: Known, k: int, p: int, d: int) -> None:
    """Before the first look at a run: what all positions of its blocks read."""
    if p == 0:
        spread_of(grid, known, k, d)
    elif p == 1:
        slopes_of(grid, known, k, d)


@shared
def judge_run(
    model: Model, grid: Grid, known: Known, work: Work, k: int, p: int, d: int, begin: int
) -> int:
    """Fills tables, expectations and energies of `work` from `begin` on; gives where the run ends."""
    place, count = grid.starts[d] + grid.first[d], grid.end[d] - grid.first[d]
    if model.surprised:
        missed_near(grid, known, work, k, p, d)
    if p == 0:
        dc_patterns(grid, known, work, k, d)
        dc_totals(grid, known, work, k, d, begin)
        dc_magnitudes(grid, known, work, k, d)
    judge_places(model, grid, known, work, k, p, place, count, begin)
    return begin + count


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
    """The same of so many places from one on, for which `work` has what only DC reads and surprise."""
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
    seen = p * grid.size + place
    targets, energy = known.targets[seen : seen + count], known.energy[seen : seen + count]
    for i in range(count):
        cross = 0
        # Where every target was zero, so are all sums of products.
        if targets[i] != 0:
            products, q = _patterns(grid, known, k, p, place + i)
            cross = _four(products, q, 0) + _four(products, q, 4)
            if p >= 4:
                cross += _four(products, q, 8)
            if p >= 8:
                cross += _four(products, q, 12)
            if p >= 12:
                cross += _four(products, q, 16)
            if cross:
                cross = CROSS_ONE * cross // (energy[i] + SHRINK)
        work.cross[i] = cross


@inner
def _four(products: Ints, q: Ints, j: int) -> int:
    """Four terms: loops of so few and so many are slower, whatever the compiler makes of them."""
    first = products[j] * q[j] + products[j + 1] * q[j + 1]
    return first + products[j + 2] * q[j + 2] + products[j + 3] * q[j + 3]


@inner
def _patterns(grid: Grid, known: Known, k: int, p: int, place: int) -> tuple:
    """A place's sums of products with patterns, and its patterns now; behind p + 5 of them there are zeros."""
    # Of four positions as many as the last has: 8, 12, 16, 20.
    count = 4 * (p // 4) + 8
    at = grid.size * (8 * (p // 4) * (p // 4 + 3) + p % 4 * count) + count * place
    row = PATTERNS * (kept_blocks(grid, known, k) + place)
    if p > 0:
        own = kept_plane(grid, known, k, p) + place
        known.patterns[row] = clip(known.west[own], CLIP)
        known.patterns[row + 1] = clip(known.north[own], CLIP)
    return known.products[at : at + count], known.patterns[row : row + count]


@shared
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
            target = 2 * values[i] - work.factors[0, i] - work.factors[1, i]
            _learn(grid, known, k, p, place + i, target)
        return begin + count
    for i in range(count):
        if values[i] != 0:
            _learn(grid, known, k, p, place + i, values[i])
            leave(grid, known, k, p, d, place + i, values[i])
    return begin + count


@inner
def _learn(grid: Grid, known: Known, k: int, p: int, place: int, value: int) -> None:
    """Adds a target, and its products with patterns."""
    target = np.int64(clip(value, CLIP))
    known.targets[p * grid.size + place] += target * target
    products, q = _patterns(grid, known, k, p, place)
    for j in range(len(q)):
        products[j] += target * q[j]
