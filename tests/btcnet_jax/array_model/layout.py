"""Where coefficients and their neighbors stand in memory.

A plane is stored with a border of zeros, row after row, so that a neighbor is a fixed distance away and what
lies outside the plane is zero: rows above 2, below 1; columns at the left 3, which also serve the row before
as its border at the right.
"""

import numpy as np
from jaxtyping import Int

POSITIONS = tuple(
    sorted(((u, v) for u in range(4) for v in range(4)), key=lambda f: (f[0] + f[1], f[0]))
)
"""Row and column frequency of each of the 16 positions, in coding order."""

MAX_MAGNITUDE = 1 << 23
"""Symbols lie within +- this. Then magnitudes around a symbol stay below 2**30 (int32); products of the cross
term, of values clipped to 2**12 and summed over MAX_COMPONENTS and 20 patterns, below 2**57; a cross
term below 2**35 and an expectation, with weights up to 2**15, below 2**51 (int64)."""

MAX_COMPONENTS = 1 << 12
"""More components are refused."""

BEFORE = 3
"""Components of zeros in front of the first one, which is coded as if they had been."""

_ABOVE, _BELOW, _LEFT = 2, 1, 3

# Rows and columns to a neighbor that is zero outside the plane.
_OFFSETS = {
    "W": (0, -1),
    "N": (-1, 0),
    "E": (0, 1),
    "S": (1, 0),
    "NW": (-1, -1),
    "NE": (-1, 1),
    "WW": (0, -2),
    "NN": (-2, 0),
    "NNW": (-2, -1),
    "NNE": (-2, 1),
    "NWW": (-1, -2),
    "WWW": (0, -3),
}

# Where DC looks outside the plane it takes the first of these that is inside, else zero: DC planes are smooth.
_INSTEAD = {
    "W": ("W", "N"),
    "N": ("N", "W"),
    "NW": ("NW", "W", "N"),
    "NE": ("NE", "N", "W"),
    "WW": ("WW", "W", "N"),
    "NN": ("NN", "N", "W"),
    "NNW": ("NNW", "NN", "N", "W"),
}


class GridLayout:
    """Indices into a stored plane of rows x cols places.

    Attributes:
        places: how many, row by row.
        size: elements of a stored plane.
        inside: of each place, its own index.
        offset: of each neighbor, what to add to the index of a place. Zero is read outside the plane.
        dc: of each neighbor and place, the index of what DC takes for it: for W to NNW a causal place. With
            "around" before the name (E, S, W, N): of any place, the place itself outside the plane.
    """

    def __init__(self, rows: int, cols: int) -> None:
        self.rows, self.cols, self.places = rows, cols, rows * cols
        self._stride = cols + _LEFT
        self.size = (rows + _ABOVE + _BELOW) * self._stride
        row, col = np.divmod(np.arange(self.places), cols)
        self.inside = (row + _ABOVE) * self._stride + col + _LEFT
        self.offset = {
            name: down * self._stride + right for name, (down, right) in _OFFSETS.items()
        }
        within = {
            name: (row + down >= 0)
            & (row + down < rows)
            & (col + right >= 0)
            & (col + right < cols)
            for name, (down, right) in _OFFSETS.items()
        }
        zero = np.zeros_like(self.inside)
        self.dc = {name: self._first(names, within, zero) for name, names in _INSTEAD.items()}
        for name in ("E", "S", "W", "N"):
            self.dc["around " + name] = self._first((name,), within, self.inside)

    def interior(
        self, stored: Int[np.ndarray, "planes size"]
    ) -> Int[np.ndarray, "planes rows cols"]:
        """The places of stored planes, a view."""
        grid = stored.reshape(len(stored), -1, self._stride)
        return grid[:, _ABOVE : _ABOVE + self.rows, _LEFT:]

    def _first(
        self,
        names: tuple[str, ...],
        within: dict[str, np.ndarray],
        otherwise: Int[np.ndarray, "places"],
    ) -> Int[np.ndarray, "places"]:
        choices = [self.inside + self.offset[name] for name in names]
        return np.select([within[name] for name in names], choices, otherwise)
