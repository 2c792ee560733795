"""Which step a base is to have: that of which the fewest bytes are expected of base and differences together.

What is left of bands when a base is taken away has the covariance of its components' errors. A band's
differences are expected to take the bits of a Laplace distribution of what the bands before leave unknown.
"""

import numpy as np
from jaxtyping import Float64

from btcnet_jax.codec.bound_cost import left_operations
from btcnet_jax.codec.scene_plan import ScenePlan, comes_to
from btcnet_jax.cost import Stage, Tally
from btcnet_jax.parts.block_transform import BLOCK
from btcnet_jax.parts.quantization import MAX_SYMBOL, count_useful
from btcnet_jax.parts.spectral_plan import SpectralPlan, step_errors, symbol_entropy
from btcnet_jax.parts.step_model import StepModel

# Blocks of the sample that are looked at.
_BLOCKS = 192
# Earlier bands that tell of a band; the squared error with which they are known, of one step each; and of the
# greatest variance the share that counts as noise.
_BACK, _KNOWN, _LEAST = 8, 1 / 12, 1e-9
# Where differences are expected to take fewer bits a sample than this, more of them are rare and large than of
# a Laplace distribution: on validation scenes the best step was about half an octave finer there.
_FEW_BITS, _RARE = 1.5, 0.5
# Steps that are looked at, as octaves of a step of the errors: first four of these, then on either side of the
# best so far: bytes fall towards one step and rise behind it.
_FINEST, _OCTAVES, _FINER = -1.0, (0, 4, 8, 12), (2, 1, 0.5, 0.25)


class BaseStep:
    """The choice of a step.

    Args:
        front: of the scene, whose values are in steps of the errors over the unit.
        places: blocks of the scene.
        unit: as above.
        tally: counts what is computed.
    """

    def __init__(self, front: ScenePlan, places: int, unit: float, tally: Tally) -> None:
        self._tally = tally
        sampled = front.sampled[: front.most]
        self._coefficients = sampled[..., :: max(sampled.shape[2] // _BLOCKS, 1)]
        self._plan, self._places, self._unit = front.plan, places, unit
        self._row_bits = front.row_bits * self._coefficients.shape[2] / places
        given = self._coefficients, front.plan, places, front.row_bits, front.most
        self._model, self._known = StepModel(*given), dict[float, float]()

    def find(self) -> tuple[float, int]:
        """A step, and how many components are worth their bits with it."""
        # None at which the coder could not hold the symbols.
        largest = float(np.abs(self._coefficients).max()) * self._unit / MAX_SYMBOL
        finest = max(_FINEST, np.ceil(np.log2(max(largest, 1e-300))) + 1)
        best = min((float(finest + octave) for octave in _OCTAVES), key=self._bits)
        for apart in _FINER:
            best = min((best, max(best - apart, finest), best + apart), key=self._bits)
        samples = BLOCK * self._places * len(self._plan.weights)
        if self.expected(2.0**best / self._unit)[1] < _FEW_BITS * samples:
            best -= _RARE
        step = 2.0**best / self._unit
        return step, self._components(step)

    def _components(self, step: float) -> int:
        return count_useful(self._coefficients, step, self._row_bits)

    def _bits(self, octave: float) -> float:
        if octave not in self._known:
            self._known[octave] = sum(self.expected(2.0**octave / self._unit))
        return self._known[octave]

    def expected(self, step: float) -> tuple[float, float]:
        """Bits of base and differences with a step of the base."""
        base = 8 * self._model.size(step)
        base *= comes_to(base / (BLOCK * self._places * len(self._plan.weights)))
        errors = step_errors(self._plan, self._coefficients[: self._components(step)], step)
        left = _left(self._plan, errors * self._unit**2)
        compared = left_operations(errors, len(left), _BACK)
        self._tally.add(Stage.SELECTION, self._model.operations + compared)
        means = _magnitudes(left)[:, None]
        return base, symbol_entropy(means, BLOCK * self._places)


def _left(
    plan: SpectralPlan, errors: Float64[np.ndarray, " components"]
) -> Float64[np.ndarray, " bands"]:
    """Variance of each band's differences that the bands before do not tell."""
    synthesis = plan.synthesis
    covariance = (synthesis.T * errors) @ synthesis
    own, bands = covariance.diagonal().copy(), np.arange(len(covariance))
    noise = np.maximum(np.minimum(own, _KNOWN), _LEAST * own.max() + 1e-300)
    covariance[bands, bands] += noise
    before = bands[:, None] - 1 - np.arange(_BACK)
    there, before = before >= 0, np.maximum(before, 0)
    cross = np.where(there, covariance[bands[:, None], before], 0)
    among = covariance[before[:, :, None], before[:, None]]
    among = np.where(there[:, :, None] & there[:, None], among, np.eye(_BACK))
    told = np.linalg.solve(among, cross[..., None])[..., 0]
    left = own - (cross * told).sum(axis=1)
    return np.maximum(left, _LEAST * own + 1e-9)


def _magnitudes(variances: Float64[np.ndarray, " bands"]) -> Float64[np.ndarray, " bands"]:
    """Mean magnitude of numbers of a Laplace distribution, rounded."""
    rate = np.sqrt(2 / variances)
    return np.exp(-rate / 2) / -np.expm1(-rate)
