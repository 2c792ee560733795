"""The base of a file of bounded errors: its transform and step, and the tiles that are coded beside it.

The scene is coded as the universal codec codes one at light effort for the squared error, in steps of each band's
errors; the step is that of which the fewest bytes are expected in all (`base_step`).
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Float64, Int

from btcnet_jax.codec.scene_plan import ScenePlan
from btcnet_jax.codec.tile_coding import Symbols, code_tile
from btcnet_jax.codec.tile_samples import TileSamples
from btcnet_jax.codec.trials import BytesAim
from btcnet_jax.coding.context import ContextCoder
from btcnet_jax.container.header import Objective
from btcnet_jax.cost import Tally
from btcnet_jax.parallel import in_order
from btcnet_jax.parts.bounded_base import Base
from btcnet_jax.parts.bounded_tiles import CodeTiles
from btcnet_jax.parts.goal import Effort, Goal
from btcnet_jax.parts.samples import Samples
from btcnet_jax.parts.synthesis_matrix import MatrixSums
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.gathering import Gathered
from btcnet_jax.scene.part import Part
from btcnet_jax.scene.scene import SceneSource
from btcnet_jax.scene.valid import BandExtremes
from btcnet_jax.scene.value_range import ValueRange

# Bits a sample that a transform is made for: what bases take, about.
_RATE = 0.2
# Blocks and pixels of the sample of many tiles.
_BLOCKS, _PIXELS = 512, 8192


class CodedBase(NamedTuple):
    """A base and the symbols of tiles.

    Attributes:
        base: that restores them.
        basis: payload of its section.
        symbols: of each tile.
    """

    base: Base
    basis: bytes
    symbols: list[Symbols]


class BaseEncoder:
    """Finds bases of a scene.

    Args:
        tiles: of the scene.
        coder: of the symbols, of one quantizer.
        jobs: threads.
    """

    def __init__(self, tiles: CodeTiles, coder: ContextCoder, jobs: int = 1) -> None:
        self._tiles, self._coder, self._jobs = tiles, coder, jobs
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
        return TileSamples(source, Gathered(known, self._mean(), extremes), self._tiles.grid, self._jobs)

    def _window(self, rows: slice, cols: slice) -> Float64[np.ndarray, "rows cols bands"]:
        return np.moveaxis(self._tiles.window(rows, cols), 0, 2) / self._widths

    def _mean(self) -> Float64[np.ndarray, " bands"]:
        """Of each band's data."""

        def look(number: int) -> tuple[np.ndarray, np.ndarray]:
            codes, missing = self._tiles.codes(number), self._tiles.missing(number)
            there = np.ones(codes.shape, bool) if missing is None else ~missing
            return codes.sum(axis=(1, 2), where=there, dtype=np.float64), there.sum(axis=(1, 2))

        parts = list(in_order(look, range(self._tiles.grid.count), self._jobs))
        total, count = (np.sum(each, axis=0) for each in zip(*parts, strict=True))
        return np.asarray(total / np.maximum(count, 1) / self._widths / self._unit)

    @cached_property
    def _front(self) -> ScenePlan:
        facts = self._samples
        mosaic = facts.mosaic(_BLOCKS, _PIXELS, lambda done, all_of_it: None)
        room = _RATE / 8 * 16 * facts.places * len(facts.mean)
        goal = Goal(Objective.RMSE, effort=Effort.LIGHT)
        share = mosaic.places / facts.places
        return ScenePlan(mosaic, BytesAim(room), Tally(), goal, share)

    def code(self, step: float, components: int) -> CodedBase:
        samples, plan = self._samples, self._front.plan
        projection = plan.projection[:, : components + 2].astype(np.float32)
        sums, symbols = MatrixSums(components, projection.shape[1]), []

        def code(tile):
            own = samples.samples(tile)
            coded = code_tile(self._coder, own, projection, components, step)
            added = MatrixSums(components, projection.shape[1])
            added.add(coded.symbols, coded.coefficients, step, own.held)
            return coded.symbols, added

        for found, added in in_order(code, samples.read(), self._jobs):
            symbols.append(found)
            sums.merge(added)
        basis = sums.fit(plan, step, samples.mean).data
        base = Base.of(self._coder, basis, components, self._tiles.limits)
        return CodedBase(base, basis, symbols)
