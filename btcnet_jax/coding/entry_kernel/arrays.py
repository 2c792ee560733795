"""What the kernels of entries work on, made in Python."""

import functools
import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64, UInt32

from btcnet_jax.coding.entry_tables import HIGHEST, LOWEST, REMAINDERS, entry_table
from btcnet_jax.coding.precision import PRECISION

CODED, WIDE, IMPOSSIBLE, INVALID = range(4)
"""How coding went: well; 64 bits are too few; an integer is larger than any may be; the data are no stream."""

MOST_FEATURES = 7
_LONGEST = 62


class EntryTables(NamedTuple):
    """All tables of entries, by scale and remainder, and a logarithm.

    Attributes:
        lefts: cumulative frequencies of each, from 0 to 2**24.
        lengths: bits of each symbol, for the choice of entries alone.
        roots: the least integers of logarithms 0, 1, 2 ... in sixteenths.
    """

    lefts: UInt32[np.ndarray, "tables edges"]
    lengths: Float64[np.ndarray, "tables symbols"]
    roots: Int64[np.ndarray, " logarithms"]


class Predictors(NamedTuple):
    """State of a row's predictors, `entry_prediction.RowPredictor` in arrays.

    Attributes:
        weights, moments, gram: of the least squares of few features and of many.
        missed: mean squares of the three predictors.
        features: of the entry at hand.
        predicted: by each predictor.
        means: fast and slow ones of what predictions left; of all rows.
    """

    weights: Int64[np.ndarray, "2 features"]
    moments: Int64[np.ndarray, "2 features"]
    gram: Int64[np.ndarray, "2 features features"]
    missed: Int64[np.ndarray, "3"]
    features: Int64[np.ndarray, " features"]
    predicted: Int64[np.ndarray, "3"]
    means: Int64[np.ndarray, "2"]

    @classmethod
    def room(cls) -> "Predictors":
        """For any row."""
        each = (2, MOST_FEATURES)
        return cls(
            np.zeros(each, np.int64),
            np.zeros(each, np.int64),
            np.zeros((*each, MOST_FEATURES), np.int64),
            np.zeros(3, np.int64),
            np.zeros(MOST_FEATURES, np.int64),
            np.zeros(3, np.int64),
            np.zeros(2, np.int64),
        )


@functools.cache
def entry_tables() -> EntryTables:
    """The tables, made once."""
    frequencies = np.array(
        [
            entry_table(scale, remainder).occurring
            for scale in range(LOWEST, HIGHEST + 1)
            for remainder in range(REMAINDERS)
        ]
    )
    edges = np.cumsum(np.pad(frequencies, ((0, 0), (1, 0))), axis=1)
    roots = np.array([_root(bits) for bits in range(16 * _LONGEST)], np.int64)
    return EntryTables(edges.astype(np.uint32), PRECISION - np.log2(frequencies), roots)


def _root(bits: int) -> int:
    """The least integer whose sixteenth power is 2**bits or more."""
    root = 1 << bits
    for _ in range(4):
        root = math.isqrt(root)
    return root + (root**16 < 1 << bits)
