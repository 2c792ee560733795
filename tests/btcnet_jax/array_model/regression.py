"""The cross term: what earlier components have shown of how a coefficient goes with patterns of its block."""

import numpy as np
from jaxtyping import Int

from array_model.fixed_point import CROSS_ONE

PATTERNS = 20
"""Most patterns of a position: four gradients of DC, positions 1 to 14, neighbors W and N."""
CLIP = 1 << 12
"""Patterns and targets count up to this magnitude, for the bounds at `MAX_MAGNITUDE`."""

_SHRINK = 4


class PatternRegression:
    """Sums over the components so far, of each position and place.

    With targets t and pattern vectors q of earlier components, the expectation of a coefficient of patterns
    x is sum(t <q, x>) / (sum <q, q> + 4): one step of kernel regression (Nadaraya 1964, Watson 1964) with
    a linear kernel. Sums of products are all it needs.

    Args:
        places: of the grid of blocks. Memory: 2.8 KB for each.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._products = np.zeros((16 * places, PATTERNS), np.int64)
        self._energy = np.zeros(16 * places, np.int64)
        self._targets = np.zeros(16 * places, np.int64)

    def expect(
        self,
        p: Int[np.ndarray, "n"],
        at: Int[np.ndarray, "n"],
        patterns: Int[np.ndarray, "n patterns"],
    ) -> tuple[Int[np.ndarray, "n"], Int[np.ndarray, "n"]]:
        """Cross terms in 1/CROSS_ONE, and the squared targets summed so far."""
        rows = p * self._places + at
        seen = self._products.take(rows, axis=0)[:, : patterns.shape[1]]
        inner = np.einsum("np,np->n", seen, patterns)
        cross = CROSS_ONE * inner // (self._energy.take(rows) + _SHRINK)
        return cross, self._targets.take(rows)

    def learn(
        self,
        p: Int[np.ndarray, "n"],
        at: Int[np.ndarray, "n"],
        targets: Int[np.ndarray, "n"],
        patterns: Int[np.ndarray, "n patterns"],
    ) -> None:
        """Adds coefficients; no position and place twice in one call."""
        rows, targets = p * self._places + at, np.clip(targets, -CLIP, CLIP)
        self._energy[rows] += np.einsum("np,np->n", patterns, patterns)
        # Most targets are zero, and add nothing to the rest.
        some = np.flatnonzero(targets)
        rows, targets, patterns = rows[some], targets[some], patterns[some]
        self._products[rows, : patterns.shape[1]] += targets[:, None] * patterns
        self._targets[rows] += np.square(targets)
