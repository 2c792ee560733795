"""From a scene of any size to a file, tile by tile: what a `StepEncoder` does at once.

Statistics are of the whole scene, the step is sought on a sample of its tiles, and then all tiles are coded
with it; again with another step where the file is too large or too small. Coded tiles wait in a temporary file,
because the matrix that fits them all stands before them. So what is in memory is set by tiles and threads.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from btcnet_jax.codec.component_limit import large_sample
from btcnet_jax.codec.encoders import Coded
from btcnet_jax.codec.judging import LargeJudge
from btcnet_jax.codec.search_progress import PassProgress, SearchProgress
from btcnet_jax.codec.spool import SpooledFile, TileSpool
from btcnet_jax.codec.step_encoder import StepEncoder, good_bands, lowest_value
from btcnet_jax.codec.step_finding import Aim, Budget, Course, Precision, find_step
from btcnet_jax.codec.step_search import StepSearch
from btcnet_jax.codec.target import QualityTarget, Rate, Target
from btcnet_jax.codec.tile_coding import code_tile
from btcnet_jax.codec.tile_samples import Read, TileSamples
from btcnet_jax.codec.trials import (
    QUALITY_PRECISION,
    BytesAim,
    QualityAim,
    StepAim,
    Told,
    Trial,
    require_met,
)
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.cost import Tally
from btcnet_jax.metrics import Quality
from btcnet_jax.parallel import in_order
from btcnet_jax.parts.block_transform import SIDE
from btcnet_jax.parts.file_facts import latent_channels
from btcnet_jax.parts.goal import Effort, Goal
from btcnet_jax.parts.quantization import optimize
from btcnet_jax.parts.spectral_plan import SpectralPlan
from btcnet_jax.parts.synthesis_matrix import MatrixSums
from btcnet_jax.progress import Progress
from btcnet_jax.scene.gathering import Gathered
from btcnet_jax.scene.scene import SceneSource

_PASSES = Precision.of_shares(3, goal=0.995, enough=0.99, poor=0.985)


class LargeRequest(NamedTuple):
    """A scene to code tile by tile.

    Attributes:
        source: the scene.
        gathered: what is known of it.
        target: a rate or a quality.
        sections: makes those of the file, without its tiles, of what was coded.
        spools: in which coded tiles wait, of the best pass and of another.
        progress: called with parts of the work done and in all.
        jobs: threads.
        judge: measures files, where a quality is asked for.
        told: called with each pass.
    """

    source: SceneSource
    gathered: Gathered
    target: Target
    sections: Callable[[Coded], list[Section]]
    spools: tuple[TileSpool, TileSpool]
    progress: Progress | None = None
    jobs: int = 1
    judge: LargeJudge | None = None
    told: Told | None = None


@dataclass(frozen=True, eq=False)
class _Pass:
    """A trial that coded all tiles.

    Attributes:
        file: that it made.
        spool: in which its tiles are.
        size: of the file, bytes.
        empty, finest: as of `Tried`.
        quality: of what is restored, where that was measured.
    """

    file: SpooledFile
    spool: TileSpool
    size: float
    empty: bool
    finest: bool
    quality: Quality | None = None


class _QualityOfPass:
    """The aim at a quality, as `step_finding.Aim`."""

    finer = True

    def __init__(self, target: QualityTarget) -> None:
        self._target = target

    def margin(self, trial: _Pass) -> float:
        """As the target counts it."""
        assert trial.quality is not None, "it was measured"
        return self._target.margin(trial.quality)


class _Front(NamedTuple):
    """What all tiles are coded with."""

    plan: SpectralPlan
    projection: Float32[np.ndarray, "bands projected"]
    components: int
    step: float
    course: Course
    gains: list[Section]


class TileEncoder(StepEncoder):
    """A `StepEncoder` for scenes of any size."""

    def tiles(self, shape: tuple[int, ...]) -> int:
        """How many tiles a scene of this shape has."""
        return self._grid(shape).count

    def spooled(self, asked: LargeRequest) -> Iterator[SpooledFile]:
        """The file within the rate, or that is good enough; of a rate the empty one where none is."""
        facts = asked.gathered.facts
        if not facts.varying.any():
            yield SpooledFile(asked.sections(Coded(latent_channels(1), [])), None)
            return
        samples = TileSamples(asked.source, asked.gathered, self._grid(facts.shape), asked.jobs)
        progress, target = PassProgress(asked.progress), asked.target
        front = self._front(asked, samples, progress)
        course, aim = front.course, self._aim_of(asked)
        precision = QUALITY_PRECISION if aim.finer else _PASSES
        best: list[_Pass] = []
        count = itertools.count(1)

        def attempt(step: float) -> _Pass:
            # The best pass so far keeps its tiles.
            spool = next(each for each in asked.spools if not best or each is not best[0].spool)
            trial = self._pass(asked, samples, front._replace(step=step), spool, progress)
            if asked.told is not None:
                asked.told(Trial(next(count), round(trial.size), step, trial.quality))
            if not best or _is_better(aim, trial, best[0]):
                best[:] = [trial]
            return trial

        find_step(attempt, front.step, aim, precision, course)
        if isinstance(target, QualityTarget):
            quality = best[0].quality
            assert quality is not None, "it was measured"
            require_met(
                target, quality, "the finest step for this cube", "or allow a rate (--bpppb)"
            )
        yield best[0].file

    def _aim_of(self, asked: LargeRequest) -> Budget | _QualityOfPass:
        if isinstance(asked.target, Rate):
            return Budget(max(asked.target.file_bytes(math.prod(asked.gathered.facts.shape)), 1))
        assert isinstance(asked.target, QualityTarget), "as `require` has seen to"
        return _QualityOfPass(asked.target)

    def _pass(
        self,
        asked: LargeRequest,
        samples: TileSamples,
        front: _Front,
        spool: TileSpool,
        progress: PassProgress,
    ) -> _Pass:
        """All tiles coded with a step; restored and measured where a quality is asked for."""
        sums, clipped = self._code_all(front, samples, spool, progress.coding(), asked.jobs)
        fitted = sums.fit(front.plan, front.step, asked.gathered.mean)
        basis = Section(SectionKind.ADAPTIVE_BASIS, fitted.data)
        grid = Section(SectionKind.TILE_GRID, samples.grid.pack())
        coded = [grid, basis, *front.gains]
        channels = latent_channels(front.components)
        file = SpooledFile(asked.sections(Coded(channels, coded, self.objective)), spool)
        quality = None if asked.judge is None else asked.judge(file, progress.restoring())
        return _Pass(file, spool, float(len(file)), sums.empty, clipped, quality)

    def _grid(self, shape: tuple[int, ...]) -> TileGrid:
        return self._latent.grid(*(-(-size // SIDE) for size in shape[:2]))

    def _front(self, asked: LargeRequest, samples: TileSamples, progress: PassProgress) -> _Front:
        """Statistics of the scene, and the search for a step on a sample of its tiles."""
        facts = asked.gathered.facts
        light = self.effort == Effort.LIGHT
        mosaic = samples.mosaic(*large_sample(light=light), progress.statistics())
        share = mosaic.places / samples.places
        zero = samples.mean + lowest_value(facts)
        goal = Goal(self.objective, good_bands(facts), zero, self.effort)
        aim = self._sample_aim(asked, samples.grid, share)
        search = StepSearch(
            self._latent.coder,
            mosaic,
            aim,
            Tally(),
            SearchProgress(progress.search()),
            goal,
            (samples.grid.tile_rows, samples.grid.tile_cols),
            share,
            quantize=partial(optimize, jobs=asked.jobs),
        )
        # How good the sample would be restored nobody knows: of a quality the first pass tells.
        encoded = search.attempt(search.first_step) if aim.finer else search.encode()
        gains = self.gains(encoded, mosaic.held)
        projection = search.plan.projection[:, : len(encoded.coefficients)].astype(np.float32)
        found = len(encoded.packed), encoded.step, search.course, [] if gains is None else [gains]
        return _Front(search.plan, projection, *found)

    def _sample_aim(self, asked: LargeRequest, grid: TileGrid, share: float) -> StepAim:
        """The aim of the search on a sample that is so much of the scene."""
        target = asked.target
        if isinstance(target, QualityTarget):
            return QualityAim(target)
        assert isinstance(target, Rate), "as `require` has seen to"
        budget = target.file_bytes(math.prod(asked.gathered.facts.shape))
        empty = write_container(asked.sections(self._empty(grid.rows, grid.cols)))
        return BytesAim(share * (budget - len(empty)))

    def _code_all(
        self, front: _Front, samples: TileSamples, spool: TileSpool, progress: Progress, jobs: int
    ) -> tuple[MatrixSums, bool]:
        """Codes all tiles into the spool; gives what fits the matrix, and whether symbols were clipped."""
        per_step = self._latent.coder.per_step

        def code(tile: Read) -> tuple[Section, MatrixSums, bool]:
            own = samples.samples(tile)
            symbols, coefficients, clipped = code_tile(
                self.coder,
                own,
                front.projection,
                front.components,
                front.step,
                self._details,
            )
            sums = MatrixSums(front.components, len(coefficients), per_step)
            sums.add(symbols, coefficients, front.step, own.held)
            return self._latent.tile(tile.number, symbols), sums, clipped > 0

        whole = MatrixSums(front.components, front.projection.shape[1], per_step)
        spool.clear()
        any_clipped = False
        count = samples.grid.count
        for done, (tile, sums, clipped) in enumerate(in_order(code, samples.read(), jobs), 1):
            spool.add(tile)
            whole.merge(sums)
            any_clipped |= clipped
            progress(done, count)
        return whole, any_clipped


def _is_better(aim: Aim[_Pass], trial: _Pass, other: _Pass) -> bool:
    """Whether a pass is nearer to what is asked, and within it where one is."""
    one, two = aim.margin(trial), aim.margin(other)
    return one > two if two < 0 else 0 <= one < two
