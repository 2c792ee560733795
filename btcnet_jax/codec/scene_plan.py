"""What is found on a sample of a scene before the first trial: its transform, and what steps will come to."""

import math
from functools import cached_property

import numpy as np
from jaxtyping import Float64

from btcnet_jax.codec.component_limit import (
    at_rate,
    full_shares,
    most_components,
    sample_share,
)
from btcnet_jax.codec.step_finding import Course
from btcnet_jax.codec.target import NO_PEAK, Psnr
from btcnet_jax.codec.trials import QualityAim, StepAim
from btcnet_jax.cost import Stage, Tally, eigendecomposition
from btcnet_jax.errors import CubeError
from btcnet_jax.parts.block_transform import BLOCK, project_blocks
from btcnet_jax.parts.expected_quality import ExpectedAngle, ExpectedPsnr
from btcnet_jax.parts.goal import Goal
from btcnet_jax.parts.samples import Samples
from btcnet_jax.parts.spectral_plan import (
    BASIS_BITS,
    COMPONENTS,
    Expected,
    SpectralPlan,
    fit_plan,
    plan_operations,
)
from btcnet_jax.parts.step_model import StepModel

# Of the size that is expected of a step, what it comes to at a rate, about, and how that rises with the rate:
# the network's contexts were counted in, but few symbols are not as random as the tables of their planes say.
_COMES_TO, _AT, _RISE = 1.28, 0.1, 0.08


def comes_to(rate: float) -> float:
    """Times the size that is expected of a step that a file comes to, at so many bits a sample."""
    return float(_COMES_TO * (min(rate, 1.0) / _AT) ** _RISE)


class ScenePlan:
    """The transform of a scene for an aim, and the course of the search for its step.

    Args:
        samples: of the scene.
        aim: what a file is to be.
        tally: counts what is computed.
        goal: what the transform is made best for.
        share: of a larger scene that these samples stand for; the matrix is of all of it.

    Attributes:
        most: components that a file may have; a search may lift it.
        row_bits: what a component costs besides its symbols.
    """

    def __init__(
        self, samples: Samples, aim: StepAim, tally: Tally, goal: Goal, share: float = 1.0
    ) -> None:
        self._samples, self._aim, self._tally, self._goal = samples, aim, tally, goal
        places, self._bands = samples.places, len(samples.mean)
        self.row_bits = share * BASIS_BITS * self._bands
        one_of = sample_share(places)
        self._shares = (one_of, one_of) if goal.light else full_shares(places)
        self.most = self._bands
        # Of a quality, whose trials are restored and measured, too few would take far more bytes: 59 % more
        # of a real scene.
        if goal.light and not aim.finer:
            self.most = most_components(places, self._bands, self._rate)

    @property
    def plan(self) -> SpectralPlan:
        """Transform and a first step."""
        return self._fitted[0]

    @property
    def part(self) -> float:
        """Of the scene's blocks, the share in the sample."""
        return len(self.blocks) / self._samples.places

    @cached_property
    def blocks(self) -> Float64[np.ndarray, "picked 16 bands"]:
        """The sample."""
        return self._samples.blocks(self._shares[0])

    @cached_property
    def sampled(self) -> Float64[np.ndarray, "bands 16 picked"]:
        """Coefficients of the sample, of all components."""
        self._tally.add(Stage.SELECTION, self.sampling)
        return self._projected(self.plan)

    @property
    def sampling(self) -> float:
        """Operations of these."""
        return float(self.blocks.size * (self._bands + BLOCK))

    @cached_property
    def course(self) -> Course:
        """The margin that is expected of steps."""
        model = self._model(self.plan, self.sampled, self.most)
        return self._course(model, self.plan)

    @property
    def first_step(self) -> float:
        """At which just what is asked is expected."""
        place = self.course.place(self.plan.step)
        return self.course.step(self.course.place_of(0.0, place))

    def _course(self, model: StepModel, plan: SpectralPlan) -> Course:
        # Of this object it may hold nothing: the course outlives the samples.
        expected, room, tally = self._expected, self._aim.room, self._tally
        more = 1.0 if expected else comes_to(self._rate)

        def margin(step: float) -> float:
            tally.add(Stage.SELECTION, model.operations)
            if expected is not None:
                return expected(model.errors(step), plan)
            return math.log(room / max(more * model.size(step), 1e-9))

        return Course(margin, finer=self._aim.finer)

    def _model(
        self, plan: SpectralPlan, sampled: Float64[np.ndarray, "bands 16 picked"], most: int
    ) -> StepModel:
        return StepModel(sampled, plan, self._samples.places, self.row_bits, most)

    @cached_property
    def _expected(self) -> Expected | None:
        if not isinstance(self._aim, QualityAim):
            return None
        target, zero = self._aim.target, np.broadcast_to(self._goal.zero, self._bands)
        if isinstance(target, Psnr):
            peaks = self._samples.highest + zero
            if not (peaks > 0).any():
                raise CubeError(NO_PEAK)
            return ExpectedPsnr(peaks, float(target.db))
        return ExpectedAngle(self.blocks, zero, float(target.degrees))

    @property
    def _rate(self) -> float:
        """Bits a sample of bands that vary, about."""
        size = self._fitted[1] if self._aim.finer else self._aim.room
        return 8 * size / (BLOCK * self._samples.places * self._bands)

    @cached_property
    def _fitted(self) -> tuple[SpectralPlan, float]:
        """The plan, and of a quality the bytes that a file of it may come to."""
        covariance = self._samples.covariance(self._shares[1], self._tally)
        if not self._aim.finer:
            return self._fit(covariance, at_rate(COMPONENTS, self._rate)), 0.0
        # How many components are to be looked at depends on the rate, which depends on the plan.
        plan = self._fit(covariance, COMPONENTS)
        size = self._size(plan)
        rate = 8 * size / (BLOCK * self._samples.places * self._bands)
        if (components := at_rate(COMPONENTS, rate)) > COMPONENTS:
            plan = self._fit(covariance, components)
            size = self._size(plan)
        return plan, size

    def _fit(self, covariance: Float64[np.ndarray, "bands bands"], components: int) -> SpectralPlan:
        count = self._goal.eigendecompositions
        self._tally.add(Stage.EIGENVECTORS, count * eigendecomposition(self._bands))
        pixels = BLOCK * len(self.blocks)
        operations = plan_operations(pixels, self._bands, components, self._goal)
        self._tally.add(Stage.WEIGHTS, operations)
        room = 0.0 if self._aim.finer else self._aim.room
        bits, row_bits = 8 * room * self.part, self.row_bits * self.part
        expected = self._expected
        given = bits, row_bits, self._goal, components, expected, self._samples.jobs
        return fit_plan(covariance, self.blocks, *given)

    def _projected(self, plan: SpectralPlan) -> Float64[np.ndarray, "bands 16 picked"]:
        return project_blocks(self.blocks, plan.projection, self._samples.jobs)

    def _size(self, plan: SpectralPlan) -> float:
        """Of the step at which the quality is expected that is asked for."""
        sampled = self._projected(plan)
        self._tally.add(Stage.SELECTION, self.sampling)
        model = self._model(plan, sampled, self._bands)
        course = self._course(model, plan)
        place = course.place_of(0.0, course.place(plan.step))
        return model.size(course.step(place))
