"""Which step a base is to have: that of which the fewest bytes are expected of base and differences together.

What is left of bands when a base is taken away has the covariance of its components' errors. A band's differences
are expected to be as long as those of a Laplace distribution of what the bands before it leave unknown.
"""

import math

import numpy as np
from jaxtyping import Float64

from btcnet_jax.codec.scene_plan import ScenePlan
from btcnet_jax.parts.quantization import count_useful
from btcnet_jax.parts.spectral_plan import SpectralPlan, step_errors, symbol_entropy
from btcnet_jax.parts.step_model import StepModel

# Earlier bands that tell of a band, and the squared error with which they are known, of one step each.
_BACK, _KNOWN = 8, 1 / 12
_RATIO = math.sqrt(2)


def expected_bits(
    front: ScenePlan, model: StepModel, step: float, unit: float, samples: int
) -> tuple[float, float]:
    """Of base and differences with a step of the base."""
    count = min(count_useful(front.sampled, step, front.row_bits * front.part), front.most)
    errors = step_errors(front.plan, front.sampled[:count], step)
    left = _left(front.plan, errors * unit**2)
    bits = symbol_entropy(_magnitudes(left)[:, None], 1)
    return 8 * model.size(step), bits * samples


def _left(
    plan: SpectralPlan, errors: Float64[np.ndarray, " components"]
) -> Float64[np.ndarray, " bands"]:
    """Variance of each band's differences that the bands before do not tell."""
    synthesis = plan.synthesis
    covariance = (synthesis.T * errors) @ synthesis
    own = covariance.diagonal().copy()
    covariance[np.diag_indices_from(covariance)] += np.minimum(own, _KNOWN) + 1e-12
    left = own.copy()
    for band in range(1, len(own)):
        before = slice(max(band - _BACK, 0), band)
        cross = covariance[before, band]
        left[band] -= cross @ np.linalg.solve(covariance[before, before], cross)
    return np.maximum(left, 1e-6 * own + 1e-9)


def _magnitudes(variances: Float64[np.ndarray, " bands"]) -> Float64[np.ndarray, " bands"]:
    """Mean magnitude of numbers of a Laplace distribution, rounded."""
    rate = np.sqrt(2 / variances)
    return np.exp(-rate / 2) / -np.expm1(-rate)
