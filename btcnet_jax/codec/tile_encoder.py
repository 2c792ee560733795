"""From a scene of any size to a file, tile by tile: what a `StepEncoder` does at once.

Statistics are of the whole scene, the step is sought on a sample of its tiles, and then all tiles are coded
with it. Where the file is a little too large or too small some of them are coded again (`rate_correction`),
else all with another step. Coded tiles wait in a temporary file, because the matrix that fits them all stands
before them. So what is in memory is set by tiles and threads.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int

from btcnet_jax.codec.component_limit import large_sample
from btcnet_jax.codec.encoders import Coded
from btcnet_jax.codec.judging import LargeJudge
from btcnet_jax.codec.large_pass import Pass, QualityOfPass, is_better
from btcnet_jax.codec.rate_correction import correct_rate
from btcnet_jax.codec.search_progress import PassProgress, SearchProgress
from btcnet_jax.codec.spool import SpooledFile, TileSpool
from btcnet_jax.codec.step_encoder import StepEncoder, good_bands, lowest_value
from btcnet_jax.codec.step_finding import Budget, Course, Precision, find_step
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
from btcnet_jax.coding.context import ChosenContexts
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.cost import Tally
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
# Of the search on a sample, whose size is corrected: it is to be a little more than its budget, at most so many
# times as much, for it is better to correct a file that is too large.
_SAMPLE, _MORE = Precision.of_shares(2, goal=0.985, enough=0.97, poor=0.94), 1.03


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


_Known = tuple[Int[np.ndarray, "components 16 rows cols"], ChosenContexts | None]


class _Front(NamedTuple):
    """What all tiles are coded with; `known` are symbols of some, as they were chosen with this step, and
    with what."""

    plan: SpectralPlan
    projection: Float32[np.ndarray, "bands projected"]
    components: int
    step: float
    course: Course
    gains: list[Section]
    known: Mapping[int, _Known]

    def at(self, step: float) -> "_Front":
        """With a step; what is known is of no use to another."""
        same = math.isclose(step, self.step, rel_tol=1e-9)
        return self._replace(step=step, known=self.known if same else {})


class _Coded(NamedTuple):
    """A tile that was coded."""

    number: int
    tile: Section
    sums: MatrixSums
    clipped: bool


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
        best: list[Pass] = []
        count = itertools.count(1)

        def attempt(step: float) -> Pass:
            # The best pass so far keeps its tiles.
            spool = next(each for each in asked.spools if not best or each is not best[0].spool)
            trial = self._pass(asked, samples, front.at(step), spool, progress)
            if asked.told is not None:
                asked.told(Trial(next(count), round(trial.size), step, trial.quality))
            if not best or is_better(aim, trial, best[0]):
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

    def _aim_of(self, asked: LargeRequest) -> Budget | QualityOfPass:
        if isinstance(asked.target, Rate):
            return Budget(self._budget(asked))
        assert isinstance(asked.target, QualityTarget), "as `require` has seen to"
        return QualityOfPass(asked.target)

    def _pass(
        self,
        asked: LargeRequest,
        samples: TileSamples,
        front: _Front,
        spool: TileSpool,
        progress: PassProgress,
    ) -> Pass:
        """All tiles coded with a step, some again for a rate; measured where a quality is asked for."""
        spool.clear()
        sums, clipped = self._code_all(front, samples, spool, progress.coding(), asked.jobs)
        fitted = sums.fit(front.plan, front.step, asked.gathered.mean)
        basis = Section(SectionKind.ADAPTIVE_BASIS, fitted.data)
        grid = Section(SectionKind.TILE_GRID, samples.grid.pack())
        coded = [grid, basis, *front.gains]
        channels = latent_channels(front.components)
        head = asked.sections(Coded(channels, coded, self.objective))
        file = SpooledFile(head, spool)
        size = len(file)
        if isinstance(asked.target, Rate) and self._correct(
            asked, samples, front, spool, size, progress
        ):
            file, budget = SpooledFile(head, spool), self._budget(asked)
            # What the step comes to by itself tells where another has to be.
            size = size if len(file) > budget and size > budget else len(file)
        quality = None if asked.judge is None else asked.judge(file, progress.restoring())
        return Pass(file, spool, float(size), sums.empty, clipped, quality)

    def _correct(
        self,
        asked: LargeRequest,
        samples: TileSamples,
        front: _Front,
        spool: TileSpool,
        size: int,
        progress: PassProgress,
    ) -> int:
        """Codes some tiles again where the file is a little off its rate; gives how many.

        The matrix stays as it was fitted: a few symbols more or less would hardly change it.
        """
        told, done, count = progress.correcting(), itertools.count(1), samples.grid.count

        def recode(numbers: Sequence[int], worth: float) -> Iterator[tuple[int, Section]]:
            tiles = self._coded_tiles(front, samples, samples.read(numbers), asked.jobs, worth)
            for coded in tiles:
                # No tile comes twice.
                told(next(done), count)
                yield coded.number, coded.tile

        # In the index of tiles each may take a byte more.
        beside = size - sum(spool.sizes) + count
        order = samples.scattered(range(count))
        again = correct_rate(spool, beside, self._budget(asked), order, recode)
        if again:
            told(count, count)
        return again

    @staticmethod
    def _budget(asked: LargeRequest) -> int:
        """Bytes of a file for a rate."""
        assert isinstance(asked.target, Rate), "nothing else has one"
        return max(asked.target.file_bytes(math.prod(asked.gathered.facts.shape)), 1)

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
            details=self._details(samples.grid.count),
            quantize=partial(optimize, jobs=asked.jobs, keep=True),
            precision=_SAMPLE,
            hasty=True,
        )
        # How good the sample would be restored nobody knows: of a quality the first pass tells.
        encoded = search.attempt(search.first_step) if aim.finer else search.encode()
        gains = self.gains(encoded, mosaic.held)
        projection = search.plan.projection[:, : len(encoded.coefficients)].astype(np.float32)
        found = len(encoded.packed), encoded.step, search.course, [] if gains is None else [gains]
        tall = samples.grid.tile_rows
        known = {
            number: (
                encoded.packed[:, :, place * tall : (place + 1) * tall],
                None if encoded.contexts is None else encoded.contexts[place],
            )
            for place, number in enumerate(samples.sample)
            if samples.is_full(number)
        }
        return _Front(search.plan, projection, *found, known)

    def _sample_aim(self, asked: LargeRequest, grid: TileGrid, share: float) -> StepAim:
        """The aim of the search on a sample that is so much of the scene."""
        target = asked.target
        if isinstance(target, QualityTarget):
            return QualityAim(target)
        assert isinstance(target, Rate), "as `require` has seen to"
        budget = target.file_bytes(math.prod(asked.gathered.facts.shape))
        empty = write_container(asked.sections(self._empty(grid.rows, grid.cols)))
        return BytesAim(_MORE * share * (budget - len(empty)))

    def _code_all(
        self, front: _Front, samples: TileSamples, spool: TileSpool, progress: Progress, jobs: int
    ) -> tuple[MatrixSums, bool]:
        """Codes all tiles into the spool; gives what fits the matrix, and whether symbols were clipped."""
        per_step = self._latent.coder.per_step
        whole = MatrixSums(front.components, front.projection.shape[1], per_step)
        any_clipped, count = False, samples.grid.count
        tiles = self._coded_tiles(front, samples, samples.read(), jobs)
        for done, coded in enumerate(tiles, 1):
            spool.add(coded.tile)
            whole.merge(coded.sums)
            any_clipped |= coded.clipped
            progress(done, count)
        return whole, any_clipped

    def _coded_tiles(
        self,
        front: _Front,
        samples: TileSamples,
        tiles: Iterable[Read],
        jobs: int,
        worth: float = 1.0,
    ) -> Iterator[_Coded]:
        """Tiles coded in their order, a bit being worth so many times the usual."""
        unit, details = self._latent.coder.per_step, self._details(samples.grid.count)

        def code(tile: Read) -> _Coded:
            own = samples.samples(tile)
            known = front.known.get(tile.number)
            # Of another worth of a bit symbols are others.
            usable = known if worth == 1 else None
            first = None if usable is None else (usable[0].astype(np.int64), usable[1])
            given = front.projection, front.components, front.step, details, worth, first
            symbols, coefficients, clipped, contexts = code_tile(self.coder, own, *given)
            sums = MatrixSums(front.components, len(coefficients), unit)
            sums.add(symbols, coefficients, front.step, own.held)
            coded = self._latent.tile(tile.number, symbols, contexts)
            return _Coded(tile.number, coded, sums, clipped > 0)

        return in_order(code, tiles, jobs)
