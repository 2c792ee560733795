"""A scene to symbols, levels and matrix: the search for the step, and what a step gives."""

import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float32

from btcnet_jax.codec.encoded import Encoded
from btcnet_jax.codec.scene_plan import ScenePlan
from btcnet_jax.codec.search_progress import SearchProgress
from btcnet_jax.codec.step_finding import Aim, Budget, Course, Precision, find_step
from btcnet_jax.codec.tile_coding import Details
from btcnet_jax.codec.trials import QUALITY_PRECISION, StepAim
from btcnet_jax.coding.context import ComponentLevels, ContextCoder
from btcnet_jax.cost import Stage, Tally
from btcnet_jax.parts.block_transform import BLOCK, to_coefficients
from btcnet_jax.parts.goal import BALANCED, Goal
from btcnet_jax.parts.quantization import (
    MAX_SYMBOL,
    USEFUL,
    Quantize,
    Quantized,
    count_useful,
    optimize,
    packed,
)
from btcnet_jax.parts.samples import Samples
from btcnet_jax.parts.spectral_plan import SpectralPlan
from btcnet_jax.parts.synthesis_matrix import fit_matrix, fit_operations

# Components that are projected beyond those that the sample deems useful.
_SPARE = 2
# Of the guessed step: a search seldom ends below.
_FINEST = 0.9
# Of larger scenes the step is sought on some groups of rows of blocks first.
_SEARCH_BLOCKS, _GROUP = 2048, 8
_PART_PRECISION = Precision.of_shares(2, goal=0.99, enough=0.96, poor=0.93)
# The same where a course leads on from the estimate: within some share of the size that is wanted.
_HASTY_PRECISION, _AROUND = Precision.of_shares(2, goal=0.92, enough=0.82, poor=0.82), 1.1
_PRECISION = Precision.of_shares(3, goal=0.996, enough=0.99, poor=0.99)
# A file that takes less of its budget is filled up with components; as the logarithm of a share.
_POOR = -math.log(0.97)
# Operations a coefficient: its greatest magnitude.
_GREATEST = 2
# The coder's own loss, and how bits are counted in bytes.
_BYTES_PER_BIT = 1.004 / 8


@dataclass(frozen=True)
class _Estimate:
    step: float
    size: float
    empty: bool
    finest: bool = False


class StepSearch:
    """One scene at one target.

    Args:
        coder: of the symbols.
        samples: of the scene.
        aim: what a file is to be.
        tally: counts what is computed.
        progress: of the trials; None where nobody asks.
        goal: what the file is made best for.
        tile: rows and columns of blocks that are coded on their own; None for all together.
        share: of a larger scene that these samples stand for; the matrix is of all of it.
        details: what the decoder will add to symbols, which are then chosen beside it; None where they are
            chosen for themselves.
        quantize: chooses symbols.
        precision: how near to go to the bytes of a rate.
        hasty: whether what is estimated of a part leads to a step that is not estimated once more.
    """

    def __init__(
        self,
        coder: ContextCoder,
        samples: Samples,
        aim: StepAim,
        tally: Tally,
        progress: SearchProgress | None = None,
        goal: Goal = BALANCED,
        tile: tuple[int, int] | None = None,
        share: float = 1.0,
        details: Details | None = None,
        quantize: Quantize = optimize,
        precision: Precision = _PRECISION,
        *,
        hasty: bool = False,
    ) -> None:
        self._details, self._choose, self._precision = details, quantize, precision
        self._poor, self._hasty = max(_POOR, precision.enough), hasty
        self._coder, self._samples, self._tile = coder, samples, tile
        self._progress = progress or SearchProgress(None)
        self._tally = tally
        self._aim, self._share = aim, share
        self._front = ScenePlan(samples, aim, tally, goal, share)
        self._places, self._limited = samples.places, False
        self._kept: int | None = None
        self._useful: dict[float, int] = {}
        self._over: tuple[Quantized, float] | None = None
        self._left: tuple[float, Float32[np.ndarray, "components 16 rows cols"]] | None = None
        self._projected: Float32[np.ndarray, "components 16 rows cols"] | None = None

    @property
    def plan(self) -> SpectralPlan:
        """The transform that was found."""
        return self._front.plan

    @property
    def course(self) -> Course:
        """What is expected of steps."""
        return self._front.course

    @property
    def first_step(self) -> float:
        """The step at which what is asked is expected."""
        return self._front.first_step

    def encode(self) -> Encoded:
        """With the step whose parts are nearest within what is asked; the nearest where none are.

        A light encoder's number of components is limited so that the analysis is as light as the published
        encoder. Where no step of these components uses up the budget, all that are worth their bits are
        taken, unless they make the scene worse.
        """
        encoded = self._search()
        if self._limited and not self._over and self._aim.margin(encoded) > self._poor:
            self._front.most = len(self._samples.mean)
            return self._better(encoded, self._search())
        return encoded

    def _search(self) -> Encoded:
        course, near = self._front.course, self._front.first_step
        if self._aim.finer:
            return find_step(self.attempt, near, self._aim, QUALITY_PRECISION, course)
        if self._places > _SEARCH_BLOCKS:
            near = self._estimated(near, course)
        encoded = find_step(self.attempt, near, self._aim, self._precision, course)
        if self._aim.margin(encoded) > self._poor and self._over:
            encoded = self._better(encoded, self._cut(*self._over))
            return self._filled(encoded) if self._aim.margin(encoded) > self._poor else encoded
        return encoded

    def _estimated(self, near: float, course: Course) -> float:
        """The step by what is estimated of a part of the scene."""
        budget: Aim[_Estimate] = Budget(self._aim.room)
        if not self._hasty:
            return find_step(self._estimate, near, budget, _PART_PRECISION, course).step
        around: Aim[_Estimate] = Budget(_AROUND * self._aim.room)
        found = find_step(self._estimate, near, around, _HASTY_PRECISION, course)
        # From there along the expected course.
        place, missing = course.place(found.step), self._precision.goal - budget.margin(found)
        return course.step(course.place_of(course(place) + missing, place))

    def _filled(self, encoded: Encoded) -> Encoded:
        """No more components than a trial has, with the finer steps for which there is room."""
        self._kept = len(encoded.packed)
        start = encoded.step * math.exp(-self._aim.margin(encoded))
        return self._better(encoded, find_step(self.attempt, start, self._aim, self._precision))

    def _better(self, encoded: Encoded, other: Encoded) -> Encoded:
        """The other one where it does what is asked and leaves less error: more bytes alone are no reason."""
        fits = self._aim.margin(other) >= 0
        return other if fits and other.error < encoded.error else encoded

    def attempt(self, step: float) -> Encoded:
        """The scene with a step."""
        wanted, asked = self._wanted(step), step
        given = 1.0, self._samples.held, self._tile
        quantized, step = self._quantize(wanted[: self._kept], step, *given)
        encoded = self._finish(quantized, step, wanted)
        if step > asked:
            encoded = dataclasses.replace(encoded, finest=True)
        encoded = self._aim.looked_at(encoded)
        over = not self._aim.finer and self._aim.margin(encoded) < 0
        if over and (not self._over or step > self._over[1]):
            self._over = quantized.kept(), step
        return encoded

    def _cut(self, quantized: Quantized, step: float) -> Encoded:
        """A trial that was too large, with as many components as the budget lets it have.

        Where a scene ends in noise, many components become worth their bits at one step: on one side
        of it the file is far smaller than it may be, on the other far larger.
        """
        sizes = np.cumsum(quantized.bits * _BYTES_PER_BIT + self._front.row_bits / 8)
        kept = quantized.first(max(int((sizes < self._aim.room).sum()), 1))
        return self._finish(kept.taken(), step, self._wanted(step))

    def _finish(
        self,
        quantized: Quantized,
        step: float,
        wanted: Float32[np.ndarray, "projected 16 rows cols"],
    ) -> Encoded:
        """The parts of a file; `wanted` is what symbols are of."""
        symbols = quantized.symbols
        coefficients = self._coefficients(step)
        mean, held = self._samples.mean, self._samples.held
        unit = self._coder.per_step
        basis, error = fit_matrix(symbols, wanted, self._front.plan, step, mean, held, unit)
        levels = ComponentLevels.of(symbols, unit)
        size = float(quantized.bits.sum()) * _BYTES_PER_BIT + 4
        bands, places = len(self._samples.mean), BLOCK * self._places
        matrix = fit_operations(len(symbols), len(coefficients), bands, places)
        self._tally.add(Stage.MATRIX, matrix)
        once = self._once(quantized, coefficients) | {Stage.MATRIX: matrix}
        given = basis.data, size, coefficients, error, once, self._share
        return Encoded(step, packed(symbols), levels, *given, contexts=quantized.contexts)

    def _once(self, quantized: Quantized, coefficients: np.ndarray) -> dict[Stage, float]:
        return {
            Stage.SELECTION: self._front.sampling + self._asking,
            Stage.QUANTIZATION: quantized.operations + (1 + _GREATEST) * coefficients.size,
            Stage.PROJECTION: float(coefficients.size * len(self._samples.mean)),
            Stage.TRANSFORM: float(coefficients.size * BLOCK),
        }

    def _estimate(self, step: float) -> _Estimate:
        """The size with a step, from some rows of blocks."""
        coefficients = self._wanted(step)
        rows, cols = coefficients.shape[2:]
        groups = min(-(-_SEARCH_BLOCKS // (_GROUP * cols)), rows // _GROUP)
        starts = np.linspace(0, rows - min(_GROUP, rows), max(groups, 1)).astype(int)
        picked = np.unique(np.minimum(starts[:, None] + np.arange(_GROUP), rows - 1))
        held = self._samples.held
        part = len(picked) / rows
        if held is not None:
            held = held[picked]
            part = max(int(held.sum()), 1) / self._places
        # Groups of rows below each other, of all columns of tiles.
        tile = None if self._tile is None else (len(picked), self._tile[1])
        quantized, _ = self._quantize(coefficients[:, :, picked], step, part, held, tile)
        matrix = len(quantized.symbols) * self._front.row_bits
        size = float(quantized.bits.sum()) / part * _BYTES_PER_BIT + matrix / 8
        return _Estimate(step, size, not quantized.symbols.any())

    def _quantize(
        self,
        coefficients: Float32[np.ndarray, "components 16 rows cols"],
        step: float,
        part: float,
        held: Bool[np.ndarray, "rows cols"] | None,
        tile: tuple[int, int] | None = None,
    ) -> tuple[Quantized, float]:
        # A step so fine that the coder could not hold the symbols is of no use to anybody.
        step = max(step, float(np.abs(coefficients).max()) / MAX_SYMBOL, 1e-30)
        values = coefficients / np.float32(step)
        quantized = self._choose(
            self._coder, values, self._front.row_bits * part, self._progress.trial(part), held, tile
        )
        scaling = (1 + _GREATEST) * coefficients.size
        self._tally.add(Stage.QUANTIZATION, quantized.operations + scaling)
        return quantized, step

    @cached_property
    def _finest(self) -> float:
        """The step at which the largest of the sample is the largest symbol."""
        sampled = self._front.sampled
        return float(max(sampled.max(), -sampled.min())) / MAX_SYMBOL

    @property
    def _asking(self) -> float:
        """Operations of telling which of them are useful."""
        return float(self._front.blocks.size * (USEFUL + _GREATEST))

    def _wanted(self, step: float) -> Float32[np.ndarray, "components 16 rows cols"]:
        """What symbols are to be of: the coefficients, less what the decoder is foreseen to add to symbols.

        What it restores by itself need not be told. A file gets a little larger by it, and better.
        """
        coefficients = self._coefficients(step)
        if self._details is None:
            return coefficients
        if self._left is None or self._left[0] != step or len(self._left[1]) != len(coefficients):
            left = self._details(coefficients / np.float32(step), self._samples.held)
            left *= np.float32(-step)
            left += coefficients
            self._left = step, left
        return self._left[1]

    def _coefficients(self, step: float) -> Float32[np.ndarray, "components 16 rows cols"]:
        """Of the components that may be worth their bits at a step, and of those that once were."""
        front = self._front
        row_bits = front.row_bits * front.part
        step = max(min(step, _FINEST * front.plan.step), self._finest, 1e-30)
        # A trial asks for the same step again when it fits the matrix, coarse ones all ask for one.
        if step not in self._useful:
            self._useful[step] = count_useful(front.sampled, step, row_bits)
            self._tally.add(Stage.SELECTION, self._asking)
        count = self._useful[step] + _SPARE
        count = min(count, len(self._samples.mean))
        self._limited |= count > front.most
        count = min(count, front.most)
        if self._projected is None or count > len(self._projected) + _SPARE:
            self._projected = self._project(count)
        return self._projected

    def _project(self, count: int) -> Float32[np.ndarray, "components 16 rows cols"]:
        projection = self._front.plan.projection[:, :count].astype(np.float32)
        parts = [to_coefficients(part @ projection) for part in self._samples.parts()]
        whole = np.concatenate(parts, axis=2)
        self._tally.add(Stage.PROJECTION, whole.size * len(self._samples.mean))
        self._tally.add(Stage.TRANSFORM, whole.size * BLOCK)
        return whole.reshape(len(whole), BLOCK, *self._samples.grid)
