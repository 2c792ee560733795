"""Surprise: how much larger or smaller than expected differences were, near a coefficient and along its plane.

Each coefficient leaves two numbers: how far it was from its expectation, and how far its scale, before
surprise, let expect. Where sums of the first are twice those of the second, what comes next is likely twice as
large as its scale says, too: the contexts learn from how they did. So the scale has two more features, both
logarithms of sums over sums: of what is near (in the plane, in two components and two positions before), and of
the plane so far.

Source: scales that follow past errors are those of lossless coders by contexts (CALIC, Wu & Memon 1997) and of
GARCH models (Bollerslev 1986).
"""

import numpy as np

from btcnet_jax.coding.context.fixed_point import MEAN_ONE
from btcnet_jax.coding.context.kernel.arrays import Grid, Work
from btcnet_jax.coding.context.kernel.compiling import inner
from btcnet_jax.coding.context.kernel.known import Known
from btcnet_jax.coding.context.kernel.surroundings import NE, NW, N, W, plane
from btcnet_jax.coding.context.weights import CLASSES, CLASSES_PER_OCTAVE, LOWEST_OCTAVE

ONE = 64
"""A symbol's unit in rests and widths."""
WIDTHS = np.rint(
    2 * ONE * np.exp2((np.arange(CLASSES) + 0.5) / CLASSES_PER_OCTAVE + LOWEST_OCTAVE)
).astype(np.int32)
"""Of each class of scale, in half steps: none is so near to a rounding's edge that machines could differ."""
_ONE_SHIFT = (MEAN_ONE // ONE).bit_length() - 1
# What a rest counts at most, in widths.
_MOST = 8
# What is expected where nothing is known, for sums of few and of small ones; and bits that sums have too many.
_PRIOR_NEAR, _SHIFT_NEAR = 6 * ONE, 3
_PRIOR_PLANE, _SHIFT_PLANE = 3 * ONE, 2
# A plane's sums lose n / 64 for each n coefficients.
_FADE, _MOST_AT_ONCE = 6, 32


@inner
def missed_near(grid: Grid, known: Known, work: Work, k: int, p: int, d: int) -> None:
    """Fills `missed` of `work`: sums around each coefficient of a run, in 1/16 of a symbol's unit.

    A plane that begins has no sums of its own: it may have been gone through before.
    """
    if d == 0:
        known.running[0, 16 * k + p] = known.running[1, 16 * k + p] = 0
    near, count = grid.offsets[d], grid.end[d] - grid.first[d]
    own, back = plane(grid, k, p) + grid.starts[d] + grid.first[d], 16 * grid.size
    # Planes of no lower positions of the block do not count.
    first, second = 6 if p > 0 else 0, 3 if p > 1 else 0
    for kind in range(2):
        values, out = (known.rests if kind == 0 else known.widths), work.missed[kind]
        west, north = values[own + near[W] :][:count], values[own + near[N] :][:count]
        beside, behind = values[own + near[NW] :][:count], values[own + near[NE] :][:count]
        one, two = values[own - back :][:count], values[own - 2 * back :][:count]
        lower, lowest = values[own - grid.size :][:count], values[own - 2 * grid.size :][:count]
        for i in range(count):
            plane_sum = 4 * (west[i] + north[i]) + 2 * (beside[i] + behind[i])
            before = 6 * one[i] + 3 * two[i] + first * lower[i] + second * lowest[i]
            out[i] = (_PRIOR_NEAR + plane_sum + before) >> _SHIFT_NEAR


@inner
def missed_along(known: Known, kind: int, k: int, p: int) -> int:
    """The plane's sum so far, likewise."""
    return (known.running[kind, 16 * k + p] + _PRIOR_PLANE) >> _SHIFT_PLANE


@inner
def note_run(grid: Grid, known: Known, work: Work, k: int, p: int, d: int, begin: int) -> None:
    """Notes how far a run's symbols, which `known` holds, were from what `work` expects from `begin` on."""
    count, at = grid.end[d] - grid.first[d], 16 * k + p
    own = plane(grid, k, p) + grid.starts[d] + grid.first[d]
    values, rests = known.values[own : own + count], known.rests[own : own + count]
    widths, running = known.widths[own : own + count], known.running
    width_of, expectation = (
        work.width[begin : begin + count],
        work.expectation[begin : begin + count],
    )
    missed = expected = 0
    for i in range(count):
        width = width_of[i]
        rest = abs(values[i] * MEAN_ONE - expectation[i]) >> _ONE_SHIFT
        widths[i], rests[i] = width, min(rest, _MOST * width + ONE)
        missed += rests[i]
        expected += width
    faded = min(count, _MOST_AT_ONCE)
    running[0, at] += missed - (running[0, at] * faded >> _FADE)
    running[1, at] += expected - (running[1, at] * faded >> _FADE)
