"""What is read of the surroundings of a run: factors of the expectation, patterns, magnitudes.

A run is one position of one component on one diagonal. Its neighbors are runs too (`GridLayout`), so what is
read is added up one neighbor after another in loops that the compiler turns into vector instructions. DC, one
coefficient in sixteen, has other neighbors at the borders and is done coefficient by coefficient.
"""

import numpy as np

from btcnet_jax.coding.context.kernel.arrays import CLIP, Grid, Ints, Known, Work
from btcnet_jax.coding.context.kernel.compiling import inner, shared
from btcnet_jax.coding.context.layout import BEFORE, NEIGHBORS, POSITIONS

W, N, E, S, NW, NE, WW, NN, NNW, NNE, NWW, WWW = range(len(NEIGHBORS))


def _lower_positions() -> np.ndarray:
    """Up to five AC positions a frequency or two below each position; 0 where there are fewer."""
    lower = np.zeros((16, 5), np.int64)
    steps = ((1, 0), (0, 1), (1, 1), (2, 0), (0, 2))
    for p, (u, v) in enumerate(POSITIONS):
        below = [(u - down, v - right) for down, right in steps]
        found = [POSITIONS.index(f) for f in below if f in POSITIONS and f != (0, 0)]
        lower[p, : len(found)] = found
    return lower


_LOWER = _lower_positions()


@inner
def clip(value: int, limit: int) -> int:
    """Within +-limit."""
    return min(max(value, -limit), limit)


@inner
def plane(grid: Grid, k: int, p: int) -> int:
    """Where a stored plane begins in `Known.values`."""
    return (16 * (k + BEFORE) + p) * grid.size


@inner
def _set(out: Ints, values: Ints, begin: int, count: int) -> None:
    part = values[begin : begin + count]
    for i in range(count):
        out[i] = part[i]


@shared
def _add_magnitudes(out: Ints, values: Ints, begin: int, count: int, times: int) -> None:
    part = values[begin : begin + count]
    for i in range(count):
        out[i] += times * abs(part[i])


@inner
def _add_around(out: Ints, values: Ints, near: Ints, begin: int, count: int) -> None:
    """Magnitudes: twice here, and at the four neighbors."""
    _add_magnitudes(out, values, begin, count, 2)
    for side in range(4):
        _add_magnitudes(out, values, begin + near[side], count, 1)


@shared
def patterns_of(grid: Grid, known: Known, work: Work, k: int, p: int, d: int) -> None:
    """Factors but for the cross term, and p + 5 patterns, clipped."""
    if p == 0:
        _dc_patterns(grid, known, work, k, d)
        return
    values, near, count = known.values, grid.offsets[d], grid.end[d] - grid.first[d]
    place = grid.starts[d] + grid.first[d]
    f, q, begin = work.factors, work.patterns, plane(grid, k, 0) + place
    _slopes(grid, known, work.sides, k, d)
    east, west, south, north = work.sides[E], work.sides[W], work.sides[S], work.sides[N]
    here = values[begin : begin + count]
    f0, f1, f2, f3 = f[0], f[1], f[2], f[3]
    for i in range(count):
        f0[i] = east[i] - west[i]
        f1[i] = south[i] - north[i]
    for i in range(count):
        f2[i] = east[i] + west[i] - 2 * here[i]
        f3[i] = south[i] + north[i] - 2 * here[i]
    own = plane(grid, k, p) + place
    _set(f[4], values, own + near[W], count)
    _set(f[5], values, own + near[N], count)
    for j in range(6):
        part, out = f[j], q[j]
        for i in range(count):
            out[i] = min(max(part[i], -CLIP), CLIP)
    for earlier in range(1, p):
        at = begin + earlier * grid.size
        part, out = values[at : at + count], q[5 + earlier]
        for i in range(count):
            out[i] = min(max(part[i], -CLIP), CLIP)


@inner
def _slopes(grid: Grid, known: Known, sides: Ints, k: int, d: int) -> None:
    """DC at W, N, E and S; outside the plane, at the place itself."""
    near, first, last = grid.offsets[d], grid.first[d], grid.end[d] - 1
    count, begin = last - first + 1, plane(grid, k, 0) + grid.starts[d] + first
    for side in range(4):
        _set(sides[side], known.values, begin + near[side], count)
    # Columns fall along a run, so borders are at its ends.
    if first == 0:
        sides[N, 0] = known.values[begin]
    if d - 2 * first == grid.cols - 1:
        sides[E, 0] = known.values[begin]
    if last == grid.rows - 1:
        sides[S, count - 1] = known.values[begin + count - 1]
    if d == 2 * last:
        sides[W, count - 1] = known.values[begin + count - 1]


@inner
def _dc_patterns(grid: Grid, known: Known, work: Work, k: int, d: int) -> None:
    """Factors: causal neighbors; outside the plane the nearest that is inside. Patterns: gradients."""
    values, near, f, q = known.values, grid.offsets[d], work.factors, work.patterns
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
        q[0, j], q[1, j], q[2, j] = clip(w - nw, CLIP), clip(n - nw, CLIP), clip(ne - n, CLIP)
        q[3, j], q[4, j] = clip(w - ww, CLIP), clip(n - nn, CLIP)


@inner
def magnitudes_of(grid: Grid, known: Known, work: Work, k: int, p: int, d: int) -> None:
    """Eight magnitudes of each coefficient, near to far; factors are there."""
    m, near, count = work.magnitudes, grid.offsets[d], grid.end[d] - grid.first[d]
    place = grid.starts[d] + grid.first[d]
    if p == 0:
        _dc_magnitudes(grid, known, work, k, d)
    else:
        _ac_magnitudes(grid, known, work, k, p, d)
    before = (k + BEFORE - 1) * grid.size + place
    for i in range(count):
        m[7, i] = 0
    _add_around(m[7], known.sums, near, before, count)


@inner
def _dc_magnitudes(grid: Grid, known: Known, work: Work, k: int, d: int) -> None:
    """Steps between neighbors; gradients of three components before."""
    f, m, near, sides = work.factors, work.magnitudes, grid.offsets[d], work.sides
    count = grid.end[d] - grid.first[d]
    for j in range(count):
        row = grid.first[d] + j
        w, n, nw, ne, ww, nn = f[0, j], f[1, j], f[2, j], f[3, j], f[4, j], f[5, j]
        i = plane(grid, k, 0) + grid.starts[d] + row
        nnw = known.values[i + near[NNW]] if row > 1 and d - 2 * row > 0 else nn
        m[0, j] = abs(w - ww) + abs(n - nn)
        m[1, j] = abs(w - ww) + abs(n - nw) + abs(ne - n) + abs(nn - nnw)
        m[2, j] = abs(w - nw) + abs(n - nw) + abs(n - ne)
        m[3, j] = m[4, j] = m[5, j] = m[6, j] = 0
    for back in range(1, 4):
        _slopes(grid, known, sides, k - back, d)
        out = m[5 if back == 1 else 6]
        for j in range(count):
            out[j] += abs(sides[E, j] - sides[W, j]) + abs(sides[S, j] - sides[N, j])


@inner
def _ac_magnitudes(grid: Grid, known: Known, work: Work, k: int, p: int, d: int) -> None:
    """The plane so far, gradients, the block so far, the planes of three components before."""
    values, near, m = known.values, grid.offsets[d], work.magnitudes
    count, place = grid.end[d] - grid.first[d], grid.starts[d] + grid.first[d]
    own, block, back = plane(grid, k, p) + place, plane(grid, k, 0) + place, 16 * grid.size
    f, close, far = work.factors, m[0], m[1]
    for i in range(count):
        close[i] = 2 * (abs(f[4, i]) + abs(f[5, i]))
        m[2, i] = abs(f[0, i]) + abs(f[1, i])
    _add_magnitudes(close, values, own + near[NW], count, 1)
    _add_magnitudes(close, values, own + near[NE], count, 1)
    for i in range(count):
        far[i] = close[i]
        m[4, i] = m[5, i] = m[6, i] = 0
    for name in range(WW, WWW + 1):
        _add_magnitudes(far, values, own + near[name], count, 1)
    _set(m[3], known.sums, (k + BEFORE) * grid.size + place, count)
    for j in range(5):
        if _LOWER[p, j]:
            _add_magnitudes(m[4], values, block + _LOWER[p, j] * grid.size, count, 1)
    _add_around(m[5], values, near, own - back, count)
    _add_around(m[6], values, near, own - 2 * back, count)
    _add_around(m[6], values, near, own - 3 * back, count)
