"""From a scene of any size to a file, tile by tile: what a `StepEncoder` does at once.

Statistics are of the whole scene, the step is sought on a sample of its tiles, and then all tiles are coded
with it; again with another step where the file is too large or too small. Coded tiles wait in a temporary file,
because the matrix that fits them all stands before them. So what is in memory is set by tiles and threads.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from btcnet_jax.codec.component_limit import large_sample
from btcnet_jax.codec.encoders import Coded
from btcnet_jax.codec.search_progress import PassProgress, SearchProgress
from btcnet_jax.codec.spool import SpooledFile, TileSpool
from btcnet_jax.codec.step_encoder import StepEncoder, good_bands, lowest_value
from btcnet_jax.codec.step_search import StepSearch
from btcnet_jax.codec.target import Rate, Target
from btcnet_jax.codec.tile_samples import Read, TileSamples
from btcnet_jax.codec.trials import BytesAim
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.cost import Tally
from btcnet_jax.parallel import in_order
from btcnet_jax.parts.block_transform import BLOCK, SIDE, to_coefficients
from btcnet_jax.parts.file_facts import latent_channels
from btcnet_jax.parts.goal import Effort, Goal
from btcnet_jax.parts.quantization import MAX_SYMBOL, optimize
from btcnet_jax.parts.samples import Samples
from btcnet_jax.parts.spectral_plan import SpectralPlan
from btcnet_jax.parts.synthesis_matrix import MatrixSums
from btcnet_jax.progress import Progress
from btcnet_jax.scene.gathering import Gathered
from btcnet_jax.scene.scene import SceneSource

# Share of the budget from which a file will do, what is aimed at, and passes after which less will do too.
_ENOUGH, _AIM, _PASSES = 0.975, 0.99, 3
# The size falls about with this power of the step; and what it is taken to lie within, by two sizes.
_POWER, _POWERS = 0.9, (0.3, 2.5)
# What tiles add to the code length of a sample whose tiles are coded together, about.
_TILED = 1.006


class LargeRequest(NamedTuple):
    """A scene to code tile by tile.

    Attributes:
        source: the scene.
        gathered: what is known of it.
        target: a rate.
        sections: makes those of the file, without its tiles, of what was coded.
        spool: in which coded tiles wait.
        progress: called with parts of the work done and in all.
        jobs: threads.
    """

    source: SceneSource
    gathered: Gathered
    target: Target
    sections: Callable[[Coded], list[Section]]
    spool: TileSpool
    progress: Progress | None = None
    jobs: int = 1


class _Front(NamedTuple):
    """What all tiles are coded with."""

    plan: SpectralPlan
    projection: Float32[np.ndarray, "bands projected"]
    components: int
    step: float
    gains: list[Section]


class TileEncoder(StepEncoder):
    """A `StepEncoder` for scenes of any size."""

    def tiles(self, shape: tuple[int, ...]) -> int:
        """How many tiles a scene of this shape has."""
        return self._grid(shape).count

    def spooled(self, asked: LargeRequest) -> Iterator[SpooledFile]:
        """Files within the rate, of which the first is to be taken; or the empty one, which may be above."""
        facts, mean, _ = asked.gathered
        if not facts.varying.any():
            yield SpooledFile(asked.sections(Coded(latent_channels(1), [])), None)
            return
        assert isinstance(asked.target, Rate), "as `require` has seen to"
        budget = asked.target.file_bytes(math.prod(facts.shape))
        samples = TileSamples(asked.source, asked.gathered, self._grid(facts.shape), asked.jobs)
        progress = PassProgress(asked.progress)
        front = self._front(asked, samples, budget, progress)
        tried: list[tuple[float, int]] = []
        for count in itertools.count(1):
            sums = self._code_all(front, samples, asked.spool, progress.coding(), asked.jobs)
            basis = Section(SectionKind.ADAPTIVE_BASIS, sums.fit(front.plan, front.step, mean).data)
            grid = Section(SectionKind.TILE_GRID, samples.grid.pack())
            coded = [grid, basis, *front.gains]
            channels = latent_channels(front.components)
            file = SpooledFile(asked.sections(Coded(channels, coded, self._objective)), asked.spool)
            size = len(file)
            fits = size <= budget and (size >= _ENOUGH * budget or count >= _PASSES)
            if fits or sums.empty:
                yield file
            if sums.empty:
                return
            tried.append((front.step, size))
            front = front._replace(step=_next_step(tried, budget))

    def _grid(self, shape: tuple[int, ...]) -> TileGrid:
        return self._latent.grid(*(-(-size // SIDE) for size in shape[:2]))

    def _front(
        self, asked: LargeRequest, samples: TileSamples, budget: int, progress: PassProgress
    ) -> _Front:
        """Statistics of the scene, and the search for a step on a sample of its tiles."""
        facts = asked.gathered.facts
        light = self._effort == Effort.LIGHT
        mosaic = samples.mosaic(*large_sample(light=light), progress.statistics())
        share = mosaic.places / samples.places
        empty = write_container(asked.sections(self._empty(samples.grid.rows, samples.grid.cols)))
        zero = samples.mean + lowest_value(facts)
        goal = Goal(self._objective, good_bands(facts), zero, self._effort)
        search = StepSearch(
            self._latent.coder,
            mosaic,
            BytesAim(share * (budget - len(empty))),
            Tally(),
            SearchProgress(progress.search()),
            goal,
            _TILED,
            (samples.grid.tile_rows, samples.grid.tile_cols),
            share,
        )
        encoded = search.encode()
        gains = [self._gains(encoded, mosaic.held)] if self._has_gains else []
        projection = search.plan.projection[:, : len(encoded.coefficients)].astype(np.float32)
        return _Front(search.plan, projection, len(encoded.symbols), encoded.step, gains)

    def _code_all(
        self, front: _Front, samples: TileSamples, spool: TileSpool, progress: Progress, jobs: int
    ) -> MatrixSums:
        """Codes all tiles into the spool; gives what the matrix is fitted to."""
        per_step = self._latent.coder.per_step

        def code(tile: Read) -> tuple[Section, MatrixSums]:
            own = samples.samples(tile)
            coefficients = _coefficients(own, front.projection)
            values = np.clip(
                coefficients[: front.components] / np.float32(front.step), -MAX_SYMBOL, MAX_SYMBOL
            )
            chosen = optimize(
                self._latent.coder, values, 0.0, None, own.held, least=front.components
            )
            sums = MatrixSums(front.components, len(coefficients), per_step)
            sums.add(chosen.symbols, coefficients, front.step, own.held)
            return self._latent.tile(tile.number, chosen.symbols), sums

        whole = MatrixSums(front.components, front.projection.shape[1], per_step)
        spool.clear()
        count = samples.grid.count
        for done, (tile, sums) in enumerate(in_order(code, samples.read(), jobs), 1):
            spool.add(tile)
            whole.merge(sums)
            progress(done, count)
        return whole


def _coefficients(
    samples: Samples, projection: Float32[np.ndarray, "bands projected"]
) -> Float32[np.ndarray, "projected 16 rows cols"]:
    parts = [to_coefficients(part @ projection) for part in samples.parts()]
    return np.concatenate(parts, axis=2).reshape(-1, BLOCK, *samples.grid)


def _next_step(tried: list[tuple[float, int]], budget: int) -> float:
    """Where the size should be what is aimed at, by the last two."""
    step, size = tried[-1]
    power = _POWER
    if len(tried) > 1:
        other, before = tried[-2]
        if other != step:
            ratio = -math.log(size / before) / math.log(step / other)
            power = min(max(ratio, _POWERS[0]), _POWERS[1])
    factor = float((size / max(_AIM * budget, 1)) ** (1 / power))
    # Too large is made smaller at all events, and the faster the longer it takes.
    return step * (max(factor, 1 + 0.005 * 2 ** len(tried)) if size > budget else factor)
