"""The weights of a prediction: least squares over what was decoded, in integers.

Sums of products are exact. The normal equations are scaled to 30 bits and decomposed as L D L'. No product in
it exceeds 2**62, for |L[i, j] S[k, j]| = |S[i, j] S[k, j] / D[j]| <= 1 of a scaled positive matrix. One that
rounding has left with a pivot below `_LEAST_PIVOT`, of bands nearly alike or of hostile data, may wrap around,
alike everywhere.
"""

from btcnet_jax.coding.bounded.arrays import (
    COUNT,
    SOLVED,
    SUMMED,
    WEIGHT_BITS,
    Ints,
    Solving,
)
from btcnet_jax.coding.context.kernel.compiling import inner, shared

# Bits behind the point: of the scaled equations, of inverse pivots, of factors and weights, of the solution.
_UNIT, _INVERSE, _WEIGHT, _FINE = 30, 54, 20, 24
# A share of 2**-13 of each neighbor's energy is added to it.
_RIDGE = 13
_LEAST_PIVOT = 1 << 14
_MOST_WEIGHT, _MOST_FACTOR = 1 << WEIGHT_BITS, 1 << 27
_MOST_FINE = 1 << 30
# Lines, or groups of them, forget 1/16 of what was before; bands all but 1/64.
_FORGET, _INHERIT = 4, 6


@shared
def forget(products: Ints) -> None:
    """Makes what was learned count less, before more lines are learned."""
    for i in range(SUMMED):
        for j in range(i + 1):
            products[i, j] -= products[i, j] >> _FORGET


@shared
def inherit(products: Ints) -> None:
    """Leaves to the next band a little of what was learned."""
    for i in range(SUMMED):
        for j in range(i + 1):
            products[i, j] >>= _INHERIT


@inner
def _shifted(value: int, left: int) -> int:
    """A value times 2**left, rounded down."""
    if left >= 0:
        return value << min(left, 62)
    return value >> min(-left, 63)


@inner
def _half_bits(value: int) -> int:
    """Half of the bits of a value, rounded up; of a negative one 32."""
    if value < 0:
        return 32
    bits = 0
    for step in (32, 16, 8, 4, 2, 1):
        if value >> step:
            value >>= step
            bits += step
    return (bits + (1 if value else 0) + 1) >> 1


@inner
def _within(value: int, most: int) -> int:
    return min(max(value, -most), most)


@shared
def solve(products: Ints, solving: Solving, weights: Ints, noise: int) -> None:
    """Finds the weights.

    Args:
        noise: added to the sum of squares of each neighbor, 1 or more.
    """
    own = _half_bits(products[COUNT, COUNT] + noise)
    _scale(products, solving, noise, own)
    for i in range(COUNT):
        _eliminate(solving, i)
    right, inverse, rows = solving.right, solving.inverse, solving.rows
    for j in range(COUNT):
        fine = ((right[j] << _UNIT) // solving.pivot[j]) >> (_UNIT - _FINE)
        right[j] = _within(fine, _MOST_FINE) << _WEIGHT
    for i in range(COUNT - 1, -1, -1):
        found = _within(right[i] >> _WEIGHT, _MOST_FINE)
        for j in range(i):
            share = (rows[j, i] * inverse[j]) >> (_INVERSE - _WEIGHT)
            right[j] -= _within(share, _MOST_FACTOR) * found
        weight = _shifted(found, min(own - solving.scale[i] + _WEIGHT - _FINE, 30))
        weights[i] = _within(weight, _MOST_WEIGHT)


@shared
def _scale(products: Ints, solving: Solving, noise: int, own: int) -> None:
    """The normal equations in 30 bits: each neighbor in a power of two of its own, the target in 2**own."""
    scale, rows = solving.scale, solving.rows
    for i in range(COUNT):
        energy = products[i, i] + (products[i, i] >> _RIDGE) + noise
        half = scale[i] = _half_bits(energy)
        for j in range(i):
            rows[j, i] = _shifted(products[i, j], _UNIT - half - scale[j])
        rows[i, i] = _shifted(energy, _UNIT - 2 * half)
        solving.right[i] = _shifted(products[COUNT, i], _UNIT - half - own)


@shared
def _eliminate(solving: Solving, i: int) -> None:
    """One row of the decomposition, by all before it, and what it means for the right side."""
    rows, factors, right = solving.rows, solving.factors, solving.right
    # From a place on that leaves whole vectors; what stands before the diagonal is never read.
    start = whole = i - i % SOLVED
    here = rows[i, start:]
    for k in range(0, whole, SOLVED):
        _take_four(here, solving, i, k, start)
    for k in range(whole, i):
        above, factor = rows[k, i], factors[k, start:]
        for j in range(len(here)):
            here[j] -= (factor[j] * above) >> _UNIT
    rest = right[i]
    for k in range(i):
        rest -= (factors[k, i] * right[k]) >> _UNIT
    right[i] = rest
    pivot = solving.pivot[i] = max(rows[i, i], _LEAST_PIVOT)
    inverse = solving.inverse[i] = (1 << _INVERSE) // pivot
    own = factors[i, start:]
    for j in range(len(here)):
        own[j] = (here[j] * inverse) >> (_INVERSE - _UNIT)


@inner
def _take_four(here: Ints, solving: Solving, i: int, k: int, start: int) -> None:
    """Takes four rows from another, which goes through memory once."""
    rows, factors = solving.rows, solving.factors
    a, b, c, d = rows[k, i], rows[k + 1, i], rows[k + 2, i], rows[k + 3, i]
    e, f = factors[k, start:], factors[k + 1, start:]
    g, h = factors[k + 2, start:], factors[k + 3, start:]
    for j in range(len(here)):
        total = here[j] - ((e[j] * a) >> _UNIT) - ((f[j] * b) >> _UNIT)
        here[j] = total - ((g[j] * c) >> _UNIT) - ((h[j] * d) >> _UNIT)
