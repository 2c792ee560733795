"""Where coefficients and their neighbors stand in memory: by diagonals, in the order of coding.

A place of row y and column x is on the diagonal d = 2 y + x, all of which are known when d comes (`waves`). A
plane is stored diagonal after diagonal, each by rising row with a gap of zeros behind it. So what is coded
together lies together; a neighbor is a distance away that is the same all along a diagonal; and what
lies outside the plane is read as zero, from the gaps.
"""

import numpy as np

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

NEIGHBORS = {
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
"""Rows and columns to the neighbors that are read, in the order of `GridLayout.offsets`."""

_GAP = 2
# Diagonals without places that neighbors of the first are on (NNW is five before), and those that it is NNW of.
_BEFORE_FIRST, _BEHIND_LAST = 5, 5


class GridLayout:
    """Indices into a stored plane of rows x cols places.

    Attributes:
        diagonals: how many.
        size: elements of a stored plane.
        first, end: of each diagonal, its first row and the one after its last; equal where it is empty.
        starts: of each diagonal, what to add to a row for the index of its place.
        offsets: (diagonals, 12): what to add to an index for each of NEIGHBORS. Zero is read outside the plane.
        opposite: likewise for the place whose neighbor it is. Outside the plane it is in a gap.
        inside: index of each place, row by row.
    """

    def __init__(self, rows: int, cols: int) -> None:
        self.rows, self.cols = rows, cols
        self.diagonals = 2 * (rows - 1) + cols
        d = np.arange(-_BEFORE_FIRST, self.diagonals + _BEHIND_LAST)
        first = np.maximum(0, -((cols - 1 - d) // 2))
        end = np.maximum(np.minimum(rows, d // 2 + 1), first)
        ends = np.cumsum(end - first + _GAP) + _GAP
        starts = ends - _GAP - end
        self.size = int(ends[-1])
        own = slice(_BEFORE_FIRST, _BEFORE_FIRST + self.diagonals)
        self.first, self.end, self.starts = first[own], end[own], starts[own]
        here = np.arange(self.diagonals) + _BEFORE_FIRST
        self.offsets, self.opposite = (
            np.stack(
                [
                    starts[here + way * (2 * down + right)] + way * down - self.starts
                    for down, right in NEIGHBORS.values()
                ],
                axis=1,
            )
            for way in (1, -1)
        )
        row, col = np.divmod(np.arange(rows * cols), cols)
        self.inside = self.starts[2 * row + col] + row
