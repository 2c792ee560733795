"""A large scene as the encoder sees it: tiles that are read when they are needed, and a sample of them."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Float64, Num

from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.cost import Tally
from btcnet_jax.parallel import in_order
from btcnet_jax.parts.block_transform import SIDE
from btcnet_jax.parts.filling import block_sums
from btcnet_jax.parts.interface import Blocks
from btcnet_jax.parts.samples import Samples, read_samples
from btcnet_jax.progress import Progress
from btcnet_jax.scene.gathering import Gathered
from btcnet_jax.scene.part import Part
from btcnet_jax.scene.scene import SceneSource
from btcnet_jax.scene.value_range import value_span

# Samples of a row of tiles that are read at once, and blocks of the sample of tiles: a sixteenth of what is
# coded as a whole.
_AT_ONCE, _SAMPLE_BLOCKS, _FEWEST = 1 << 24, 8192, 4
_GOLDEN = (math.sqrt(5) - 1) / 2


class Read(NamedTuple):
    """A tile that was read and not yet looked at."""

    number: int
    values: Num[np.ndarray, "rows cols bands"]


@dataclass(frozen=True, eq=False)
class TileMosaic(Samples):
    """Tiles below each other, in place of the scene of which they are a sample.

    Attributes:
        scene_covariance: of the scene.
        scene_blocks: of the scene, scattered.
        scene_highest: of the scene.
    """

    scene_covariance: Float64[np.ndarray, "bands bands"] | None = None
    scene_blocks: Float64[np.ndarray, "picked 16 bands"] | None = None
    scene_highest: Float64[np.ndarray, " bands"] | None = None

    @property
    def highest(self) -> Float64[np.ndarray, " bands"]:
        """Of the scene."""
        assert self.scene_highest is not None, "as it was made"
        return self.scene_highest

    def covariance(
        self, share: int, tally: Tally | None = None
    ) -> Float64[np.ndarray, "bands bands"]:
        """Of the scene, whatever the share."""
        assert self.scene_covariance is not None, "as it was made"
        return self.scene_covariance

    def blocks(self, share: int) -> Float64[np.ndarray, "picked 16 bands"]:
        """Of the scene, whatever the share."""
        assert self.scene_blocks is not None, "as it was made"
        return self.scene_blocks


class TileSamples:
    """The varying bands of a scene, tile by tile.

    Args:
        source: the scene.
        gathered: its facts; some band varies.
        grid: of the tiles.
        jobs: threads.

    Attributes:
        grid, mean: of the scene.
        places: blocks that hold data.
    """

    def __init__(
        self, source: SceneSource, gathered: Gathered, grid: TileGrid, jobs: int = 1
    ) -> None:
        self._source, self._facts, self.mean = source, gathered.facts, gathered.mean
        self._highest = _highest(gathered)
        self.grid, self._jobs = grid, jobs
        missing = self._facts.missing
        self.places = grid.rows * grid.cols
        if missing is not None:
            there = block_sums(np.logical_not(missing.everywhere()).astype(np.int32))
            self.places = max(int(np.count_nonzero(there)), 1)

    def read(self, numbers: Iterable[int] | None = None) -> Iterator[Read]:
        """Tiles in their order, a row of them at a time as far as memory allows; or those of these numbers."""
        if numbers is not None:
            for number in numbers:
                rows, cols = self._pixels(number)
                yield Read(number, self._source.read(rows, cols))
            return
        high, wide = (SIDE * each for each in (self.grid.tile_rows, self.grid.tile_cols))
        together = max(1, _AT_ONCE // (high * wide * self._source.shape[2]))
        for first in range(0, self.grid.count, self.grid.across):
            for start in range(first, first + self.grid.across, together):
                last = min(start + together, first + self.grid.across)
                rows, left = self._pixels(start)
                strip = self._source.read(rows, slice(left.start, self._pixels(last - 1)[1].stop))
                for number in range(start, last):
                    cols = self._pixels(number)[1]
                    own = strip[:, cols.start - left.start : cols.stop - left.start]
                    yield Read(number, own)

    def samples(self, tile: Read) -> Samples:
        """What a tile's values are to the encoder; what is missing is filled in from within the tile."""
        rows, cols = self._pixels(tile.number)
        part = Part(rows, cols, np.arange(self._source.shape[2]))
        return read_samples(tile.values, self._facts.part(part), mean=self.mean)

    def mosaic(self, blocks: int, pixels: int, progress: Progress) -> TileMosaic:
        """A sample of tiles, with the statistics of the scene; reads all of it.

        Args:
            blocks: of the scene that are looked at beforehand, about.
            pixels: of the scene that the covariance is of, about; and those that stand out.
            progress: called with tiles done and in all.
        """
        bands = len(self.mean)
        total, counted, picked = np.zeros((bands, bands)), 0, []
        share = max(self.places // blocks, 1)
        pixel_share = max(self.places * SIDE**2 // pixels, 1)
        whole, place_of = self._room(), {number: at for at, number in enumerate(self.sample)}
        placed: dict[int, Samples] = {}

        def look(tile: Read) -> tuple[np.ndarray, int, np.ndarray]:
            samples = self.samples(tile)
            if (at := place_of.get(tile.number)) is not None:
                placed[at] = self._placed(samples, whole[at])
            count = _count(samples)
            covariance = samples.covariance(pixel_share) if count else np.zeros((bands, bands))
            return covariance, count, _pick(samples, share, tile.number)

        for covariance, count, some in in_order(look, self.read(), self._jobs):
            total += count * covariance
            counted += count
            picked.append(some)
            progress(len(picked), self.grid.count)
        tiles = [placed[at] for at in range(len(placed))]
        if not any(map(len, picked)):
            picked = [_pick(tile, 1, 0) for tile in tiles]
        return TileMosaic(
            whole.reshape(-1, *whole.shape[2:]),
            self.mean,
            _stacked([tile.counted for tile in tiles]),
            _stacked([tile.held for tile in tiles]),
            self._jobs,
            scene_covariance=total / max(counted, 1),
            scene_blocks=np.concatenate(picked),
            scene_highest=self._highest,
        )

    def _room(self) -> Float32[np.ndarray, "tiles rows cols bands"]:
        """For the sample of tiles, of full size each."""
        rows, cols = SIDE * self.grid.tile_rows, SIDE * self.grid.tile_cols
        return np.zeros((len(self.sample), rows, cols, len(self.mean)), np.float32)

    def _placed(self, samples: Samples, room: Float32[np.ndarray, "rows cols bands"]) -> Samples:
        """A tile of the sample in its room: of full size, those at the border filled up."""
        rows, cols, _ = room.shape
        high, wide, _ = samples.deviations.shape
        room[:high, :wide] = samples.deviations
        counted, held = samples.counted, samples.held
        if (high, wide) != (rows, cols):
            counted = _filled_up(counted, (high, wide), (rows, cols))
            held = _filled_up(held, samples.grid, (rows // SIDE, cols // SIDE))
        return Samples(room, self.mean, counted, held)

    def _pixels(self, number: int) -> tuple[slice, slice]:
        sizes = self._source.shape[:2]
        rows, cols = (
            slice(SIDE * blocks.start, min(SIDE * blocks.stop, size))
            for blocks, size in zip(self.grid.place(number), sizes, strict=True)
        )
        return rows, cols

    def scattered(self, numbers: Iterable[int]) -> list[int]:
        """Tiles in an order of which any beginning lies all over the scene."""
        # A sequence that fills rows evenly and columns too.
        across = self.grid.across
        return sorted(numbers, key=lambda n: (n * _GOLDEN + n // across * _GOLDEN**2) % 1)

    @cached_property
    def sample(self) -> list[int]:
        """Tiles of full size, all over the scene; of those that hold data where some do not.

        Of a scene whose data all lie in smaller tiles at its border these.
        """
        grid = self.grid
        down, across = grid.rows // grid.tile_rows, grid.cols // grid.tile_cols
        count = max(_SAMPLE_BLOCKS // (grid.tile_rows * grid.tile_cols), _FEWEST)
        count = min(count, down * across)
        usable = [
            row * grid.across + col
            for row in range(down)
            for col in range(across)
            if self._holds(row * grid.across + col)
        ]
        if not usable:
            usable = [number for number in range(grid.count) if self._holds(number)]
        count = max(count, 1)
        if len(usable) <= count:
            return usable
        order = self.scattered(usable)
        step = len(usable) / count
        return sorted(order[int((index + 0.5) * step)] for index in range(count))

    def is_full(self, number: int) -> bool:
        """Whether a tile has full size."""
        return Blocks(*self.grid.place(number)).shape == (self.grid.tile_rows, self.grid.tile_cols)

    def _holds(self, number: int) -> bool:
        missing = self._facts.missing
        return missing is None or not missing.planes[:, *self._pixels(number)].all()


def _highest(gathered: Gathered) -> Float64[np.ndarray, " varying"]:
    """The greatest deviation of each varying band from its mean, in units of the range."""
    facts, mean, extremes = gathered
    high = extremes.high[facts.varying].astype(np.float64) - float(facts.value_range.minimum)
    return np.asarray(high / value_span(facts.value_range) - mean)


def _count(samples: Samples) -> int:
    """Pixels that a covariance is of."""
    rows, cols, _ = samples.deviations.shape
    return rows * cols if samples.counted is None else int(samples.counted.sum())


def _pick(samples: Samples, share: int, number: int) -> Float64[np.ndarray, "picked 16 bands"]:
    """One block of `share` of those that hold data, at other places in each tile."""
    rows, cols = samples.grid
    held = np.ones((rows, cols), bool) if samples.held is None else samples.held
    row, col = np.nonzero(held)
    # So that shares larger than a tile take a block from some tiles only.
    chosen = np.arange(int(number * _GOLDEN % 1 * share), len(row), share)
    deviations = samples.deviations.reshape(rows, SIDE, cols, SIDE, -1)
    some = deviations[row[chosen], :, col[chosen]].astype(np.float64)
    return np.asarray(some.reshape(len(chosen), SIDE * SIDE, deviations.shape[-1]))


def _filled_up(
    mask: Bool[np.ndarray, "_ _"] | None, own: tuple[int, int], full: tuple[int, int]
) -> Bool[np.ndarray, "rows cols"]:
    """A mask of full size, nothing of which counts beyond its own; of none all of that."""
    whole = np.zeros(full, bool)
    whole[: own[0], : own[1]] = True if mask is None else mask
    return whole


def _stacked(masks: list[np.ndarray | None]) -> np.ndarray | None:
    there = [mask for mask in masks if mask is not None]
    return np.concatenate(there) if there else None
