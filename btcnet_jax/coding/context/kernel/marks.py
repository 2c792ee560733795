"""What a coefficient leaves at places and positions that will read it, as soon as it is known.

Zero leaves nothing. What would lie outside the plane falls into the gaps between diagonals, and is not read.
"""

import numpy as np

from btcnet_jax.coding.context.kernel.arrays import CLIP, Grid
from btcnet_jax.coding.context.kernel.compiling import inner, shared
from btcnet_jax.coding.context.kernel.known import PATTERNS, Known
from btcnet_jax.coding.context.kernel.surroundings import (
    GRADIENTS,
    NE,
    NW,
    WW,
    WWW,
    N,
    W,
    clip,
    kept_blocks,
    kept_plane,
    plane,
    unsigned,
)
from btcnet_jax.coding.context.layout import POSITIONS


def _higher_positions() -> np.ndarray:
    """The up to five AC positions that each position is a frequency or two below; 0 where there are fewer."""
    higher = np.zeros((16, 5), np.int64)
    steps = ((1, 0), (0, 1), (1, 1), (2, 0), (0, 2))
    for p, (u, v) in enumerate(POSITIONS):
        above = [(u + down, v + right) for down, right in steps]
        found = [POSITIONS.index(f) for f in above if f in POSITIONS]
        higher[p, : len(found)] = found
    return higher


_HIGHER = _higher_positions()


@shared
def begin_component(grid: Grid, known: Known, k: int) -> None:
    """Clears the marks of the component whose turn it was before."""
    first = kept_blocks(grid, known, k)
    end = first + grid.size
    for marks in (known.west, known.north, known.close, known.far, known.lower, known.around):
        marks[16 * first : 16 * end] = 0
    known.sums[first:end] = 0
    known.patterns[PATTERNS * first : PATTERNS * end] = 0


@inner
def show(grid: Grid, known: Known, own: int, ahead: np.ndarray, before: int, value: int) -> None:
    """Makes one AC coefficient another for those that come after it in its plane.

    Args:
        own: where it stands in marks of planes.
        ahead: offsets to the places whose neighbors it is.
        before: what it has been so far.
        value: what it is.
    """
    known.west[unsigned(own + ahead[W])] = known.north[unsigned(own + ahead[N])] = value
    more = abs(value) - abs(before)
    for side in (W, N):
        known.close[unsigned(own + ahead[side])] += 2 * more
        known.far[unsigned(own + ahead[side])] += 2 * more
    for side in (NW, NE):
        known.close[unsigned(own + ahead[side])] += more
        known.far[unsigned(own + ahead[side])] += more
    for side in range(WW, WWW + 1):
        known.far[unsigned(own + ahead[side])] += more


@inner
def show_run(grid: Grid, known: Known, k: int, p: int, d: int) -> None:
    """Shows a run of what stands in `known`, none of which has been shown."""
    if p == 0:
        return
    ahead, begin = grid.opposite[d], grid.starts[d] + grid.first[d]
    own, kept = plane(grid, k, p) + begin, kept_plane(grid, known, k, p) + begin
    count = grid.end[d] - grid.first[d]
    values = known.values[own : own + count]
    for i in range(count):
        if values[i] != 0:
            show(grid, known, kept + i, ahead, 0, values[i])


@inner
def leave(grid: Grid, known: Known, k: int, p: int, d: int, place: int, value: int) -> None:
    """Leaves one AC coefficient to higher positions of its block and to later components."""
    near, own, block = (
        grid.offsets[d],
        kept_plane(grid, known, k, p) + place,
        kept_blocks(grid, known, k) + place,
    )
    size, pattern = abs(value), clip(value, CLIP)
    known.around[unsigned(own)] += 2 * size
    for side in range(4):
        known.around[unsigned(own + near[side])] += size
    known.sums[unsigned(block)] += size
    for j in range(5):
        if _HIGHER[p, j]:
            known.lower[unsigned(kept_plane(grid, known, k, _HIGHER[p, j]) + place)] += size
    if p < 15:
        known.patterns[unsigned(PATTERNS * block + GRADIENTS + p - 1)] = pattern
    known.block_energy[unsigned(block)] += pattern * pattern
    known.block_total[unsigned(block)] += abs(pattern)
