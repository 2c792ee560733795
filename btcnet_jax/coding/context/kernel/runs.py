"""Along a run: one position of one component on one diagonal, none of whose coefficients reads another one."""

from btcnet_jax.coding.context.fixed_point import CROSS_ONE
from btcnet_jax.coding.context.kernel.arrays import CLIP, SHRINK, Grid, Known, Model, Work
from btcnet_jax.coding.context.kernel.compiling import inner, shared
from btcnet_jax.coding.context.kernel.judging import judge
from btcnet_jax.coding.context.kernel.surprise import missed_near, note_run
from btcnet_jax.coding.context.kernel.surroundings import clip, magnitudes_of, patterns_of, plane
from btcnet_jax.coding.context.layout import BEFORE


@shared
def judge_run(
    model: Model, grid: Grid, known: Known, work: Work, k: int, p: int, d: int, begin: int
) -> int:
    """Fills tables, expectations and energies of `work` from `begin` on; gives where the run ends."""
    look(grid, known, work, k, p, d, begin)
    seen = p * grid.size + grid.starts[d] + grid.first[d]
    count = grid.end[d] - grid.first[d]
    if model.surprised:
        missed_near(grid, known, work, k, p, d)
    judge(model, known, work, k, p, count, known.targets[seen : seen + count], begin)
    return begin + count


@inner
def look(grid: Grid, known: Known, work: Work, k: int, p: int, d: int, begin: int) -> None:
    """Fills factors, cross terms and magnitudes of `work`, and from `begin` on energies."""
    patterns_of(grid, known, work, k, p, d)
    magnitudes_of(grid, known, work, k, p, d)
    count, cross, total = grid.end[d] - grid.first[d], work.cross, work.total
    energy = work.energy[begin : begin + count]
    for i in range(count):
        cross[i] = energy[i] = total[i] = 0
    for j in range(p + 5):
        q = work.patterns[j]
        for i in range(count):
            energy[i] += q[i] * q[i]
            total[i] += abs(q[i])
    _expect(grid, known, work, p, d)


@inner
def _expect(grid: Grid, known: Known, work: Work, p: int, d: int) -> None:
    """The cross terms."""
    count, cross = grid.end[d] - grid.first[d], work.cross
    place = grid.starts[d] + grid.first[d]
    seen = p * grid.size + place
    targets, energy = known.targets[seen : seen + count], known.energy[seen : seen + count]
    some = False
    for i in range(count):
        some |= targets[i] != 0
    # Where every target was zero, so are all sums of products.
    if not some:
        return
    for j in range(p + 5):
        at = _products(grid, p, j) + place
        products, q = known.products[at : at + count], work.patterns[j]
        for i in range(count):
            cross[i] += products[i] * q[i]
    for i in range(count):
        if cross[i]:
            cross[i] = CROSS_ONE * cross[i] // (energy[i] + SHRINK)


@inner
def _products(grid: Grid, p: int, j: int) -> int:
    """Where the sums of products with pattern j begin: each position has p + 5 planes of them."""
    return grid.size * (p * (p - 1) // 2 + 5 * p + j)


@shared
def enter_run(grid: Grid, known: Known, work: Work, k: int, p: int, d: int, begin: int) -> int:
    """Adds what stands in `known` to its sums, its contexts in `work` from `begin` on; where it ends."""
    if len(known.rests) > 0:
        note_run(grid, known, work, k, p, d, begin)
    count, place = grid.end[d] - grid.first[d], grid.starts[d] + grid.first[d]
    at, own, sums = (
        p * grid.size + place,
        plane(grid, k, p) + place,
        (k + BEFORE) * grid.size + place,
    )
    energy, values = known.energy[at : at + count], known.values[own : own + count]
    more, some = work.energy[begin : begin + count], p == 0
    for i in range(count):
        energy[i] += more[i]
    for i in range(count):
        some |= values[i] != 0
    if some:
        patterns_of(grid, known, work, k, p, d)
        for i in range(count):
            value = values[i]
            if p == 0:
                # DC is expected from its neighbors; what goes with gradients is the difference to them.
                value = 2 * value - work.factors[0, i] - work.factors[1, i]
            else:
                known.sums[sums + i] += abs(value)
            work.cross[i] = clip(value, CLIP)
        _learn(grid, known, work, p, place, count)
    return begin + count


@inner
def _learn(grid: Grid, known: Known, work: Work, p: int, place: int, count: int) -> None:
    """Adds targets, which stand in `work.cross`, and their products with patterns."""
    target, at = work.cross, p * grid.size + place
    targets = known.targets[at : at + count]
    for i in range(count):
        targets[i] += target[i] * target[i]
    for j in range(p + 5):
        at = _products(grid, p, j) + place
        products, q = known.products[at : at + count], work.patterns[j]
        for i in range(count):
            products[i] += target[i] * q[i]
