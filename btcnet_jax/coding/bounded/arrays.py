"""What the kernels of bounded samples work on, made in Python, and which neighbors predict a sample."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int, Int32, Int64

from btcnet_jax.coding.context.layout import POSITIONS

Ints = Int[np.ndarray, "..."]
Floats = Float64[np.ndarray, "..."]

BANDS_BACK = 8
"""Earlier bands that a prediction looks at."""
PAD = 2
"""Lines and columns around a plane."""

# Band, row and column of each neighbor, counted back in bands and from the sample in rows and columns.
_SIDES = [(0, -1), (-1, 0), (-1, -1), (-1, 1)]
_ALL_SIDES = [*_SIDES, (0, 1), (1, 0), (1, -1), (1, 1)]
NEIGHBORS = (
    *((0, 0, -1), (0, 0, -2)),
    *((0, -1, 0), (0, -1, -1), (0, -1, 1), (0, -2, 0)),
    *((1, 0, 0), *((1, row, col) for row, col in _ALL_SIDES)),
    *((2, 0, 0), *((2, row, col) for row, col in _SIDES)),
    *((back, 0, 0) for back in range(3, BANDS_BACK + 1)),
)
"""What predicts a sample: bands back, row and column relative to it. The first `SERIAL` are of its own line."""
SERIAL = 2
COUNT = len(NEIGHBORS)
SUMMED = COUNT + 1
"""Of what products are summed: the neighbors, and behind them what they were to predict."""
RING = BANDS_BACK + 2
"""Planes that are kept: of these bands, of the one at hand and of the next, which a lane may have begun."""
SIGNED = 3
"""Bands whose errors are kept, likewise."""
LANES = 2
"""Of a tile whose bands are coded two at a time."""
GROUP = 3
"""Of these so many are multiplied together, which keeps what is loaded in registers."""
assert SUMMED % GROUP == 0

SOLVED = 4
"""So many rows are taken from another at once, and so many of its entries changed."""

LEAST_SAMPLES = 64
"""Samples of the lines after which weights are found anew, at least."""

NODES = 20
"""Magnitudes that are coded bit by bit; larger ones are an escape."""
ACTIVITIES = 104
"""Classes of what the errors around a sample were."""
SIGNS = 27
MOST_STEPS = NODES + 12
"""Steps of the range coder for a sample, at most: each adds a word at most."""

WIDEST = 62
"""Bits of the largest code that samples may have."""
FEATURE_BITS = 20
"""Bits that are kept of samples for their prediction."""
WEIGHT_BITS = 26
"""Of the weights."""
TOGETHER = 8
"""Columns that a processor sums at once: lines have zeros up to a multiple of these."""

PLANE_BITS = 6
"""Bits behind the point of the planes of a base."""
BLOCK_BITS = 28
"""Of the basis of its blocks."""


def _block_basis() -> Int64[np.ndarray, "16 16"]:
    """The orthonormal 4 x 4 DCT: position by sample of a block, of products of numbers of 14 bits each."""
    half, long, short = 8192, 10703, 4433
    lines = [
        [half, half, half, half],
        [long, short, -short, -long],
        [half, -half, -half, half],
        [short, -long, long, -short],
    ]
    return np.array([np.outer(lines[down], lines[across]).ravel() for down, across in POSITIONS])


BLOCK_BASIS = _block_basis()
"""Position (in the order of `POSITIONS`) by sample in raster order, times 2**BLOCK_BITS."""


NEIGHBOR_TABLE = np.array(NEIGHBORS, np.int64)
_FAST, _SLOW = 20, 250
RATES = np.array(
    [
        [max(2**16 // limit, 2**17 // (2 * seen + 3)) for limit in (_FAST, _SLOW)]
        for seen in range(256)
    ]
)
"""How far, of 2**16, odds that were used so often move to a bit: of those that learn fast, and slowly."""


class Band(NamedTuple):
    """A band of a tile.

    Attributes:
        number: of it, among those of the tile.
        mean: of its codes, about.
        bound: most that a restored code may differ.
        most: its greatest code.
        shift: lower bits of codes that predictions do not see.
    """

    number: int
    mean: int
    bound: int
    most: int
    shift: int


class Solving(NamedTuple):
    """Room for the decomposition of the normal equations.

    Attributes:
        rows: of them, from the diagonal on, then of the triangle that is left, not yet divided by its pivots.
        factors: of each row, by which it is taken from those below.
        right: side of the equations, then what it leads to.
        scale, pivot, inverse: of each neighbor.
    """

    rows: Int64[np.ndarray, "wide wide"]
    factors: Int64[np.ndarray, "wide wide"]
    right: Int64[np.ndarray, " neighbors"]
    scale: Int64[np.ndarray, " neighbors"]
    pivot: Int64[np.ndarray, " neighbors"]
    inverse: Int64[np.ndarray, " neighbors"]

    @classmethod
    def room(cls) -> "Solving":
        """For all neighbors."""
        wide = -(-COUNT // SOLVED) * SOLVED
        square, row = (wide, wide), COUNT
        return cls(*(np.zeros(shape, np.int64) for shape in (square, square, row, row, row, row)))


class State(NamedTuple):
    """What has been learned of a tile, and what is known of the bands at hand.

    Attributes:
        planes: decoded samples less their band's mean, shifted: of band z in plane z % RING.
        line: the neighbors of a line's samples, and what they were to predict; whole numbers, as `sums`.
        sums: what they predict, without those of `SERIAL`.
        around: of the activity of the line's samples, what is known before the line.
        products: of neighbors and targets, summed and forgetful: the lower left half.
        weights: of the neighbors, 2**-20.
        solving: room for finding them.
        signed: quantized errors: of band z in plane z % SIGNED.
        odds: of each context's ones in 24 bits, one that learns fast and one that learns slowly; and how often
            the context was used, up to 255.
    """

    planes: Int32[np.ndarray, "ring rows cols"]
    line: Float64[np.ndarray, "summed wide"]
    sums: Float64[np.ndarray, " cols"]
    around: Int64[np.ndarray, " cols"]
    products: Int64[np.ndarray, "summed summed"]
    weights: Int64[np.ndarray, " neighbors"]
    solving: Solving
    signed: Int64[np.ndarray, "signed rows cols"]
    odds: Int32[np.ndarray, "contexts nodes 3"]

    @classmethod
    def nothing(cls, rows: int, cols: int) -> "State":
        """Of a tile of so many rows and columns."""
        padded = rows + 2 * PAD, cols + 2 * PAD
        contexts = ACTIVITIES + SIGNS
        return cls(
            planes=np.zeros((RING, *padded), np.int32),
            line=np.zeros((SUMMED, -(-cols // TOGETHER) * TOGETHER)),
            sums=np.zeros(cols),
            around=np.zeros(cols, np.int64),
            products=np.zeros((SUMMED, SUMMED), np.int64),
            weights=np.zeros(COUNT, np.int64),
            solving=Solving.room(),
            signed=np.zeros((SIGNED, *padded), np.int64),
            odds=np.full((contexts, NODES, 3), np.array([1 << 23, 1 << 23, 0], np.int32)),
        )

    @classmethod
    def of_lanes(cls, rows: int, cols: int, lanes: int) -> "list[State]":
        """Of each lane: samples and errors are known to all, what is learned is its own."""
        made = [cls.nothing(rows, cols) for _ in range(lanes)]
        return [each._replace(planes=made[0].planes, signed=made[0].signed) for each in made]
