"""A tile of a scene to symbols, by a transform and a step that were found before."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int64

from btcnet_jax.coding.context import ChosenContexts, ContextCoder
from btcnet_jax.parts.block_transform import BLOCK, to_coefficients
from btcnet_jax.parts.quantization import MAX_SYMBOL, optimize
from btcnet_jax.parts.samples import Samples

Symbols = Int64[np.ndarray, "components 16 rows cols"]
Values = Float32[np.ndarray, "components 16 rows cols"]
Details = Callable[[Values, Bool[np.ndarray, "rows cols"] | None], Values]
"""What a decoder will add to the symbols of values, both in steps; of the blocks with data."""


class TileSymbols(NamedTuple):
    """A tile as it is coded.

    Attributes:
        symbols: of all components.
        coefficients: before quantization, of all that were projected; less what the decoder adds.
        clipped: how many of them are beyond the greatest symbol.
        contexts: what the symbols were chosen with.
    """

    symbols: Symbols
    coefficients: Float32[np.ndarray, "projected 16 rows cols"]
    clipped: int
    contexts: ChosenContexts | None


def code_tile(
    coder: ContextCoder,
    samples: Samples,
    projection: Float32[np.ndarray, "bands projected"],
    components: int,
    step: float,
    details: Details | None = None,
    worth: float = 1.0,
    first: tuple[Symbols, ChosenContexts | None] | None = None,
    *,
    keep: bool = True,
) -> TileSymbols:
    """The symbols of a tile.

    Args:
        coder: of the symbols.
        samples: of the tile.
        projection: from deviations to components.
        components: that are coded, the first ones.
        step: quantization step.
        details: of the decoder, which symbols are then chosen beside (`StepSearch`); None for none.
        worth: times the usual that a bit is worth, as of `optimize`.
        first: symbols of this step that were chosen before, and their contexts; None to choose them.
        keep: whether contexts are of any use.
    """
    coefficients = _coefficients(samples, projection)
    values = coefficients[:components] / np.float32(step)
    clipped = int(np.count_nonzero(np.abs(values) > MAX_SYMBOL))
    np.clip(values, -MAX_SYMBOL, MAX_SYMBOL, out=values)
    if details is not None:
        added = details(values, samples.held)
        values -= added
        coefficients[:components] -= added * np.float32(step)
        np.clip(values, -MAX_SYMBOL, MAX_SYMBOL, out=values)
    if first is None:
        given = values, 0.0, None, samples.held
        found = optimize(coder, *given, least=components, worth=worth, keep=keep)
        first = found.symbols, found.contexts[0] if found.contexts else None
    symbols, contexts = first
    return TileSymbols(symbols, coefficients, clipped, contexts)


def _coefficients(
    samples: Samples, projection: Float32[np.ndarray, "bands projected"]
) -> Float32[np.ndarray, "projected 16 rows cols"]:
    parts = [to_coefficients(part @ projection) for part in samples.parts()]
    return np.concatenate(parts, axis=2).reshape(-1, BLOCK, *samples.grid)
