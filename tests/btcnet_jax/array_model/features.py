"""What is read of a coefficient's surroundings: factors of its expectation, patterns, magnitudes."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from array_model.layout import POSITIONS
from array_model.planes import SymbolPlanes

MAGNITUDES = 8
_FAR = ("WW", "NN", "NNW", "NNE", "NWW", "WWW")


def _lower_positions() -> Int[np.ndarray, "14 16"]:
    """Which of the positions 1 to 14 are a frequency or two below each position."""
    steps = ((1, 0), (0, 1), (1, 1), (2, 0), (0, 2))
    below = [[(u - down, v - right) for down, right in steps] for u, v in POSITIONS]
    return np.array([[f in lower for lower in below] for f in POSITIONS[1:15]], np.int32)


_IS_LOWER = _lower_positions()


class Surroundings(NamedTuple):
    """Rows are features, columns coefficients.

    Attributes:
        factors: of the expectation, in steps.
        patterns: what the cross term goes by, in steps.
        magnitudes: sums of absolute values, near to far.
    """

    factors: Int[np.ndarray, "6 n"]
    patterns: Int[np.ndarray, "patterns n"]
    magnitudes: Int[np.ndarray, "8 n"]


def dc_surroundings(
    planes: SymbolPlanes, k: Int[np.ndarray, "n"], at: Int[np.ndarray, "n"]
) -> Surroundings:
    """Of DC coefficients: causal neighbors in the plane, and gradients of three components before."""
    names = ("W", "N", "NW", "NE", "WW", "NN", "NNW")
    w, n, nw, ne, ww, nn, nnw = (planes.dc(k, name, at) for name in names)
    before = [_gradient_before(planes, k, at, back) for back in (1, 2, 3)]
    to_west, to_north = np.abs(w - ww), np.abs(n - nn)
    steps = to_west + np.abs(n - nw) + np.abs(ne - n) + np.abs(nn - nnw)
    zero = np.zeros_like(w)
    magnitudes = [
        to_west + to_north,
        steps,
        np.abs(w - nw) + np.abs(n - nw) + np.abs(n - ne),
        zero,
        zero,
        before[0],
        before[1] + before[2],
        planes.block_sums_before(k, at),
    ]
    patterns = [w - nw, n - nw, ne - n, w - ww, n - nn]
    return Surroundings(np.stack([w, n, nw, ne, ww, nn]), np.stack(patterns), np.stack(magnitudes))


def ac_surroundings(
    planes: SymbolPlanes, k: Int[np.ndarray, "n"], p: Int[np.ndarray, "n"], at: Int[np.ndarray, "n"]
) -> Surroundings:
    """Of AC coefficients: gradients of DC, the block so far, the plane so far, three components before."""
    gradients = _gradients(planes, k, at)
    index = planes.index(k, p, at)
    w, n = planes.value(index, "W"), planes.value(index, "N")
    earlier = _earlier_positions(planes, planes.index(k, 0, at), p)
    close = 2 * (np.abs(w) + np.abs(n))
    close += np.abs(planes.value(index, "NW")) + np.abs(planes.value(index, "NE"))
    far = sum(np.abs(planes.value(index, name)) for name in _FAR)
    magnitudes = [
        close,
        close + far,
        np.abs(gradients[0]) + np.abs(gradients[1]),
        planes.block_sum(k, at),
        np.einsum("fn,fn->n", np.abs(earlier), _IS_LOWER.take(p, axis=1)),
        planes.around(index, 1),
        planes.around(index, 2) + planes.around(index, 3),
        planes.block_sums_before(k, at),
    ]
    patterns = np.concatenate([gradients, earlier, w[None], n[None]])
    return Surroundings(np.stack([*gradients, w, n]), patterns, np.stack(magnitudes))


def _gradient_before(
    planes: SymbolPlanes, k: Int[np.ndarray, "n"], at: Int[np.ndarray, "n"], back: int
) -> Int[np.ndarray, "n"]:
    east, west, north, south = (planes.dc(k, "around " + name, at, back) for name in "EWNS")
    return np.abs(east - west) + np.abs(south - north)


def _gradients(
    planes: SymbolPlanes, k: Int[np.ndarray, "n"], at: Int[np.ndarray, "n"]
) -> Int[np.ndarray, "4 n"]:
    """First and second differences of the component's DC plane, along rows and columns."""
    east, west, north, south = (planes.dc(k, "around " + name, at) for name in "EWNS")
    twice = 2 * planes.value(planes.index(k, 0, at))
    return np.stack([east - west, south - north, east + west - twice, south + north - twice])


def _earlier_positions(
    planes: SymbolPlanes, index: Int[np.ndarray, "n"], p: Int[np.ndarray, "n"]
) -> Int[np.ndarray, "14 n"]:
    """Positions 1 to 14 of the block, zero from the coefficient's own on."""
    earlier = np.zeros((14, len(p)), np.int32)
    for position in range(1, int(p.max())):
        earlier[position - 1] = planes.position(index, position) * (p > position)
    return earlier
