"""Which step a base is to have: that of which the fewest bytes are expected of base and differences together.

What is left of bands when a base is taken away has the covariance of its components' errors. A band's
differences are expected to take the bits of a Laplace distribution of what the bands before leave unknown.
"""

import numpy as np
from jaxtyping import Float64

from btcnet_jax.codec.scene_plan import ScenePlan
from btcnet_jax.parts.block_transform import BLOCK
from btcnet_jax.parts.quantization import count_useful
from btcnet_jax.parts.spectral_plan import SpectralPlan, step_errors, symbol_entropy
from btcnet_jax.parts.step_model import StepModel

# Earlier bands that tell of a band; the squared error with which they are known, of one step each; and of the
# greatest variance the share that counts as noise.
_BACK, _KNOWN, _LEAST = 8, 1 / 12, 1e-9
# Steps that are looked at, as octaves of a step of the errors: first these, then halfway, and again.
_OCTAVES, _FINER = range(-1, 13), (0.5, 0.25)


def find_base_step(front: ScenePlan, places: int, unit: float) -> tuple[float, int]:
    """A step, and how many components are worth their bits with it.

    Args:
        front: of the scene, whose values are in steps of the errors over the unit.
        places: blocks of the scene.
        unit: as above.
    """
    model = StepModel(front.sampled, front.plan, places, front.row_bits, front.most)
    known: dict[float, float] = {}

    def bits(octave: float) -> float:
        if octave not in known:
            known[octave] = _expected_bits(front, model, places, 2.0**octave, unit)
        return known[octave]

    best = float(min(_OCTAVES, key=bits))
    for apart in _FINER:
        best = min((best, best - apart, best + apart), key=bits)
    step = 2.0**best / unit
    return step, _components(front, step)


def _components(front: ScenePlan, step: float) -> int:
    count = count_useful(front.sampled, step, front.row_bits * front.part)
    return min(count, front.most)


def _expected_bits(
    front: ScenePlan, model: StepModel, places: int, step: float, unit: float
) -> float:
    """Of base and differences with a step of the base."""
    count = _components(front, step / unit)
    errors = step_errors(front.plan, front.sampled[:count], step / unit)
    left = _left(front.plan, errors * unit**2)
    bits = symbol_entropy(_magnitudes(left)[:, None], BLOCK * places)
    return 8 * model.size(step / unit) + bits


def _left(
    plan: SpectralPlan, errors: Float64[np.ndarray, " components"]
) -> Float64[np.ndarray, " bands"]:
    """Variance of each band's differences that the bands before do not tell."""
    synthesis = plan.synthesis
    covariance = (synthesis.T * errors) @ synthesis
    own = covariance.diagonal().copy()
    noise = np.maximum(np.minimum(own, _KNOWN), _LEAST * own.max() + 1e-300)
    covariance[np.diag_indices_from(covariance)] += noise
    left = own.copy()
    for band in range(1, len(own)):
        before = slice(max(band - _BACK, 0), band)
        cross = covariance[before, band]
        left[band] -= cross @ np.linalg.solve(covariance[before, before], cross)
    return np.maximum(left, _LEAST * own + 1e-9)


def _magnitudes(variances: Float64[np.ndarray, " bands"]) -> Float64[np.ndarray, " bands"]:
    """Mean magnitude of numbers of a Laplace distribution, rounded."""
    rate = np.sqrt(2 / variances)
    return np.exp(-rate / 2) / -np.expm1(-rate)
