"""The weights of a prediction: least squares over what was decoded, in integers.

Sums of products are exact. The normal equations are scaled to 30 bits and decomposed as L D L'. No product in
it exceeds 2**62, for |L[i, j] S[k, j]| = |S[i, j] S[k, j] / D[j]| <= 1 of a scaled positive matrix; hostile
data may wrap around, alike everywhere.
"""

from btcnet_jax.coding.bounded.arrays import COUNT, Ints, State
from btcnet_jax.coding.context.kernel.compiling import inner, shared

# Bits behind the point: of the scaled equations, of inverse pivots, of factors and weights, of the solution.
_UNIT, _INVERSE, _WEIGHT, _FINE = 30, 54, 20, 24
# A share of 2**-13 of each neighbor's energy is added to it.
_RIDGE = 13
_LEAST_PIVOT = 1 << 14
_MOST_WEIGHT, _MOST_FACTOR = 1 << 26, 1 << 27
_MOST_FINE = 1 << 30
# Lines, or groups of them, forget 1/16 of what was before; bands all but 1/64.
_FORGET, _INHERIT = 4, 6


@shared
def learn(state: State) -> None:
    """Adds the samples of a line to the sums."""
    line, target = state.line, state.target
    cols = len(target)
    for i in range(COUNT):
        for j in range(i + 1):
            total = 0
            for col in range(cols):
                total += int(line[i, col]) * int(line[j, col])
            state.gram[i, j] += total
        total = 0
        for col in range(cols):
            total += int(line[i, col]) * int(target[col])
        state.cross[i] += total
    total = 0
    for col in range(cols):
        total += int(target[col]) * int(target[col])
    state.energy[0] += total


@shared
def forget(state: State) -> None:
    """Makes what was learned count less, before more lines are learned."""
    for i in range(COUNT):
        for j in range(i + 1):
            state.gram[i, j] -= state.gram[i, j] >> _FORGET
        state.cross[i] -= state.cross[i] >> _FORGET
    state.energy[0] -= state.energy[0] >> _FORGET


@shared
def inherit(state: State) -> None:
    """Leaves to the next band a little of what was learned."""
    for i in range(COUNT):
        for j in range(i + 1):
            state.gram[i, j] >>= _INHERIT
        state.cross[i] >>= _INHERIT
    state.energy[0] >>= _INHERIT


@inner
def _shifted(value: int, left: int) -> int:
    """A value times 2**left, rounded down."""
    if left >= 0:
        return value << min(left, 62)
    return value >> min(-left, 63)


@inner
def _half_bits(value: int) -> int:
    """Half of the bits of a value, rounded up."""
    bits = 0
    while bits < 63 and value >> bits:
        bits += 1
    return (bits + 1) >> 1


@inner
def _within(value: int, most: int) -> int:
    return min(max(value, -most), most)


@shared
def solve(state: State, noise: int) -> None:
    """Finds the weights.

    Args:
        noise: added to the sum of squares of each neighbor, 1 or more.
    """
    own = _half_bits(state.energy[0] + noise)
    _scale(state, noise, own)
    for j in range(COUNT):
        _eliminate(state.factor, state.solution, j)
    a, s = state.factor, state.solution
    for i in range(COUNT - 1, -1, -1):
        total = s[i, 2] << _WEIGHT
        for k in range(i + 1, COUNT):
            total -= a[k, i] * s[k, 2]
        s[i, 2] = _within(total >> _WEIGHT, _MOST_FINE)
        weight = _shifted(s[i, 2], min(own - s[i, 0] + _WEIGHT - _FINE, 30))
        state.weights[i] = _within(weight, _MOST_WEIGHT)


@shared
def _scale(state: State, noise: int, own: int) -> None:
    """The normal equations in 30 bits: each neighbor in a power of two of its own, the target in 2**own."""
    a, s = state.factor, state.solution
    for i in range(COUNT):
        energy = state.gram[i, i] + (state.gram[i, i] >> _RIDGE) + noise
        s[i, 0] = _half_bits(energy)
        a[i, i] = _shifted(energy, _UNIT - 2 * s[i, 0])
        for j in range(i):
            a[i, j] = _shifted(state.gram[i, j], _UNIT - s[i, 0] - s[j, 0])
        s[i, 1] = _shifted(state.cross[i], _UNIT - s[i, 0] - own)


@shared
def _eliminate(a: Ints, s: Ints, j: int) -> None:
    """One column of the decomposition, and what it means for the right side."""
    pivot = max(a[j, j], _LEAST_PIVOT)
    inverse = (1 << _INVERSE) // pivot
    for i in range(j + 1, COUNT):
        factor = (a[i, j] * inverse) >> (_INVERSE - _UNIT)
        for k in range(j + 1, i + 1):
            a[i, k] -= (factor * a[k, j]) >> _UNIT
        s[i, 1] -= (factor * s[j, 1]) >> _UNIT
    s[j, 2] = _within(((s[j, 1] << _UNIT) // pivot) >> (_UNIT - _FINE), _MOST_FINE)
    for i in range(j + 1, COUNT):
        a[i, j] = _within((a[i, j] * inverse) >> (_INVERSE - _WEIGHT), _MOST_FACTOR)
