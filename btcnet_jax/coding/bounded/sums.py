"""The sums over lines that a prediction is made of: what weighted neighbors come to, and products of them.

They are whole numbers in float64, which processors multiply and add at once, several of them. Samples take
`FEATURE_BITS`, weights `WEIGHT_BITS`, so that no sum reaches 2**53: all are exact, in whatever order they are
added and however a product is rounded, and the same on every machine.
"""

import functools
from typing import Any

from btcnet_jax.coding.bounded.arrays import (
    COUNT,
    FEATURE_BITS,
    GROUP,
    NEIGHBOR_TABLE,
    PAD,
    RING,
    SERIAL,
    SUMMED,
    WEIGHT_BITS,
    Floats,
    Ints,
    State,
)
from btcnet_jax.coding.context.kernel.compiling import inner, shared

_EXACT_BITS = 53
# Columns whose products are added before they become integers.
_TOGETHER = 1 << (_EXACT_BITS - 2 * FEATURE_BITS - 1)
assert 2**WEIGHT_BITS * 2**FEATURE_BITS * COUNT < 1 << _EXACT_BITS
assert (COUNT - SERIAL) % GROUP == 0

_exact: Any = functools.partial(shared, fastmath={"contract", "reassoc", "nsz"})


@shared
def gather(state: State, number: int, row: int) -> None:
    """Lists the neighbors of a line that are known before it, and sums what they predict.

    Args:
        state: of the tile.
        number: of the band.
        row: of its line.
    """
    for col in range(len(state.sums)):
        state.sums[col] = 0
    for i in range(SERIAL, COUNT, GROUP):
        _gather_group(state, i, number, row)


@_exact
def _gather_group(state: State, i: int, number: int, row: int) -> None:
    """Three neighbors at once, for the sums go through memory."""
    planes = state.planes
    # From there on, for an index that might count from the end would be looked at one by one.
    plane, above, beside = _place(i, number, row)
    a = planes[plane, above, beside:]
    plane, above, beside = _place(i + 1, number, row)
    b = planes[plane, above, beside:]
    plane, above, beside = _place(i + 2, number, row)
    c = planes[plane, above, beside:]
    d, e, f = state.line[i], state.line[i + 1], state.line[i + 2]
    first, second, third = (
        float(state.weights[i]),
        float(state.weights[i + 1]),
        float(state.weights[i + 2]),
    )
    sums = state.sums
    for col in range(len(sums)):
        x, y, z = float(a[col]), float(b[col]), float(c[col])
        d[col], e[col], f[col] = x, y, z
        sums[col] += first * x + second * y + third * z


@inner
def _place(i: int, number: int, row: int) -> tuple[int, int, int]:
    """Plane, row and first column in it of a neighbor of a line's samples."""
    back, down, right = NEIGHBOR_TABLE[i, 0], NEIGHBOR_TABLE[i, 1], NEIGHBOR_TABLE[i, 2]
    return (number + RING - back) % RING, row + PAD + down, PAD + right


@shared
def learn(line: Floats, products: Ints) -> None:
    """Adds the samples of a line to the sums."""
    for start in range(0, line.shape[1], _TOGETHER):
        for i in range(0, SUMMED, GROUP):
            for j in range(0, i + 1, GROUP):
                _multiply(line, products, i, j, start)


@_exact
def _multiply(line: Floats, products: Ints, i: int, j: int, start: int) -> None:
    """Sums the products of two groups: without names for all nine they would go through memory."""
    end = min(start + _TOGETHER, line.shape[1])
    a, b, c = line[i, start:end], line[i + 1, start:end], line[i + 2, start:end]
    d, e, f = line[j, start:end], line[j + 1, start:end], line[j + 2, start:end]
    ad = ae = af = bd = be = bf = cd = ce = cf = 0.0
    for col in range(end - start):
        x, y, z = d[col], e[col], f[col]
        one = a[col]
        ad, ae, af = ad + one * x, ae + one * y, af + one * z
        one = b[col]
        bd, be, bf = bd + one * x, be + one * y, bf + one * z
        one = c[col]
        cd, ce, cf = cd + one * x, ce + one * y, cf + one * z
    for row, found in enumerate(((ad, ae, af), (bd, be, bf), (cd, ce, cf))):
        for col in range(GROUP):
            products[i + row, j + col] += int(found[col])
