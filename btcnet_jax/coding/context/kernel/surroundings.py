"""What is read of a coefficient's surroundings: factors of its expectation, patterns, magnitudes."""



import numpy as np

from btcnet_jax.coding.context.fixed_point import (
    CROSS_ONE,
    LOG_ONE,
    LOG_TABLE,
    LOG_TABLE_SHIFT,
)
from btcnet_jax.coding.context.kernel.compiling import inner
from btcnet_jax.coding.context.kernel.arrays import CLIP, SHRINK, Grid, Ints, Known, Work
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
def log2_fixed(n: int) -> int:
    """LOG_ONE log2(2n + 1), nearly, of 0 <= n < 2**52: `fixed_point` says how it is rounded."""
    octaves = 0
    while n >= len(LOG_TABLE):
        n >>= LOG_TABLE_SHIFT
        octaves += LOG_TABLE_SHIFT
    return LOG_TABLE[n] + LOG_ONE * octaves


@inner
def clip(value: int, limit: int) -> int:
    return min(max(value, -limit), limit)


@inner
def plane(grid: Grid, k: int, p: int) -> int:
    return (16 * (k + BEFORE) + p) * grid.size


@inner
def _slopes(grid: Grid, known: Known, k: int, d: int, row: int) -> tuple[int, int, int, int]:
    """DC at E, W, S and N; outside the plane, at the place itself."""
    near, i = grid.offsets[d], plane(grid, k, 0) + grid.starts[d] + row
    col, here = d - 2 * row, known.values[i]
    east = known.values[i + near[E]] if col + 1 < grid.cols else here
    west = known.values[i + near[W]] if col > 0 else here
    south = known.values[i + near[S]] if row + 1 < grid.rows else here
    north = known.values[i + near[N]] if row > 0 else here
    return east, west, south, north


@inner
def dc_patterns(grid: Grid, known: Known, k: int, d: int, row: int, f: Ints, q: Ints) -> None:
    """Factors: causal neighbors; outside the plane the nearest that is inside. Patterns: gradients."""
    values, near, i = known.values, grid.offsets[d], plane(grid, k, 0) + grid.starts[d] + row
    col = d - 2 * row
    w, n = values[i + near[W]], values[i + near[N]]
    if col == 0:
        w = n
    if row == 0:
        n = w
    f[0], f[1] = w, n
    f[2] = values[i + near[NW]] if col > 0 and row > 0 else w
    f[3] = values[i + near[NE]] if row > 0 and col + 1 < grid.cols else n
    f[4] = values[i + near[WW]] if col > 1 else w
    f[5] = values[i + near[NN]] if row > 1 else n
    q[0], q[1], q[2], q[3], q[4] = w - f[2], n - f[2], f[3] - n, w - f[4], n - f[5]
    for j in range(5):
        q[j] = clip(q[j], CLIP)


@inner
def ac_patterns(grid: Grid, known: Known, k: int, p: int, d: int, row: int, f: Ints, q: Ints) -> None:
    """Factors: first and second differences of DC, neighbors W and N. Patterns: these, the block so far."""
    values, near, place = known.values, grid.offsets[d], grid.starts[d] + row
    dc, i = plane(grid, k, 0) + place, plane(grid, k, p) + place
    east, west, south, north = _slopes(grid, known, k, d, row)
    f[0], f[1] = east - west, south - north
    f[2], f[3] = east + west - 2 * values[dc], south + north - 2 * values[dc]
    f[4], f[5] = values[i + near[W]], values[i + near[N]]
    for j in range(6):
        q[j] = clip(f[j], CLIP)
    for earlier in range(1, p):
        q[5 + earlier] = clip(values[dc + earlier * grid.size], CLIP)


@inner
def _dc_magnitudes(grid: Grid, known: Known, k: int, d: int, row: int, f: Ints, m: Ints) -> None:
    """Steps between neighbors; gradients of three components before."""
    w, n, nw, ne, ww, nn = f[0], f[1], f[2], f[3], f[4], f[5]
    i = plane(grid, k, 0) + grid.starts[d] + row
    nnw = known.values[i + grid.offsets[d, NNW]] if row > 1 and d - 2 * row > 0 else nn
    m[0] = abs(w - ww) + abs(n - nn)
    m[1] = abs(w - ww) + abs(n - nw) + abs(ne - n) + abs(nn - nnw)
    m[2] = abs(w - nw) + abs(n - nw) + abs(n - ne)
    m[3] = m[4] = m[6] = 0
    for back in range(3, 0, -1):
        east, west, south, north = _slopes(grid, known, k - back, d, row)
        m[5] = abs(east - west) + abs(south - north)
        if back > 1:
            m[6] += m[5]


@inner
def _ac_magnitudes(grid: Grid, known: Known, k: int, p: int, d: int, row: int, f: Ints, m: Ints) -> None:
    """The plane so far, gradients, the block so far, the planes of three components before."""
    values, near, place = known.values, grid.offsets[d], grid.starts[d] + row
    i, dc = plane(grid, k, p) + place, plane(grid, k, 0) + place
    close = 2 * (abs(f[4]) + abs(f[5])) + abs(values[i + near[NW]]) + abs(values[i + near[NE]])
    far = abs(values[i + near[WW]]) + abs(values[i + near[NN]]) + abs(values[i + near[NNW]])
    far += abs(values[i + near[NNE]]) + abs(values[i + near[NWW]]) + abs(values[i + near[WWW]])
    m[0], m[1], m[2] = close, close + far, abs(f[0]) + abs(f[1])
    m[3] = known.sums[(k + BEFORE) * grid.size + place]
    m[4] = 0
    for j in range(5):
        lower = _LOWER[p, j]
        if lower:
            m[4] += abs(values[dc + lower * grid.size])
    back = 16 * grid.size
    m[5] = _around(values, near, i - back)
    m[6] = _around(values, near, i - 2 * back) + _around(values, near, i - 3 * back)


@inner
def _around(values, near, i: int) -> int:
    """Magnitudes: twice here, and at the four neighbors."""
    sides = abs(values[i + near[E]]) + abs(values[i + near[W]])
    return 2 * abs(values[i]) + sides + abs(values[i + near[N]]) + abs(values[i + near[S]])


@inner
def products_at(grid: Grid, p: int, i: int) -> int:
    """Where the sums of products of a position and place begin: p + 5 of them, earlier positions' before."""
    return grid.size * (p * (p - 1) // 2 + 5 * p) + i * (p + 5)


@inner
def look(grid: Grid, known: Known, work: Work, k: int, p: int, d: int, row: int) -> int:
    """Fills the factors, the last being the cross term, and the magnitudes; gives the energy of the patterns."""
    f, m, q, i = work.factors, work.magnitudes, work.patterns, grid.starts[d] + row
    if p == 0:
        dc_patterns(grid, known, k, d, row, f, q)
        _dc_magnitudes(grid, known, k, d, row, f, m)
    else:
        ac_patterns(grid, known, k, p, d, row, f, q)
        _ac_magnitudes(grid, known, k, p, d, row, f, m)
    m[7] = _around(known.sums, grid.offsets[d], (k + BEFORE - 1) * grid.size + i)
    at, energy, total, inner_product = p * grid.size + i, 0, 0, 0
    for j in range(p + 5):
        energy += q[j] * q[j]
        total += abs(q[j])
    # Where every target was zero, so are all sums of products.
    if known.targets[at]:
        first = products_at(grid, p, i)
        for j in range(p + 5):
            inner_product += known.products[first + j] * q[j]
    f[6] = CROSS_ONE * inner_product // (known.energy[at] + SHRINK) if inner_product else 0
    m[8], m[9], m[10] = known.targets[at], abs(f[6]), total
    return energy
