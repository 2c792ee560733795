"""The order of coding: waves of coefficients whose contexts are all known when their turn comes."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

# A place waits until the one two to its right in the row above is known: diagonals 2 row + col. A component's
# AC starts when DC is known at the places to the right and below; the next component when all is. At one time
# DC is coded before AC, so these are the least lags.
_AC_LAG, _COMPONENT_LAG = 2, 19


class Wave(NamedTuple):
    """Coefficients to code together, all DC or all AC: components rise, then positions, then places."""

    dc: bool
    k: Int[np.ndarray, "n"]
    p: Int[np.ndarray, "n"]
    at: Int[np.ndarray, "n"]


def count_times(components: int, rows: int, cols: int) -> int:
    """Points in time, each of up to two waves."""
    return _COMPONENT_LAG * (components - 1) + _AC_LAG + 14 + _diagonals(rows, cols)


def waves(components: int, rows: int, cols: int) -> Iterator[tuple[int, Wave]]:
    """(time, wave) in coding order: at each time DC, then AC. Every coefficient is in one wave."""
    row, col = np.divmod(np.arange(rows * cols), cols)
    diagonal = 2 * row + col
    places = np.argsort(diagonal, kind="stable")
    counts = np.bincount(diagonal)
    starts = np.cumsum(counts) - counts
    for time in range(count_times(components, rows, cols)):
        for positions, lag in ((np.arange(1), 0), (np.arange(1, 16), _AC_LAG - 1)):
            # Components that have begun and not ended, and their positions: which diagonal each is at.
            first = max(0, -(-(time - lag - 14 - len(counts)) // _COMPONENT_LAG))
            k = np.arange(first, min(components, time // _COMPONENT_LAG + 1))
            step = time - lag - _COMPONENT_LAG * k[:, None] - positions
            k_index, p_index = np.nonzero((step >= 0) & (step < len(counts)))
            at_step = step[k_index, p_index]
            lengths = counts[at_step]
            # In a grid of one column every other diagonal is empty.
            if not lengths.any():
                continue
            within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            at = places[np.repeat(starts[at_step], lengths) + within]
            k_of, p_of = np.repeat(k[k_index], lengths), np.repeat(positions[p_index], lengths)
            yield time, Wave(not positions[0], k_of, p_of, at)


def _diagonals(rows: int, cols: int) -> int:
    return 2 * (rows - 1) + cols
