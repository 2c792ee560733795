"""Tables from the shapes that training found.

Floating point: run once when weights are made, never to decode.
"""

import numpy as np
from jaxtyping import Float, Float64, Int

from btcnet_jax.coding.context.weights import (
    CLASSES,
    CLASSES_PER_OCTAVE,
    HALF,
    LOWEST_OCTAVE,
    REMAINDERS,
    table_shifts,
)
from btcnet_jax.coding.frequency_table import normalize_frequencies
from btcnet_jax.coding.precision import PRECISION

# Nothing is impossible: a thin, wide floor under the density, and so much for the escape.
_FLOOR, _FLOOR_WIDTH = 1e-6, 8


def build_frequencies(shape: Float[np.ndarray, "classes 3"]) -> Int[np.ndarray, "tables symbols"]:
    """Tables of a mixture of two Laplace distributions for each class.

    Args:
        shape: of each class: the logit of the first distribution's share, and the binary logarithms of the
            two scales over the class's scale.

    Returns:
        Frequencies as `ContextWeights` takes them.

    Raises:
        ValueError: another number of classes.
    """
    if shape.shape != (CLASSES, 3):
        raise ValueError(f"there must be shapes of {CLASSES} classes, not {shape.shape}")
    shifts = table_shifts().reshape(CLASSES, REMAINDERS)[:, 0].tolist()
    return np.stack(
        [
            _frequencies(shape[index], index, shifts[index], remainder)
            for index in range(CLASSES)
            for remainder in range(REMAINDERS)
        ]
    )


def _frequencies(
    shape: Float[np.ndarray, "3"], index: int, shift: int, remainder: int
) -> Int[np.ndarray, "symbols"]:
    """One table: the mass between the edges of each listed difference."""
    octave = (index + 0.5) / CLASSES_PER_OCTAVE + LOWEST_OCTAVE
    share = 1 / (1 + np.exp(-shape[0]))
    edges = np.arange(-HALF, HALF + 1) * 2.0**shift - 0.5 - remainder / 16
    below = share * _laplace(edges / 2.0 ** (octave + shape[1]))
    below = below + (1 - share) * _laplace(edges / 2.0 ** (octave + shape[2]))
    middles = np.arange(-HALF, HALF) + 0.5
    mass = np.maximum(np.diff(below), 0) + _FLOOR * 2.0 ** (-np.abs(middles) / _FLOOR_WIDTH)
    mass = np.append(mass, max(1 - below[-1] + below[0], 0) + _FLOOR)
    counts = np.maximum(np.rint(mass / mass.sum() * (1 << 30)), 1).astype(np.int64)
    return normalize_frequencies(counts, PRECISION)


def _laplace(x: Float64[np.ndarray, "edges"]) -> Float64[np.ndarray, "edges"]:
    """Share of a Laplace distribution of scale 1 below x."""
    tail = 0.5 * np.exp(-np.abs(x))
    return np.where(x < 0, tail, 1 - tail)
