"""The base of a file of bounded errors: its transform and step, and the tiles that are coded beside it.

The scene is coded as the universal codec codes one at light effort for the squared error, in steps of each
band's errors; the step is that of which the fewest bytes are expected in all (`base_step`).
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int

from btcnet_jax.codec.base_step import BaseStep
from btcnet_jax.codec.bound_cost import count_statistics, count_tile
from btcnet_jax.codec.scene_plan import ScenePlan
from btcnet_jax.codec.tile_coding import code_tile
from btcnet_jax.codec.tile_samples import Read, TileMosaic, TileSamples
from btcnet_jax.codec.trials import BytesAim
from btcnet_jax.coding.context import ContextCoder
from btcnet_jax.container.header import Objective
from btcnet_jax.cost import Tally, eigendecomposition
from btcnet_jax.errors import FileFormatError
from btcnet_jax.parallel import in_order
from btcnet_jax.parts.block_transform import BLOCK
from btcnet_jax.parts.bounded_base import Base
from btcnet_jax.parts.bounded_tiles import CodeTiles
from btcnet_jax.parts.context_latent import packed
from btcnet_jax.parts.goal import Effort, Goal
from btcnet_jax.parts.samples import Samples
from btcnet_jax.parts.spectral_plan import SpectralPlan
from btcnet_jax.parts.synthesis_matrix import MatrixSums
from btcnet_jax.progress import Progress
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.gathering import Gathered
from btcnet_jax.scene.part import Part
from btcnet_jax.scene.scene import SceneSource
from btcnet_jax.scene.valid import BandExtremes
from btcnet_jax.scene.value_range import ValueRange

# Bits a sample that a transform is made for: what bases take, about.
_RATE = 0.2
# Operations a sample that a transform may take: of many bands and few pixels no base pays for it.
_DEAR = 500
# Components that are projected beyond those that are coded.
_SPARE = 2
# Blocks that the step is found on, and pixels for the transform: of fewer files are up to 1 % larger.
_BLOCKS, _PIXELS = 208, 8192


_Symbols = Int[np.ndarray, "components 16 _ _"]


class _OnlyTile(TileSamples):
    """A scene of one tile, which is read and looked at once."""

    def read(self, numbers: Iterable[int] | None = None) -> Iterator[Read]:
        """The tile, where it is asked for."""
        if numbers is None or 0 in numbers:
            yield self._only

    def samples(self, tile: Read) -> Samples:
        """What its values are to the encoder."""
        return self._looked_at

    def mosaic(self, blocks: int, pixels: int, progress: Progress) -> TileMosaic:
        """The tile, with its statistics; arguments as of `TileSamples.mosaic`."""
        tile = self._looked_at
        progress(1, 1)
        return TileMosaic(
            *(tile.deviations, tile.mean, tile.counted, tile.held),
            scene_covariance=tile.covariance(max(self.places * BLOCK // pixels, 1)),
            scene_blocks=tile.blocks(max(self.places // blocks, 1)),
            scene_highest=self._highest,
        )

    @cached_property
    def _only(self) -> Read:
        (tile,) = super().read()
        return tile

    @cached_property
    def _looked_at(self) -> Samples:
        return super().samples(self._only)


class CodedBase(NamedTuple):
    """A base and the symbols of tiles.

    Attributes:
        base: that restores them.
        basis: payload of its section.
        components: of the symbols.
        symbols: of each tile.
    """

    base: Base
    basis: bytes
    components: int
    symbols: list[_Symbols]


class BaseEncoder:
    """Finds bases of a scene.

    Args:
        tiles: of the scene.
        coder: of the symbols, of one quantizer.
        lanes: in which the bands of a tile are coded.
        jobs: threads.
    """

    def __init__(
        self, tiles: CodeTiles, coder: ContextCoder, lanes: int = 1, jobs: int = 1
    ) -> None:
        self._tiles, self._coder, self._lanes, self._jobs = tiles, coder, lanes, jobs
        self._widths = np.array(tiles.limits.widths, np.float64)
        self._unit = 2.0**tiles.limits.octaves

    @cached_property
    def _samples(self) -> TileSamples:
        """The scene as the transform sees it, in steps over the unit."""
        facts, limits = self._tiles.facts, self._tiles.limits
        rows, cols, _ = facts.shape
        bands = np.array(limits.bands)
        whole = Part(slice(0, rows), slice(0, cols), bands)
        missing = None if facts.missing is None else facts.missing.part(*whole)
        count = len(bands)
        known = SceneFacts(
            (rows, cols, count),
            np.dtype(np.float64),
            ValueRange(0.0, self._unit),
            np.ones(count, bool),
            np.zeros(count),
            missing,
        )
        source = SceneSource(shape=known.shape, dtype=known.dtype, read_window=self._window)
        high = np.array(limits.largest) / self._widths
        extremes = BandExtremes(np.zeros(count), high, np.ones(count, np.int64))
        kind = TileSamples if self._tiles.grid.count > 1 else _OnlyTile
        return kind(source, Gathered(known, self._mean(), extremes), self._tiles.grid, self._jobs)

    def _window(self, rows: slice, cols: slice) -> Float64[np.ndarray, "rows cols bands"]:
        codes = (
            self._tiles.codes(0) if self._tiles.grid.count == 1 else self._tiles.window(rows, cols)
        )
        return np.moveaxis(codes, 0, 2) / self._widths

    def _mean(self) -> Float64[np.ndarray, " bands"]:
        """Of each band's data."""

        def look(number: int) -> tuple[np.ndarray, np.ndarray]:
            codes, missing = self._tiles.codes(number), self._tiles.missing(number)
            if missing is None:
                # A mask of all would take three times as long.
                count = np.full(len(codes), codes[0].size)
                return codes.sum(axis=(1, 2), dtype=np.float64), count
            there = ~missing
            return codes.sum(axis=(1, 2), where=there, dtype=np.float64), there.sum(axis=(1, 2))

        parts = list(in_order(look, range(self._tiles.grid.count), self._jobs))
        total, count = (np.sum(each, axis=0) for each in zip(*parts, strict=True))
        return np.asarray(total / np.maximum(count, 1) / self._widths / self._unit)

    def code(self, progress: Progress, tally: Tally) -> CodedBase | None:
        """The base of which the smallest file is expected; None where there can be none.

        Args:
            progress: of the scene's statistics.
            tally: counts what is computed.
        """
        bands, (rows, cols, _) = len(self._widths), self._tiles.facts.shape
        if eigendecomposition(bands) > _DEAR * rows * cols * bands:
            return None
        samples = self._samples
        sample = samples.mosaic(_BLOCKS, _PIXELS, progress)
        pixels = rows * cols / max(samples.places * BLOCK // _PIXELS, 1)
        count_statistics(tally, rows * cols * bands, pixels, bands)
        room = _RATE / 8 * BLOCK * samples.places * bands
        goal = Goal(Objective.RMSE, effort=Effort.LIGHT)
        front = ScenePlan(sample, BytesAim(room), tally, goal, sample.places / samples.places)
        step, components = BaseStep(front, samples.places, self._unit, tally).find()
        sums, symbols = self._code_all(front.plan, step, components, tally)
        basis = sums.fit(front.plan, step, samples.mean).data
        try:
            base = Base.of(self._coder, basis, components, self._tiles.limits, self._lanes)
        except FileFormatError:
            # Of samples that span too much for integers of 64 bits.
            return None
        return CodedBase(base, basis, components, symbols)

    def _code_all(
        self, plan: SpectralPlan, step: float, components: int, tally: Tally
    ) -> tuple[MatrixSums, list[_Symbols]]:
        """The symbols of all tiles, and what fits the matrix."""
        projection = plan.projection[:, : components + _SPARE].astype(np.float32)
        projected = projection.shape[1]

        def code(tile: Read) -> tuple[_Symbols, MatrixSums]:
            own = self._samples.samples(tile)
            coded = code_tile(self._coder, own, projection, components, step, keep=False)
            sums = MatrixSums(components, projected)
            sums.add(coded.symbols, coded.coefficients, step, own.held)
            return packed(coded.symbols), sums

        whole, symbols = MatrixSums(components, projected), []
        for found, sums in in_order(code, self._samples.read(), self._jobs):
            symbols.append(found)
            count_tile(tally, len(self._widths), projected, found.shape)
            whole.merge(sums)
        return whole, symbols
