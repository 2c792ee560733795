"""A scene within bounds, tile by tile: the codes of its varying bands, and which of them are none."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int64, Num

from btcnet_jax.container.tile_grid import SIDE, TileGrid
from btcnet_jax.parts.bounds import BandBounds
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.missing_samples import Missing
from btcnet_jax.scene.value_range import within_range


class CodeLimits(NamedTuple):
    """What the codes of bands may be.

    Attributes:
        bands: their numbers.
        most: that their restored codes may differ.
        largest: codes.
    """

    bands: list[int]
    most: Int64[np.ndarray, " some"]
    largest: list[int]

    @classmethod
    def of(cls, bounds: BandBounds, facts: SceneFacts) -> "CodeLimits":
        """Of the bands that vary, at least one."""
        bands = np.flatnonzero(facts.varying).tolist()
        return cls(bands, bounds.most[bands], [bounds.largest(number) for number in bands])

    @property
    def widths(self) -> list[int]:
        """Steps of the bands' errors."""
        pairs = zip(self.most.tolist(), self.largest, strict=True)
        return [2 * min(most, largest) + 1 for most, largest in pairs]

    @property
    def octaves(self) -> int:
        """2 to the power of which is more than any code is in steps of its band."""
        pairs = zip(self.largest, self.widths, strict=True)
        return max(largest // width for largest, width in pairs).bit_length()


class CodeTiles:
    """The tiles of a scene.

    Args:
        values, facts: of the scene, of which some band varies.
        bounds: of its bands.
        grid: of the tiles.

    Attributes:
        facts, bounds, grid: as given.
        limits: of the codes.
    """

    def __init__(
        self,
        values: Num[np.ndarray, "rows cols bands"],
        facts: SceneFacts,
        bounds: BandBounds,
        grid: TileGrid,
    ) -> None:
        self._values, self.facts, self.bounds, self.grid = values, facts, bounds, grid
        self.limits = CodeLimits.of(bounds, facts)

    def codes(self, number: int) -> Int64[np.ndarray, "bands rows cols"]:
        """Of a tile, not to be changed; at missing samples stands anything within the range."""
        if self.grid.count == 1:
            return self._whole
        return self.window(*samples_of(self.grid, number, self.facts.shape))

    @cached_property
    def _whole(self) -> Int64[np.ndarray, "bands rows cols"]:
        """Of a scene of one tile, which is coded in more than one way."""
        codes = self.window(*samples_of(self.grid, 0, self.facts.shape))
        codes.flags.writeable = False
        return codes

    def shape(self, number: int) -> tuple[int, int]:
        """Lines and columns of a tile."""
        rows, cols = samples_of(self.grid, number, self.facts.shape)
        return rows.stop - rows.start, cols.stop - cols.start

    def window(self, rows: slice, cols: slice) -> Int64[np.ndarray, "bands rows cols"]:
        """Of a window."""
        part = within_range(self._values[rows, cols], self.facts.value_range)
        return np.stack([self.bounds.codes(band, part[..., band]) for band in self.limits.bands])

    def missing(self, number: int) -> Bool[np.ndarray, "bands rows cols"] | None:
        """Of a tile; None where nothing is missing in the scene."""
        place = samples_of(self.grid, number, self.facts.shape)
        return missing_in(self.facts.missing, *place, self.limits.bands)


def samples_of(grid: TileGrid, number: int, shape: tuple[int, int, int]) -> tuple[slice, slice]:
    """Rows and columns of samples of a tile."""
    rows, cols = (
        slice(SIDE * blocks.start, min(SIDE * blocks.stop, size))
        for blocks, size in zip(grid.place(number), shape, strict=False)
    )
    return rows, cols


def missing_in(
    missing: Missing | None, rows: slice, cols: slice, numbers: list[int]
) -> Bool[np.ndarray, "some rows cols"] | None:
    """True where samples of some bands are missing in a window."""
    if missing is None:
        return None
    return missing.planes[:, rows, cols][missing.plane_of_band[numbers]] > 0
