"""What coding within bounds takes, and finding a base, in operations of `btcnet_jax.cost`."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from btcnet_jax.coding.bounded.arrays import COUNT, LEAST_SAMPLES
from btcnet_jax.cost import (
    CHOOSE,
    CODE,
    COMMIT,
    DEAD_ZONE,
    JUDGE,
    LENGTH,
    NORMALIZE,
    Stage,
    Tally,
    linear_solve,
)
from btcnet_jax.parts.block_transform import BLOCK
from btcnet_jax.parts.synthesis_matrix import fit_operations

# A sample's neighbors and what they were to predict, multiplied in pairs; and what they predict.
_LEARN, _PREDICT = (COUNT + 1) * (COUNT + 2) / 2, COUNT
# Counted in the code by hand: activity around a sample and its context; rounding, restoring, clipping; and
# a bit by its odds with their steps, of which six a sample were taken.
_AROUND, _RESTORE, _BITS = 20, 15, 6 * 16


class CodingMultiplyAdds(NamedTuple):
    """Of the prediction of a sample.

    Attributes:
        learn: sums of products of neighbors and of what they were to predict.
        predict: from the neighbors.
        solve: of finding weights by these sums, once in some lines.
    """

    learn: float
    predict: float
    solve: float


def coding_multiply_adds(cols: int) -> CodingMultiplyAdds:
    """Of a sample in lines of so many columns, 1 or more."""
    lines = -(-LEAST_SAMPLES // cols)
    return CodingMultiplyAdds(_LEARN, _PREDICT, linear_solve(COUNT, 1) / (lines * cols))


def coding_operations(samples: int | float, cols: int) -> float:
    """Of samples in lines of so many columns."""
    return samples * (sum(coding_multiply_adds(cols)) + _AROUND + _RESTORE + _BITS)


def count_statistics(tally: Tally, samples: int | float, pixels: int | float, bands: int) -> None:
    """Of a scene in steps of its bands' errors: deviations from means; a covariance of some of its pixels."""
    tally.add(Stage.READING, samples * (NORMALIZE + 1))
    tally.add(Stage.STATISTICS, samples + pixels * bands * (bands + 1) / 2)


def count_tile(tally: Tally, bands: int, projected: int, shape: tuple[int, ...]) -> None:
    """Of a tile's symbols.

    Args:
        tally: takes them.
        bands: of the scene.
        projected: components.
        shape: of the symbols, components first.
    """
    components, coefficients = shape[0], float(np.prod(shape[1:]))
    tally.add(Stage.PROJECTION, coefficients * projected * bands)
    choice = DEAD_ZONE + 2 * JUDGE + CHOOSE + LENGTH + COMMIT
    tally.add(Stage.QUANTIZATION, coefficients * components * choice)
    # There, and back in integers, with the bands of the base.
    tally.add(Stage.TRANSFORM, coefficients * (projected + components) * BLOCK)
    synthesis = coefficients * components * bands
    fit = fit_operations(components, projected, bands, int(coefficients))
    tally.add(Stage.MATRIX, fit + synthesis)
    tally.add(Stage.CODING, coefficients * components * (JUDGE + COMMIT + CODE))


def left_operations(errors: Float64[np.ndarray, " components"], bands: int, back: int) -> float:
    """Of what bands leave unknown of each other at a step, with so many earlier ones told."""
    return float(len(errors) * (back + 1) * bands + bands * linear_solve(back, 1))
