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
from btcnet_jax.parts.quantization import MAX_SYMBOL
from btcnet_jax.parts.spectral_plan import symbol_entropy
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
        # In single precision, which is half the time and far nearer than what is expected of them.
        some = sampled[..., :: max(sampled.shape[2] // _BLOCKS, 1)]
        self._coefficients = np.ascontiguousarray(some, np.float32)
        self._bands, self._places, self._unit = len(front.plan.weights), places, unit
        given = self._coefficients, front.plan, places, front.row_bits, front.most
        self._model, self._known = StepModel(*given), dict[float, tuple[float, float]]()
        self._unknown = _Unknown(front.plan.synthesis)

    def find(self) -> tuple[float, int]:
        """A step, and how many components are worth their bits with it."""
        # None at which the coder could not hold the symbols.
        largest = float(np.abs(self._coefficients).max()) * self._unit / MAX_SYMBOL
        finest = max(_FINEST, np.ceil(np.log2(max(largest, 1e-300))) + 1)
        best = min((float(finest + octave) for octave in _OCTAVES), key=self._bits)
        for apart in _FINER:
            best = min((best, max(best - apart, finest), best + apart), key=self._bits)
        samples = BLOCK * self._places * self._bands
        if self._known[best][1] < _FEW_BITS * samples:
            best -= _RARE
        step = 2.0**best / self._unit
        return step, self._model.count(step)

    def _bits(self, octave: float) -> float:
        if octave not in self._known:
            self._known[octave] = self.expected(2.0**octave / self._unit)
        return sum(self._known[octave])

    def expected(self, step: float) -> tuple[float, float]:
        """Bits of base and differences with a step of the base."""
        base = 8 * self._model.size(step)
        base *= comes_to(base / (BLOCK * self._places * self._bands))
        errors = self._model.errors(step)
        left = self._unknown(errors * self._unit**2)
        compared = left_operations(errors, self._bands, _BACK)
        self._tally.add(Stage.SELECTION, self._model.operations + compared)
        means = _magnitudes(left)[:, None]
        return base, symbol_entropy(means, BLOCK * self._places)


class _Unknown:
    """What the bands before do not tell of a band's differences.

    Args:
        synthesis: from components to bands.
    """

    def __init__(self, synthesis: Float64[np.ndarray, "components bands"]) -> None:
        components, bands = synthesis.shape
        # Of covariances of bands that are this far apart, of each component: no others are asked for.
        products = np.zeros((components, _BACK + 1, bands))
        for back in range(min(_BACK + 1, bands)):
            products[:, back, back:] = synthesis[:, back:] * synthesis[:, : bands - back]
        self._products = products.reshape(components, -1)
        one, other = np.indices((_BACK, _BACK))
        # Of two earlier bands the later one, among those that end with the last before.
        later = np.arange(bands)[:, None, None] - 1 - np.minimum(one, other)
        self._there = np.arange(bands)[:, None, None] - 1 - np.maximum(one, other) >= 0
        self._among = np.abs(one - other) * bands + np.maximum(later, 0)

    def __call__(self, errors: Float64[np.ndarray, " components"]) -> Float64[np.ndarray, " bands"]:
        """The variance that is left of each band, of errors of the components."""
        covariance = (errors @ self._products).reshape(_BACK + 1, -1)
        own, cross = covariance[0].copy(), covariance[1:].T
        covariance[0] += np.maximum(np.minimum(own, _KNOWN), _LEAST * own.max() + 1e-300)
        among = np.where(self._there, covariance.ravel()[self._among], np.eye(_BACK))
        told = np.linalg.solve(among, cross[..., None])[..., 0]
        left = own - (cross * told).sum(axis=1)
        return np.maximum(left, _LEAST * own + 1e-9)


def _magnitudes(variances: Float64[np.ndarray, " bands"]) -> Float64[np.ndarray, " bands"]:
    """Mean magnitude of numbers of a Laplace distribution, rounded."""
    rate = np.sqrt(2 / variances)
    return np.exp(-rate / 2) / -np.expm1(-rate)
