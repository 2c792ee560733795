"""What a quantization step comes to, by a sample of the blocks: size and errors, before any trial."""

import numpy as np
from jaxtyping import Float, Float64

from btcnet_jax.parts.quantization import USEFUL, count_useful, dead_zone
from btcnet_jax.parts.spectral_plan import (
    CONTEXT_SHARE,
    SpectralPlan,
    step_errors,
    symbol_entropy,
)

# Blocks of the sample that are looked at: more tell little more.
_BLOCKS = 512
OPERATIONS = USEFUL + 9
"""Of a coefficient and step."""


class StepModel:
    """Size and errors of a scene at any step, roughly: their course is right, their height need not be.

    Args:
        coefficients: of the sample, of all components.
        plan: that they are of.
        blocks: of the scene.
        row_bits: what a component costs besides its symbols.
        most: components that a file may have.
    """

    def __init__(
        self,
        coefficients: Float[np.ndarray, "components 16 blocks"],
        plan: SpectralPlan,
        blocks: int,
        row_bits: float,
        most: int,
    ) -> None:
        some = coefficients[..., :: max(coefficients.shape[2] // _BLOCKS, 1)]
        self._coefficients, self._plan = some, plan
        self._scale, self._row_bits, self._most = blocks / some.shape[2], row_bits, most
        self.operations = float(some.size * OPERATIONS)
        self._counted = dict[float, int]()

    def size(self, step: float) -> float:
        """Bytes of symbols and matrix."""
        count = self.count(step)
        mean = np.abs(dead_zone(self._coefficients[:count] / step)).mean(axis=2)
        bits = CONTEXT_SHARE * symbol_entropy(mean, self._coefficients.shape[2]) * self._scale
        return (bits + self._row_bits * count) / 8

    def errors(self, step: float) -> Float64[np.ndarray, " components"]:
        """Mean squared error of each component."""
        return step_errors(self._plan, self._coefficients[: self.count(step)], step)

    def count(self, step: float) -> int:
        """How many components are worth their bits."""
        if step not in self._counted:
            row_bits = self._row_bits / self._scale
            self._counted[step] = min(count_useful(self._coefficients, step, row_bits), self._most)
        return self._counted[step]
