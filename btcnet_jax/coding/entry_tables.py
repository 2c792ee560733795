"""Tables of what predictions leave of integers, by scale and by the part of a step that rounding leaves.

A mixture of three Laplace distributions around the prediction, over whole steps, in integers throughout.
"""

import functools

import numpy as np

from btcnet_jax.coding.frequency_table import normalize_frequencies
from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.coding.range_coder import CONSTRICTION, RangeTable

HALF = 64
"""Tables list -HALF..HALF-1, and an escape."""
ESCAPE = 2 * HALF
REMAINDERS = 3
LOWEST, HIGHEST = -8, 6
"""Scales are 2**(class / 4) steps; larger ones take the table of steps so many octaves coarser."""

# Of each distribution: its share in 1/256, and its width in quarter octaves of the scale.
_MIXTURE = ((184, -3), (67, 4), (5, 10))
_WIDEST = 24
# What a quarter of a step leaves of the tails of widths 24 to 21, exp(-2**(-width / 4) / 4), in 2**-48.
_ONE_BITS = 48
_DECAYS = (280377609773054, 280170461963199, 279924319524019, 279631886659763)
# Of 2**32.
_ESCAPED = 1 << 10


def _decay(width: int) -> int:
    """What a quarter of a step leaves of the tail of a distribution of width 2**(width / 4)."""
    halvings, index = divmod(_WIDEST - width, 4)
    decay = _DECAYS[index]
    for _ in range(halvings):
        decay = decay * decay >> _ONE_BITS
    return decay


@functools.cache
def entry_table(scale: int, remainder: int) -> RangeTable:
    """Of differences to a rounded prediction.

    Args:
        scale: LOWEST to HIGHEST.
        remainder: the prediction is so many quarters of a step above its rounding: 0, 1 or 2.
    """
    edges = range(-4 * HALF - 2 - remainder, 4 * HALF + 2 - remainder, 4)
    below = [0] * len(edges)
    for share, wider in _MIXTURE:
        decay = _decay(scale + wider)
        tail = [1 << _ONE_BITS]
        for _ in range(4 * HALF + 4):
            tail.append(tail[-1] * decay >> _ONE_BITS)
        for index, edge in enumerate(edges):
            mass = tail[-edge] if edge < 0 else (2 << _ONE_BITS) - tail[edge]
            below[index] += share * mass
    # Shares and both sides of a distribution are 9 bits.
    weights = np.diff(np.array([mass >> (_ONE_BITS + 9 - 32) for mass in below], np.int64))
    weights = np.append(np.maximum(weights, 1), _ESCAPED)
    return CONSTRICTION.table(normalize_frequencies(weights, PRECISION))
