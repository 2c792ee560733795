"""The spectral plan of a scene: how much each band counts, the transform along the spectrum, and a first step.

All are found on a sample of the scene's blocks, and for a goal (`btcnet_jax.parts.goal`): what the mean over
bands of the published PSNR asks for, the squared error of all samples, something between, or spectral angles.
"""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64

from btcnet_jax.coding.dead_zones import square_errors, sum_magnitudes
from btcnet_jax.container.header import Objective
from btcnet_jax.cost import DEAD_ZONE
from btcnet_jax.parts.block_transform import BLOCK, project_blocks
from btcnet_jax.parts.goal import BALANCED, Goal, Metric, angle_metric
from btcnet_jax.parts.quantization import DEAD_OFFSET

BASIS_BITS = 2.6
"""What an entry of the basis takes in a file, about."""

COMPONENTS = 40
"""From how many components weights are corrected."""
GUESSES = 14
"""Trials of a first step in each pass."""

CONTEXT_SHARE = 0.7
"""What contexts leave of the code length that coefficients would have with a table for each plane."""

# Weights lie within so many times their median, and its inverse: a band that is nearly constant in the
# sample need not be so elsewhere.
_WEIGHT_RANGE = 2.0**7


@dataclass(frozen=True, eq=False)
class SpectralPlan:
    """Weights and transform of a scene's varying bands.

    Attributes:
        weights: what a band's deviation from its mean is multiplied by; their mean is 1.
        metric: what a vector of these is multiplied by then; None where bands are told apart by weights alone.
        vectors: orthonormal columns, by falling weighted variance.
        variances: of the components.
        step: about the quantization step of the rate that it was made for.
    """

    weights: Float64[np.ndarray, " bands"]
    vectors: Float64[np.ndarray, "bands components"]
    variances: Float64[np.ndarray, " components"]
    step: float
    metric: Metric | None = None

    @property
    def projection(self) -> Float64[np.ndarray, "bands components"]:
        """From deviations to components."""
        vectors = self.vectors if self.metric is None else self.metric.root @ self.vectors
        return self.weights[:, None] * vectors

    @property
    def synthesis(self) -> Float64[np.ndarray, "components bands"]:
        """From components to deviations."""
        vectors = self.vectors if self.metric is None else self.metric.inverse @ self.vectors
        return (vectors / self.weights[:, None]).T


Expected = Callable[[Float64[np.ndarray, " components"], SpectralPlan], float]
"""What a quality has to spare of a target, of the mean squared error of each component of a plan."""


def fit_plan(
    covariance: Float64[np.ndarray, "bands bands"],
    blocks: Float64[np.ndarray, "blocks 16 bands"],
    bits: float,
    row_bits: float,
    goal: Goal = BALANCED,
    components: int = COMPONENTS,
    expected: Expected | None = None,
    jobs: int = 1,
) -> SpectralPlan:
    """Weights, transform and step for a rate, or for a quality.

    Args:
        covariance: of the bands.
        blocks: deviations from the band means, of some blocks.
        bits: that the coefficients of the blocks, and their share of the basis, may take.
        row_bits: the blocks' share of what a row of the basis takes.
        goal: what the weights are for.
        components: from which weights are corrected and the step is guessed.
        expected: what a quality has to spare of the one that is asked for, in place of bits; None of a rate.
        jobs: threads; nothing but time depends on their number.

    Source: the transform is that of Du & Fowler 2007, IEEE GRSL 4(2), section II, of weighted bands.
    """
    weights, metric = _demote(np.ones(len(covariance)), goal.good), None
    if goal.objective == Objective.SAM:
        metric = angle_metric((blocks + goal.zero) * weights)
    for last in range(goal.passes, -1, -1):
        plan = _transform(covariance, weights, metric)
        coefficients = project_blocks(blocks, plan.projection[:, :components], jobs)
        if expected is None:
            step = _guess_step(coefficients, bits, row_bits)
        else:
            step = _step_of_quality(plan, coefficients, expected)
        plan = dataclasses.replace(plan, step=step)
        if last:
            weights = _demote(_weigh(plan, coefficients, goal.power), goal.good)
    return plan


def plan_operations(
    pixels: int, bands: int, components: int = COMPONENTS, goal: Goal = BALANCED
) -> float:
    """Operations of `fit_plan` beside its eigendecompositions, `Goal.eigendecompositions`.

    Args:
        pixels: of the blocks.
        bands: of the scene.
        components, goal: as of `fit_plan`.
    """
    coefficients = pixels * min(components, bands)
    # A trial of a step divides, rounds down and sums magnitudes; deviation and magnitudes first. At most: of
    # planes that are all zeros at a step the greatest magnitude alone is looked at.
    guess = 5 + GUESSES * 4
    weigh = DEAD_ZONE + 5
    passes = goal.passes
    planned = coefficients * ((passes + 1) * (bands + BLOCK + guess) + passes * weigh)
    return float(planned + goal.metric_operations(pixels, bands))


def _transform(
    covariance: Float64[np.ndarray, "bands bands"],
    weights: Float64[np.ndarray, " bands"],
    metric: Metric | None,
) -> SpectralPlan:
    weighted = covariance * np.outer(weights, weights)
    if metric is not None:
        weighted = metric.root @ weighted @ metric.root
    variances, vectors = principal_axes(weighted)
    return SpectralPlan(weights, vectors, np.maximum(variances, 0), 1.0, metric)


def principal_axes(
    covariance: Float64[np.ndarray, "bands bands"],
) -> tuple[Float64[np.ndarray, " components"], Float64[np.ndarray, "bands components"]]:
    """Variances, falling, and the directions along which they lie, as columns of length one.

    The entry of largest magnitude of each is positive, so that the same scene gives the same everywhere.
    """
    variances, vectors = np.linalg.eigh(covariance)
    variances, vectors = variances[::-1], vectors[:, ::-1]
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.where(vectors[largest, np.arange(len(vectors))] < 0, -1.0, 1.0)
    return variances, vectors * signs


def step_errors(
    plan: SpectralPlan, coefficients: Float[np.ndarray, "first 16 blocks"], step: float
) -> Float64[np.ndarray, " components"]:
    """Mean squared error of each component: what quantization leaves, and all that the rest hold."""
    remaining, some = plan.variances.copy(), np.ascontiguousarray(coefficients, np.float64)
    errors = np.empty_like(some)
    planes = BLOCK * len(some), some.shape[2]
    square_errors(some.reshape(planes), float(step), DEAD_OFFSET, errors.reshape(planes))
    remaining[: len(errors)] = errors.mean(axis=(1, 2))
    return remaining


def _weigh(
    plan: SpectralPlan, coefficients: Float64[np.ndarray, "components 16 blocks"], power: float
) -> Float64[np.ndarray, " bands"]:
    """Inverse errors of the bands to a power: what quantization leaves, and all that the rest hold."""
    left = step_errors(plan, coefficients, plan.step) @ np.square(plan.synthesis)
    weights = 1 / np.sqrt(np.maximum(left, max(1e-9 * left.max(), 1e-300)))
    middle = np.median(weights)
    weights = np.clip(weights, middle / _WEIGHT_RANGE, middle * _WEIGHT_RANGE) ** power
    return weights / weights.mean()


def _demote(
    weights: Float64[np.ndarray, " bands"], good: Bool[np.ndarray, " bands"] | None
) -> Float64[np.ndarray, " bands"]:
    """Bad bands get the least weight there is; of all bands bad, or none, nothing changes."""
    if good is None or good.all() or not good.any():
        return weights
    least = np.median(weights[good]) / _WEIGHT_RANGE
    weights = np.where(good, weights, least)
    return weights / weights.mean()


def _guess_step(
    coefficients: Float64[np.ndarray, "components 16 blocks"], bits: float, row_bits: float
) -> float:
    """The step at which symbols and basis take so many bits, by halving."""
    low, high = _steps(coefficients)
    # Magnitudes of symbols, as `dead_zone` gives them, are all that counts; most planes have none but zeros.
    planes = coefficients.reshape(-1, coefficients.shape[2])
    peaks = np.maximum(planes.max(axis=1), -planes.min(axis=1))
    sums = np.empty(len(planes))
    for _ in range(GUESSES):
        middle = (low + high) / 2
        sum_magnitudes(planes, peaks, float(np.exp(middle)), DEAD_OFFSET, sums)
        mean = (sums / planes.shape[1]).reshape(coefficients.shape[:2])
        used = int(mean.any(axis=1).sum())
        taken = CONTEXT_SHARE * symbol_entropy(mean, coefficients.shape[2]) + row_bits * used
        low, high = (middle, high) if taken > bits else (low, middle)
    return float(np.exp((low + high) / 2))


def _step_of_quality(
    plan: SpectralPlan,
    coefficients: Float64[np.ndarray, "components 16 blocks"],
    expected: Expected,
) -> float:
    """The step at which nothing is to spare, by halving."""
    low, high = _steps(coefficients)
    for _ in range(GUESSES):
        middle = (low + high) / 2
        spare = expected(step_errors(plan, coefficients, float(np.exp(middle))), plan)
        low, high = (middle, high) if spare > 0 else (low, middle)
    return float(np.exp((low + high) / 2))


def _steps(coefficients: Float64[np.ndarray, "components 16 blocks"]) -> tuple[float, float]:
    """Logarithms of the finest and coarsest step that may be meant."""
    scale = max(float(coefficients.std()), 1e-150)
    return math.log(1e-4 * scale), math.log(1e3 * scale)


def symbol_entropy(mean: Float64[np.ndarray, "components positions"], count: int) -> float:
    """Bits of two-sided geometric distributions of so many symbols, one for each component and position.

    Args:
        mean: magnitude of symbols.
        count: of the symbols of each.
    """
    ratio = (np.sqrt(1 + mean**2) - 1) / np.maximum(mean, 1e-9)
    zero = (1 - ratio) / (1 + ratio)
    bits = -np.log2(np.maximum(zero, 1e-12)) - mean * np.log2(np.maximum(ratio, 1e-12))
    return float(bits.sum() * count)
