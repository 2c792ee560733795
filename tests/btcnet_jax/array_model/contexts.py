"""From features to a table: expectation and scale in fixed point."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from array_model.fixed_point import CROSS_ONE, LOG_ONE, MEAN_ONE, WEIGHT_ONE
from array_model.layout import MAX_MAGNITUDE
from btcnet_jax.coding.context.levels import LEVELS
from btcnet_jax.coding.context.weights import (
    CLASSES,
    CLASSES_PER_OCTAVE,
    LOWEST_OCTAVE,
    REMAINDERS,
    ContextWeights,
)

# Expectations have the fixed point of the weights.
assert MEAN_ONE == WEIGHT_ONE
_CLASS_SHIFT = (LOG_ONE * WEIGHT_ONE // CLASSES_PER_OCTAVE).bit_length() - 1
_REMAINDER_STEP = MEAN_ONE // 16


class Contexts(NamedTuple):
    """What the contexts of coefficients say.

    Attributes:
        table: which one, class of scale * REMAINDERS + remainder.
        center: the rounded expectation.
        mirror: -1 where the expectation is below its rounding, else 1: the table is for the other side.
        expectation: in 1/256 steps.
    """

    table: Int[np.ndarray, "n"]
    center: Int[np.ndarray, "n"]
    mirror: Int[np.ndarray, "n"]
    expectation: Int[np.ndarray, "n"]


class ContextJudge:
    """Applies the weights to features."""

    def __init__(self, weights: ContextWeights) -> None:
        # A column for each position and level.
        self._means = np.ascontiguousarray(_columns(weights.mean_weights), np.int64)
        self._scales = np.ascontiguousarray(_columns(weights.scale_weights), np.int32)

    def __call__(
        self,
        means: Int[np.ndarray, "n means"],
        scales: Int[np.ndarray, "n scales"],
        p: Int[np.ndarray, "n"],
        level: Int[np.ndarray, "n"],
    ) -> Contexts:
        """The contexts of coefficients of these features, positions and classes of level."""
        column = p * LEVELS + level
        expectation = self._expect(means.T, column)
        center = (expectation + MEAN_ONE // 2) // MEAN_ONE
        remainder = expectation - center * MEAN_ONE
        mirror = np.where(remainder < 0, -1, 1)
        rounded = (np.abs(remainder) + _REMAINDER_STEP // 2) // _REMAINDER_STEP
        # Logarithms below 2**10, weights up to 2**15: 14 products are far below 2**31.
        scale = np.einsum("fn,fn->n", scales.T, self._scales.take(column, axis=1))
        index = (scale >> _CLASS_SHIFT) - LOWEST_OCTAVE * CLASSES_PER_OCTAVE
        table = np.clip(index, 0, CLASSES - 1) * REMAINDERS + rounded
        return Contexts(table, center, mirror, expectation)

    def _expect(
        self, means: Int[np.ndarray, "means n"], column: Int[np.ndarray, "n"]
    ) -> Int[np.ndarray, "n"]:
        weights = self._means.take(column, axis=1)
        neighbors = np.einsum("fn,fn->n", means[:-1], weights[:-1])
        total = neighbors * CROSS_ONE + means[-1] * weights[-1]
        limit = MAX_MAGNITUDE * MEAN_ONE
        return np.clip((total + CROSS_ONE // 2) // CROSS_ONE, -limit, limit)


def _columns(weights: Int[np.ndarray, "16 levels features"]) -> Int[np.ndarray, "features columns"]:
    return weights.reshape(-1, weights.shape[2]).T
