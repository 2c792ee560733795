"""A tile of a scene to symbols, by a transform and a step that were found before."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int64

from btcnet_jax.coding.context import ContextCoder
from btcnet_jax.parts.block_transform import BLOCK, to_coefficients
from btcnet_jax.parts.quantization import MAX_SYMBOL, optimize
from btcnet_jax.parts.samples import Samples


class TileSymbols(NamedTuple):
    """A tile as it is coded.

    Attributes:
        symbols: of all components.
        coefficients: before quantization, of all that were projected.
        clipped: how many of them are beyond the greatest symbol.
    """

    symbols: Int64[np.ndarray, "components 16 rows cols"]
    coefficients: Float32[np.ndarray, "projected 16 rows cols"]
    clipped: int


def code_tile(
    coder: ContextCoder,
    samples: Samples,
    projection: Float32[np.ndarray, "bands projected"],
    components: int,
    step: float,
) -> TileSymbols:
    """The symbols of a tile.

    Args:
        coder: of the symbols.
        samples: of the tile.
        projection: from deviations to components.
        components: that are coded, the first ones.
        step: quantization step.
    """
    coefficients = _coefficients(samples, projection)
    values = coefficients[:components] / np.float32(step)
    clipped = int(np.count_nonzero(np.abs(values) > MAX_SYMBOL))
    np.clip(values, -MAX_SYMBOL, MAX_SYMBOL, out=values)
    chosen = optimize(coder, values, 0.0, None, samples.held, least=components)
    return TileSymbols(chosen.symbols, coefficients, clipped)


def _coefficients(
    samples: Samples, projection: Float32[np.ndarray, "bands projected"]
) -> Float32[np.ndarray, "projected 16 rows cols"]:
    parts = [to_coefficients(part @ projection) for part in samples.parts()]
    return np.concatenate(parts, axis=2).reshape(-1, BLOCK, *samples.grid)
