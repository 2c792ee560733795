"""A scene to symbols, levels and matrix: the search for the step, and what a step gives."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from btcnet_jax.codec.component_limit import (
    at_rate,
    full_shares,
    most_components,
    sample_share,
)
from btcnet_jax.codec.rate_control import Precision, find_step
from btcnet_jax.codec.search_progress import SearchProgress
from btcnet_jax.coding.context import ComponentLevels, ContextCoder
from btcnet_jax.cost import Stage, Tally, eigendecomposition
from btcnet_jax.parts.block_transform import BLOCK, to_coefficients
from btcnet_jax.parts.goal import BALANCED, Goal
from btcnet_jax.parts.quantization import (
    MAX_SYMBOL,
    USEFUL,
    Quantized,
    count_useful,
    optimize,
)
from btcnet_jax.parts.samples import Samples
from btcnet_jax.parts.spectral_plan import (
    BASIS_BITS,
    COMPONENTS,
    SpectralPlan,
    fit_plan,
    plan_operations,
)
from btcnet_jax.parts.synthesis_matrix import fit_matrix, fit_operations

# Components that are projected beyond those that the sample deems useful.
_SPARE = 2
# Of the guessed step: the search for the step starts a little above, seldom ends below.
_FIRST, _FINEST = 1.05, 0.9
# Those of dependent quantization are larger at the same rate.
_FIRST_DEPENDENT = 1.16
# Of larger scenes the step is sought on some groups of rows of blocks first.
_SEARCH_BLOCKS, _GROUP = 2048, 8
_PART_PRECISION, _PRECISION = Precision(4), Precision(3)
# Where an encoder need not be light enough to fly, a trial or two more are worth the last percent of the rate.
_FINE = Precision(5, aim=0.997, enough=0.992, poor=0.985)
# A file that takes less of its budget is filled up with components.
_POOR = 0.97
# Operations a coefficient: its greatest magnitude.
_GREATEST = 2
# The coder's own loss, and how bits are counted in bytes.
_BYTES_PER_BIT = 1.004 / 8


@dataclass(frozen=True, eq=False)
class Encoded:
    """A scene coded with a step, but for its symbols, which are ready for it.

    Attributes:
        step: quantization step.
        symbols: of (components, positions, rows and columns of blocks), in steps over the coder's `per_step`.
        levels: side information of the components.
        basis: the coded matrix.
        symbol_bytes: about what the symbols will take.
        coefficients: before quantization, of the same components and more.
        error: squared error that is left, as `fit_matrix` gives it.
        operations: of the stages that trials repeat, what this one took.
        share: of the basis that counts here: these are so much of a scene.
    """

    step: float
    symbols: Int64[np.ndarray, "components 16 rows cols"]
    levels: ComponentLevels
    basis: bytes
    symbol_bytes: float
    coefficients: Float32[np.ndarray, "projected 16 rows cols"]
    error: float
    operations: dict[Stage, float]
    share: float = 1.0

    @property
    def size(self) -> float:
        """Bytes of all parts, nearly."""
        return self.symbol_bytes + self.share * len(self.basis) + len(self.levels.to_bytes())

    @property
    def empty(self) -> bool:
        """True where every symbol is zero."""
        return not self.symbols.any()


@dataclass(frozen=True)
class _Estimate:
    size: float
    empty: bool


class StepSearch:
    """One scene at one target.

    Args:
        coder: of the symbols.
        samples: of the scene.
        budget: bytes that symbols, levels and matrix may take.
        tally: counts what is computed.
        progress: of the trials; None where nobody asks.
        goal: what the file is made best for.
        loss: times that symbols take longer than their contexts say, beside the coder's own.
        tile: rows and columns of blocks that are coded on their own; None for all together.
        share: of a larger scene that these samples stand for; the matrix is of all of it.
    """

    def __init__(
        self,
        coder: ContextCoder,
        samples: Samples,
        budget: float,
        tally: Tally,
        progress: SearchProgress | None = None,
        goal: Goal = BALANCED,
        loss: float = 1.0,
        tile: tuple[int, int] | None = None,
        share: float = 1.0,
    ) -> None:
        self._coder, self._samples, self._tile = coder, samples, tile
        self._progress = progress or SearchProgress(None)
        self._tally, self._goal = tally, goal
        self._bytes_per_bit = loss * _BYTES_PER_BIT
        self._budget = max(budget, 1.0)
        self._share = share
        self._row_bits = share * BASIS_BITS * len(samples.mean)
        self._places = samples.places
        self._rate = 8 * self._budget / (BLOCK * self._places * len(samples.mean))
        bands, share = len(samples.mean), sample_share(self._places)
        self._most = most_components(self._places, bands, self._rate) if goal.light else bands
        self._shares = (share, share) if goal.light else full_shares(self._places)
        self._limited = False
        self._useful: dict[float, int] = {}
        self._over: tuple[Quantized, float] | None = None
        self._projected: Float32[np.ndarray, "components 16 rows cols"] | None = None

    @property
    def plan(self) -> SpectralPlan:
        """The transform that was found."""
        return self._plan

    def encode(self) -> Encoded:
        """With the finest step whose parts are within the budget; the emptiest where none are.

        A light encoder's number of components is limited so that the analysis is as light as the published
        encoder. Where no step of these components uses up the budget, all that are worth their bits are taken,
        unless they make the scene worse.
        """
        encoded = self._search()
        if self._limited and not self._over and encoded.size < _POOR * self._budget:
            self._most = len(self._samples.mean)
            return self._better(encoded, self._search())
        return encoded

    def _search(self) -> Encoded:
        step = (_FIRST if self._coder.per_step == 1 else _FIRST_DEPENDENT) * self._plan.step
        if self._places > _SEARCH_BLOCKS:
            step, _ = find_step(self._estimate, step, self._budget, _PART_PRECISION)
        precision = _PRECISION if self._goal.light else _FINE
        encoded = find_step(self.attempt, step, self._budget, precision)[1]
        if encoded.size < _POOR * self._budget and self._over:
            return self._better(encoded, self._cut(*self._over))
        return encoded

    def _better(self, encoded: Encoded, other: Encoded) -> Encoded:
        """The other one where it is within the budget and leaves less error: more bytes alone are no reason."""
        return other if other.size <= self._budget and other.error < encoded.error else encoded

    def attempt(self, step: float) -> Encoded:
        """The scene with a step."""
        coefficients = self._coefficients(step)
        quantized, step = self._quantize(coefficients, step, 1.0, self._samples.held, self._tile)
        encoded = self._finish(quantized, step)
        if encoded.size > self._budget and (not self._over or step > self._over[1]):
            self._over = quantized, step
        return encoded

    def _cut(self, quantized: Quantized, step: float) -> Encoded:
        """A trial that was too large, with as many components as the budget lets it have.

        Where a scene ends in noise, many components become worth their bits at one step: on one side
        of it the file is far smaller than it may be, on the other far larger.
        """
        sizes = np.cumsum(quantized.bits * self._bytes_per_bit + self._row_bits / 8)
        return self._finish(quantized.first(max(int((sizes < self._budget).sum()), 1)), step)

    def _finish(self, quantized: Quantized, step: float) -> Encoded:
        symbols = quantized.symbols
        coefficients = self._coefficients(step)
        mean, held = self._samples.mean, self._samples.held
        unit = self._coder.per_step
        basis, error = fit_matrix(symbols, coefficients, self._plan, step, mean, held, unit)
        levels = ComponentLevels.of(symbols, unit)
        size = float(quantized.bits.sum()) * self._bytes_per_bit + 4
        bands, places = len(self._samples.mean), BLOCK * self._places
        matrix = fit_operations(len(symbols), len(coefficients), bands, places)
        self._tally.add(Stage.MATRIX, matrix)
        once = self._once(quantized, coefficients) | {Stage.MATRIX: matrix}
        return Encoded(
            step, symbols, levels, basis.data, size, coefficients, error, once, self._share
        )

    def _once(self, quantized: Quantized, coefficients: np.ndarray) -> dict[Stage, float]:
        return {
            Stage.SELECTION: self._sampling + self._asking,
            Stage.QUANTIZATION: quantized.operations + (1 + _GREATEST) * coefficients.size,
            Stage.PROJECTION: float(coefficients.size * len(self._samples.mean)),
            Stage.TRANSFORM: float(coefficients.size * BLOCK),
        }

    def _estimate(self, step: float) -> _Estimate:
        """The size with a step, from some rows of blocks."""
        coefficients = self._coefficients(step)
        rows, cols = coefficients.shape[2:]
        groups = min(-(-_SEARCH_BLOCKS // (_GROUP * cols)), rows // _GROUP)
        starts = np.linspace(0, rows - min(_GROUP, rows), max(groups, 1)).astype(int)
        picked = np.unique(np.minimum(starts[:, None] + np.arange(_GROUP), rows - 1))
        held = self._samples.held
        part = len(picked) / rows
        if held is not None:
            held = held[picked]
            part = max(int(held.sum()), 1) / self._places
        quantized, _ = self._quantize(coefficients[:, :, picked], step, part, held)
        matrix = len(quantized.symbols) * self._row_bits
        size = float(quantized.bits.sum()) / part * self._bytes_per_bit + matrix / 8
        return _Estimate(size, not quantized.symbols.any())

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
        quantized = optimize(
            self._coder, values, self._row_bits * part, self._progress.trial(part), held, tile
        )
        scaling = (1 + _GREATEST) * coefficients.size
        self._tally.add(Stage.QUANTIZATION, quantized.operations + scaling)
        return quantized, step

    @cached_property
    def _blocks(self) -> Float64[np.ndarray, "picked 16 bands"]:
        return self._samples.blocks(self._shares[0])

    @cached_property
    def _plan(self) -> SpectralPlan:
        part, bands = len(self._blocks) / self._places, len(self._samples.mean)
        covariance = self._samples.covariance(self._shares[1], self._tally)
        count = self._goal.eigendecompositions
        self._tally.add(Stage.EIGENVECTORS, count * eigendecomposition(bands))
        components = at_rate(COMPONENTS, self._rate)
        operations = plan_operations(BLOCK * len(self._blocks), bands, components, self._goal)
        self._tally.add(Stage.WEIGHTS, operations)
        bits, row_bits = 8 * self._budget * part, self._row_bits * part
        return fit_plan(covariance, self._blocks, bits, row_bits, self._goal, components)

    @cached_property
    def _sampled(self) -> Float64[np.ndarray, "bands 16 picked"]:
        self._tally.add(Stage.SELECTION, self._sampling)
        return to_coefficients(self._blocks @ self._plan.projection)

    @cached_property
    def _finest(self) -> float:
        """The step at which the largest of them is the largest symbol."""
        return float(np.abs(self._sampled).max()) / MAX_SYMBOL

    @property
    def _sampling(self) -> float:
        """Operations of all components of the sample."""
        return float(self._blocks.size * (len(self._samples.mean) + BLOCK))

    @property
    def _asking(self) -> float:
        """Operations of telling which of them are useful."""
        return float(self._blocks.size * (USEFUL + _GREATEST))

    def _coefficients(self, step: float) -> Float32[np.ndarray, "components 16 rows cols"]:
        """Of the components that may be worth their bits at a step, and of those that once were."""
        row_bits = self._row_bits * len(self._blocks) / self._places
        step = max(min(step, _FINEST * self._plan.step), self._finest, 1e-30)
        # A trial asks for the same step again when it fits the matrix, coarse ones all ask for one.
        if step not in self._useful:
            self._useful[step] = count_useful(self._sampled, step, row_bits)
            self._tally.add(Stage.SELECTION, self._asking)
        count = self._useful[step] + _SPARE
        self._limited |= count > self._most
        count = min(count, self._most)
        if self._projected is None or count > len(self._projected) + _SPARE:
            self._projected = self._project(count)
        return self._projected

    def _project(self, count: int) -> Float32[np.ndarray, "components 16 rows cols"]:
        projection = self._plan.projection[:, :count].astype(np.float32)
        parts = [to_coefficients(part @ projection) for part in self._samples.parts()]
        whole = np.concatenate(parts, axis=2)
        self._tally.add(Stage.PROJECTION, whole.size * len(self._samples.mean))
        self._tally.add(Stage.TRANSFORM, whole.size * BLOCK)
        return whole.reshape(len(whole), BLOCK, *self._samples.grid)
