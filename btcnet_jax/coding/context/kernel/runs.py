"""Along a run of coefficients: one position of one component on one diagonal, none of which another one reads."""

from btcnet_jax.coding.context.kernel.arrays import CLIP, Grid, Known, Model, Work
from btcnet_jax.coding.context.kernel.compiling import shared
from btcnet_jax.coding.context.kernel.judging import judge
from btcnet_jax.coding.context.kernel.surroundings import (
    ac_patterns,
    clip,
    dc_patterns,
    look,
    plane,
    products_at,
)
from btcnet_jax.coding.context.layout import BEFORE


@shared
def judge_run(
    model: Model, grid: Grid, known: Known, work: Work, k: int, p: int, d: int, j: int
) -> int:
    """Fills tables, expectations and energies of `work` from j on; gives where the run ends."""
    for row in range(grid.first[d], grid.end[d]):
        work.energy[j] = look(grid, known, work, k, p, d, row)
        work.table[j], work.expectation[j] = judge(model, known, work, k, p)
        j += 1
    return j


@shared
def enter_run(grid: Grid, known: Known, work: Work, k: int, p: int, d: int, j: int) -> int:
    """Adds what stands in `known` to its sums, with the energies of `work` from j on; gives where the run ends."""
    values, sums = plane(grid, k, p), (k + BEFORE) * grid.size
    for row in range(grid.first[d], grid.end[d]):
        i = grid.starts[d] + row
        value, at = known.values[values + i], p * grid.size + i
        known.energy[at] += work.energy[j]
        j += 1
        if p == 0:
            # DC is expected from its neighbors; what goes with gradients is the difference to them.
            dc_patterns(grid, known, k, d, row, work.factors, work.patterns)
            target = 2 * value - work.factors[0] - work.factors[1]
        elif value:
            known.sums[sums + i] += abs(value)
            ac_patterns(grid, known, k, p, d, row, work.factors, work.patterns)
            target = value
        else:
            continue
        target = clip(target, CLIP)
        first = products_at(grid, p, i)
        for pattern in range(p + 5):
            known.products[first + pattern] += target * work.patterns[pattern]
        known.targets[at] += target * target
    return j
