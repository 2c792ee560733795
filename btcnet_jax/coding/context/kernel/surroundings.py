"""What is read of the surroundings of a run: factors of the expectation, patterns, magnitudes.

A run is one position of one component on one diagonal, or on several that lie together in memory. Of AC all
that it reads has been left along it (`marks`). DC, one coefficient in sixteen, has other neighbors at the
borders and is done coefficient by coefficient.
"""

import numpy as np

from btcnet_jax.coding.context.kernel.arrays import CLIP, Grid, Ints, Work
from btcnet_jax.coding.context.kernel.compiling import inner, shared
from btcnet_jax.coding.context.kernel.known import PATTERNS, Known
from btcnet_jax.coding.context.layout import BEFORE, NEIGHBORS

W, N, E, S, NW, NE, WW, NN, NNW, NNE, NWW, WWW = range(len(NEIGHBORS))
CAUSAL = (W, N, NW, NE, WW, NN, NNW, NNE, NWW, WWW)
"""Those that are coded before."""
GRADIENTS = 4
"""How many patterns of an AC coefficient's block are gradients: the first, which lower positions follow."""


@inner
def unsigned(index: int) -> np.uint64:
    """An index without a sign, which is not negative: of others numba asks whether they count from the end."""
    return np.uint64(index)


@inner
def clip(value: int, limit: int) -> int:
    """Within +-limit."""
    return min(max(value, -limit), limit)


@inner
def plane(grid: Grid, k: int, p: int) -> int:
    """Where a stored plane begins in `Known.values`."""
    return (16 * (k + BEFORE) + p) * grid.size


@inner
def kept_blocks(grid: Grid, known: Known, k: int) -> int:
    """Where marks of a component's blocks begin."""
    return (k + BEFORE) % known.kept * grid.size


@inner
def kept_plane(grid: Grid, known: Known, k: int, p: int) -> int:
    """Where marks of a plane begin."""
    return 16 * kept_blocks(grid, known, k) + p * grid.size


@shared
def slopes_of(grid: Grid, known: Known, k: int, d: int) -> None:
    """Gradients and curvature of DC on a diagonal, as factors and patterns of all AC; DC is known beside it."""
    near, first, last = grid.offsets[d], grid.first[d], grid.end[d] - 1
    start, block = plane(grid, k, 0) + grid.starts[d], kept_blocks(grid, known, k) + grid.starts[d]
    dc, slopes = known.values, known.slopes
    for row in range(first, last + 1):
        i, b = start + row, block + row
        here = dc[i]
        # Outside the plane, the place itself. Columns fall along a run, so borders are at its ends.
        north = here if row == 0 else dc[i + near[N]]
        south = here if row == grid.rows - 1 else dc[i + near[S]]
        west = here if d == 2 * row else dc[i + near[W]]
        east = here if d - 2 * row == grid.cols - 1 else dc[i + near[E]]
        slopes[0, b], slopes[1, b] = east - west, south - north
        slopes[2, b], slopes[3, b] = east + west - 2 * here, south + north - 2 * here
        known.steep[b] = abs(east - west) + abs(south - north)
        energy = total = 0
        for j in range(GRADIENTS):
            pattern = clip(slopes[j, b], CLIP)
            known.patterns[PATTERNS * b + j] = pattern
            energy += pattern * pattern
            total += abs(pattern)
        # DC has one more.
        known.patterns[PATTERNS * b + GRADIENTS] = 0
        known.block_energy[b], known.block_total[b] = energy, total


@shared
def spread_of(grid: Grid, known: Known, k: int, d: int) -> None:
    """Sums of the component before, around the blocks of a diagonal: twice here, and at the four neighbors."""
    near, count = grid.offsets[d], grid.end[d] - grid.first[d]
    place = grid.starts[d] + grid.first[d]
    begin, before = kept_blocks(grid, known, k) + place, kept_blocks(grid, known, k - 1) + place
    out, here = known.spread[begin : begin + count], known.sums[before : before + count]
    for i in range(count):
        out[i] = 2 * here[i]
    for side in range(4):
        at = before + near[side]
        part = known.sums[at : at + count]
        for i in range(count):
            out[i] += part[i]


@inner
def dc_patterns(grid: Grid, known: Known, work: Work, k: int, d: int) -> None:
    """Factors: causal neighbors; outside the plane the nearest that is inside. Patterns: gradients."""
    values, near, f = known.values, grid.offsets[d], work.factors
    block = kept_blocks(grid, known, k) + grid.starts[d]
    for row in range(grid.first[d], grid.end[d]):
        i, j, col = plane(grid, k, 0) + grid.starts[d] + row, row - grid.first[d], d - 2 * row
        w, n = values[i + near[W]], values[i + near[N]]
        if col == 0:
            w = n
        if row == 0:
            n = w
        nw = values[i + near[NW]] if col > 0 and row > 0 else w
        ne = values[i + near[NE]] if row > 0 and col + 1 < grid.cols else n
        ww = values[i + near[WW]] if col > 1 else w
        nn = values[i + near[NN]] if row > 1 else n
        f[0, j], f[1, j], f[2, j], f[3, j], f[4, j], f[5, j] = w, n, nw, ne, ww, nn
        q = known.patterns[PATTERNS * (block + row) : PATTERNS * (block + row) + 5]
        q[0], q[1], q[2] = clip(w - nw, CLIP), clip(n - nw, CLIP), clip(ne - n, CLIP)
        q[3], q[4] = clip(w - ww, CLIP), clip(n - nn, CLIP)


@inner
def dc_totals(grid: Grid, known: Known, work: Work, k: int, d: int, begin: int) -> None:
    """Squares and magnitudes of the patterns of DC, its energies from `begin` on."""
    block = kept_blocks(grid, known, k) + grid.starts[d] + grid.first[d]
    for i in range(grid.end[d] - grid.first[d]):
        energy = total = 0
        for j in range(5):
            pattern = known.patterns[PATTERNS * (block + i) + j]
            energy += pattern * pattern
            total += abs(pattern)
        work.energy[begin + i], work.total[i] = energy, total


@inner
def dc_magnitudes(grid: Grid, known: Known, work: Work, k: int, d: int) -> None:
    """Steps between neighbors; gradients of three components before."""
    f, m, near = work.factors, work.magnitudes, grid.offsets[d]
    start = grid.starts[d] + grid.first[d]
    one, two, three = (
        kept_blocks(grid, known, k - 1) + start,
        kept_blocks(grid, known, k - 2) + start,
        kept_blocks(grid, known, k - 3) + start,
    )
    for j in range(grid.end[d] - grid.first[d]):
        row = grid.first[d] + j
        w, n, nw, ne, ww, nn = f[0, j], f[1, j], f[2, j], f[3, j], f[4, j], f[5, j]
        i = plane(grid, k, 0) + grid.starts[d] + row
        nnw = known.values[i + near[NNW]] if row > 1 and d - 2 * row > 0 else nn
        m[0, j] = abs(w - ww) + abs(n - nn)
        m[1, j] = abs(w - ww) + abs(n - nw) + abs(ne - n) + abs(nn - nnw)
        m[2, j] = abs(w - nw) + abs(n - nw) + abs(n - ne)
        m[3, j] = m[4, j] = 0
        m[5, j] = known.steep[one + j]
        m[6, j] = known.steep[two + j] + known.steep[three + j]


@inner
def ac_totals(known: Known, work: Work, own: int, block: int, begin: int, count: int) -> None:
    """Squares and magnitudes of patterns: those of blocks so far, and W and N."""
    west, north = known.west[own : own + count], known.north[own : own + count]
    energy, total = (
        known.block_energy[block : block + count],
        known.block_total[block : block + count],
    )
    out, sums = work.energy[begin : begin + count], work.total[:count]
    for i in range(count):
        w, n = min(max(west[i], -CLIP), CLIP), min(max(north[i], -CLIP), CLIP)
        out[i] = energy[i] + w * w + n * n
        sums[i] = total[i] + abs(w) + abs(n)


@inner
def two_before(work: Work, around: Ints, two: int, three: int, count: int) -> None:
    """Magnitudes around in the planes two and three components before."""
    out, a, b = work.magnitudes[6], around[two : two + count], around[three : three + count]
    for i in range(count):
        out[i] = a[i] + b[i]
