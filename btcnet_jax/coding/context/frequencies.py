"""Tables from the shapes that training found.

Floating point: run once when weights are made, never to decode.
"""

import numpy as np
from jaxtyping import Float, Float64, Int

from btcnet_jax.coding.context.trellis import QUANTIZERS, ZONES
from btcnet_jax.coding.context.weights import (
    CLASSES,
    CLASSES_PER_OCTAVE,
    HALF,
    LOWEST_OCTAVE,
    REMAINDERS,
)
from btcnet_jax.coding.frequency_table import normalize_frequencies
from btcnet_jax.coding.precision import PRECISION

# More are never worth their while: shapes reach some 2**9 steps.
_SHIFTS = 8
# What an escape takes besides its own length.
_ESCAPED = 26
# Nothing is impossible: a thin, wide floor under the density, and so much for the escape.
_FLOOR, _FLOOR_WIDTH = 1e-6, 8


def build_tables(
    shape: Float[np.ndarray, "classes 3"],
) -> tuple[Int[np.ndarray, "tables symbols"], Int[np.ndarray, " classes"]]:
    """Tables of a mixture of two Laplace distributions for each class, as fine as pays.

    Args:
        shape: of each class: the logit of the first distribution's share, and the binary logarithms of the
            two scales over the class's scale.

    Returns:
        Frequencies and shifts as `ContextWeights` takes them.

    Raises:
        ValueError: another number of classes.
    """
    if shape.shape != (CLASSES, 3):
        raise ValueError(f"there must be shapes of {CLASSES} classes, not {shape.shape}")
    shifts = _shifts(shape)
    tables = [
        _frequencies(_mass(shape[index], index, _unit_edges(shift), remainder / 16))
        for index, shift in enumerate(shifts.tolist())
        for remainder in range(REMAINDERS)
    ]
    return np.stack(tables), shifts


def build_dependent_tables(
    shape: Float[np.ndarray, "2 classes 3"], zero: Float[np.ndarray, "2 classes"]
) -> tuple[Int[np.ndarray, "tables symbols"], Int[np.ndarray, " classes"]]:
    """The same for dependent quantization, in steps of one quantizer.

    Args:
        shape: for each quantizer as of `build_tables`.
        zero: of each quantizer and class, where the cell of zero ends.

    Returns:
        Frequencies and shifts as `ContextWeights` takes them.

    Raises:
        ValueError: another number of quantizers or classes.
    """
    if shape.shape != (QUANTIZERS, CLASSES, 3) or zero.shape != (QUANTIZERS, CLASSES):
        raise ValueError(f"there must be shapes of {QUANTIZERS} x {CLASSES} classes")
    shifts = _shifts(shape[0])
    tables = []
    for quantizer in range(QUANTIZERS):
        for zone in range(ZONES):
            for index, shift in enumerate(shifts.tolist()):
                edges = _edges(quantizer, zone, shift, float(zero[quantizer, index]))
                for remainder in range(REMAINDERS):
                    around = _expectation(quantizer, zone, remainder / 16)
                    mass = _mass(shape[quantizer, index], index, edges, around)
                    tables.append(_frequencies(mass))
    return np.stack(tables), shifts


_ZERO_AT = (0, 1, -1)
"""Difference of zero from the rounded expectation, of all zones but the last."""


def _edges(quantizer: int, zone: int, shift: int, zero: float) -> Float64[np.ndarray, "edges"]:
    """Edges of the differences' cells; in steps, from zero on but in the last zone."""
    if zone == ZONES - 1:
        return _unit_edges(shift)
    # The edge between the indices before and behind it, of which one is nearer to zero.
    behind = np.arange(-HALF, HALF + 1) * 2.0**shift - _ZERO_AT[zone]
    nearer = np.where(behind > 0, behind - 1, -behind)
    ends = np.where(nearer == 0, zero, nearer + (0.5 if quantizer == 0 else 0.0))
    return np.where(behind > 0, ends, -ends)


def _expectation(quantizer: int, zone: int, remainder: float) -> float:
    """Where the edges' expectation lies, likewise."""
    if zone == ZONES - 1:
        return remainder
    index = remainder - _ZERO_AT[zone]
    if quantizer == 0:
        return index
    return index / 2 if abs(index) <= 1 else float(np.sign(index)) * (abs(index) - 0.5)


def _unit_edges(shift: int) -> Float64[np.ndarray, "edges"]:
    return np.arange(-HALF, HALF + 1) * 2.0**shift - 0.5


def _shifts(shape: Float[np.ndarray, "classes 3"]) -> Int[np.ndarray, " classes"]:
    best = [
        min(range(_SHIFTS + 1), key=lambda shift: _length(shape[index], index, shift))
        for index in range(CLASSES)
    ]
    return np.maximum.accumulate(best)


def _length(shape: Float[np.ndarray, "3"], index: int, shift: int) -> float:
    """Mean code length of a class's differences where so many lower bits do not go through its table.

    A coarse table takes as even what is not; a fine one lists too little, and escapes are long.
    """
    escaped = np.where(np.arange(2 * HALF + 1) == 2 * HALF, _ESCAPED, 0)
    mass = _mass(shape, index, _unit_edges(shift), 0.0)
    return float((mass * (shift + escaped - np.log2(mass / mass.sum()))).sum() / mass.sum())


def _frequencies(mass: Float64[np.ndarray, "symbols"]) -> Int[np.ndarray, "symbols"]:
    counts = np.maximum(np.rint(mass / mass.sum() * (1 << 30)), 1).astype(np.int64)
    return normalize_frequencies(counts, PRECISION)


def _mass(
    shape: Float[np.ndarray, "3"],
    index: int,
    edges: Float64[np.ndarray, "edges"],
    expectation: float,
) -> Float64[np.ndarray, "symbols"]:
    """What a table is of: the mass between the edges of each listed difference, and beyond them."""
    octave = (index + 0.5) / CLASSES_PER_OCTAVE + LOWEST_OCTAVE
    share = 1 / (1 + np.exp(-shape[0]))
    places = edges - expectation
    below = share * _laplace(places / 2.0 ** (octave + shape[1]))
    below = below + (1 - share) * _laplace(places / 2.0 ** (octave + shape[2]))
    middles = np.arange(-HALF, HALF) + 0.5
    mass = np.maximum(np.diff(below), 0) + _FLOOR * 2.0 ** (-np.abs(middles) / _FLOOR_WIDTH)
    return np.append(mass, max(1 - below[-1] + below[0], 0) + _FLOOR)


def _laplace(x: Float64[np.ndarray, "edges"]) -> Float64[np.ndarray, "edges"]:
    """Share of a Laplace distribution of scale 1 below x."""
    tail = 0.5 * np.exp(-np.abs(x))
    return np.where(x < 0, tail, 1 - tail)
