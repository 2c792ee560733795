"""The context model over whole arrays, plane by plane: reference of the kernels, and what is counted."""

import numpy as np
from jaxtyping import Float64, Int, Int64

from array_model.contexts import ContextJudge, Contexts
from array_model.state import ContextState
from array_model.table_coding import TableCoder
from btcnet_jax.coding.context import ContextWeights
from btcnet_jax.parts.quantization import SLOPE

__all__ = ["ArrayCoder", "ContextState", "choose"]


class ArrayCoder:
    """Contexts and code lengths of coefficients that are asked for together."""

    def __init__(self, weights: ContextWeights) -> None:
        self._judge = ContextJudge(weights)
        self._tables = TableCoder(weights)

    def judge(
        self,
        state: ContextState,
        k: int | Int[np.ndarray, "n"],
        p: int | Int[np.ndarray, "n"],
        at: Int[np.ndarray, "n"],
        *,
        dc: bool,
    ) -> tuple[Contexts, Int[np.ndarray, "n patterns"]]:
        """Contexts of coefficients that are all DC, or all AC, and what `ContextState.commit` needs.

        Args:
            state: what is known.
            k, p, at: component, position and place (row by row) of each; p is not read for DC.
            dc: whether they are DC.
        """
        k = np.broadcast_to(k, at.shape)
        p = np.broadcast_to(0 if dc else p, at.shape)
        means, scales, patterns = state.features(k, p, at, dc=dc)
        return self._judge(means, scales, p, state.levels.classes().take(k)), patterns

    def bits(self, values: Int[np.ndarray, "n"], contexts: Contexts) -> Float64[np.ndarray, "n"]:
        """Code length of each value in its context."""
        return self._tables.bits(values, contexts)


def choose(
    coder: ArrayCoder,
    values: Float64[np.ndarray, " n"],
    contexts: Contexts,
    empty: Int64[np.ndarray, " some"] | None = None,
) -> Int64[np.ndarray, " n"]:
    """The best of three candidates for each value; of empty blocks the cheapest near the expectation."""
    if empty is not None:
        values[empty] = contexts.center[empty]
    below = np.floor(values).astype(np.int64)
    chosen, best = below, np.full(values.shape, np.inf)
    for candidate in (below, below + 1, np.zeros_like(below)):
        distance = np.square(values - candidate)
        if empty is not None:
            distance[empty] = 0
        cost = distance + SLOPE * coder.bits(candidate, contexts)
        better = cost < best
        best, chosen = np.where(better, cost, best), np.where(better, candidate, chosen)
    return chosen
