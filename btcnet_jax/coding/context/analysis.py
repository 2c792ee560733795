"""What the context model makes of symbols that are all known, plane by plane."""

import numpy as np
from jaxtyping import Float64, Int

from btcnet_jax.coding.context.coder import ContextCoder
from btcnet_jax.coding.context.levels import ComponentLevels
from btcnet_jax.coding.context.state import ContextState
from btcnet_jax.coding.context.weights import REMAINDERS


def judge_all(
    coder: ContextCoder,
    symbols: Int[np.ndarray, "components 16 rows cols"],
    levels: ComponentLevels,
) -> tuple[
    Int[np.ndarray, "components 16 rows cols"],
    Int[np.ndarray, "components 16 rows cols"],
    Float64[np.ndarray, "components 16 rows cols"],
]:
    """The context of every coefficient.

    Args:
        coder: the weights.
        symbols: within +-MAX_MAGNITUDE.
        levels: side information.

    Returns:
        Class of the scale (quarter octaves); expectation in 1/256 steps, int32; code length in bits.
    """
    components, _, rows, cols = symbols.shape
    state, at = ContextState(components, rows, cols, levels), np.arange(rows * cols)
    flat = symbols.reshape(components, 16, -1)
    classes, expectation = np.zeros((2, *flat.shape), np.int32)
    bits = np.zeros(flat.shape)
    for component in range(components):
        state.symbols[component] = symbols[component]
        k = np.full_like(at, component)
        for position in range(16):
            p, values = np.full_like(at, position), flat[component, position].astype(np.int64)
            contexts, patterns = coder.judge(state, k, p, at, dc=position == 0)
            classes[component, position] = contexts.table // REMAINDERS
            expectation[component, position] = contexts.expectation
            bits[component, position] = coder.bits(values, contexts)
            state.commit(k, p, at, values, patterns)
    return (
        classes.reshape(symbols.shape),
        expectation.reshape(symbols.shape),
        bits.reshape(symbols.shape),
    )
