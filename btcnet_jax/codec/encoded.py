"""A scene coded with one step: what a trial of the search is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int, Int64

from btcnet_jax.coding.context import ChosenContexts, ComponentLevels
from btcnet_jax.cost import Stage
from btcnet_jax.metrics import Quality


@dataclass(frozen=True, eq=False)
class Encoded:
    """A scene coded with a step, but for its symbols, which are ready for it.

    Attributes:
        step: quantization step.
        packed: symbols of (components, positions, rows and columns of blocks), in steps over the coder's
            `per_step`; in as few bytes as they take, for a search keeps its trials.
        levels: side information of the components.
        basis: the coded matrix.
        symbol_bytes: about what the symbols will take.
        coefficients: before quantization, of the same components and more.
        error: squared error that is left, as `fit_matrix` gives it.
        operations: of the stages that trials repeat, what this one took.
        share: of the basis that counts here: these are so much of a scene.
        finest: whether no finer step would change it.
        data: the file, where it was coded.
        quality: of what the decoder makes of it, where that was measured.
        contexts: what the symbols were chosen with, tile by tile, where that was kept.
    """

    step: float
    packed: Int[np.ndarray, "components 16 rows cols"]
    levels: ComponentLevels
    basis: bytes
    symbol_bytes: float
    coefficients: Float32[np.ndarray, "projected 16 rows cols"]
    error: float
    operations: dict[Stage, float]
    share: float = 1.0
    finest: bool = False
    data: bytes | None = None
    quality: Quality | None = None
    contexts: list[ChosenContexts] | None = None

    @property
    def symbols(self) -> Int64[np.ndarray, "components 16 rows cols"]:
        """The symbols as they are computed with."""
        return self.packed.astype(np.int64)

    @property
    def size(self) -> float:
        """Bytes of all parts, nearly."""
        return self.symbol_bytes + self.share * len(self.basis) + len(self.levels.to_bytes())

    @property
    def empty(self) -> bool:
        """True where every symbol is zero."""
        return not self.packed.any()
