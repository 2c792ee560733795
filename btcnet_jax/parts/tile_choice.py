"""The choice of a scene's symbols, tile by tile: each by the contexts that it will be coded with."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int64

from btcnet_jax.coding.context import (
    ChosenContexts,
    ComponentLevels,
    ContextCoder,
    SymbolSearch,
)
from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.parallel import in_order

Start = Callable[[Float[np.ndarray, "components 16 rows cols"]], Int64[np.ndarray, "..."]]
"""Makes symbols in steps of values in steps, each for itself."""
_Place = tuple[slice, slice]


class Chosen(NamedTuple):
    """What a component's symbols come to.

    Attributes:
        bits: their code length.
        gain: squared steps that they take away from the error.
    """

    bits: float
    gain: float


class TileChoice:
    """Component after component: all tiles' symbols of one before those of the next, several tiles at once.

    So it can end with any component, and what is chosen does not depend on the number of threads.

    Args:
        coder: its tables give the bits.
        values: coefficients in steps.
        start: makes the symbols that neighbors to come are taken for.
        held: blocks that hold data; None for all.
        grid: of the tiles.
        jobs: threads.
        keep: whether contexts of what is chosen are kept.
    """

    def __init__(
        self,
        coder: ContextCoder,
        values: Float[np.ndarray, "components 16 rows cols"],
        start: Start,
        held: Bool[np.ndarray, "rows cols"] | None,
        grid: TileGrid,
        jobs: int = 1,
        keep: bool = False,
    ) -> None:
        self._jobs = jobs

        def begin(place: _Place) -> "_Tile":
            own = values[(..., *place)]
            return _Tile(coder, own, start(own), None if held is None else held[place], keep)

        self._places = [grid.place(number) for number in range(grid.count)]
        self._tiles = list(in_order(begin, self._places, jobs))

    def choose(self, component: int, slope: float) -> Chosen:
        """Chooses the symbols of the component after the last.

        Args:
            component: its number.
            slope: squared steps that a bit is worth.
        """

        def choose(tile: "_Tile") -> Chosen:
            return tile.choose(component, slope)

        bits, gains = zip(*in_order(choose, self._tiles, self._jobs), strict=True)
        return Chosen(sum(bits), sum(gains))

    def symbols(self, count: int) -> Int64[np.ndarray, "count 16 rows cols"]:
        """Those of the first components."""
        if len(self._tiles) == 1:
            return self._tiles[0].search.symbols(count)
        rows, cols = self._places[-1]
        whole = np.empty((count, 16, rows.stop, cols.stop), np.int64)
        for place, tile in zip(self._places, self._tiles, strict=True):
            whole[(..., *place)] = tile.search.symbols(count)
        return whole

    def contexts(self, count: int) -> list[ChosenContexts] | None:
        """Theirs, tile by tile, where they are kept."""
        found = [tile.search.contexts(count) for tile in self._tiles]
        kept = [each for each in found if each is not None]
        return kept or None


class _Tile:
    """One of them."""

    def __init__(
        self,
        coder: ContextCoder,
        values: Float[np.ndarray, "components 16 rows cols"],
        start: Int64[np.ndarray, "components 16 rows cols"],
        held: Bool[np.ndarray, "rows cols"] | None,
        keep: bool,
    ) -> None:
        self._unit, self._values = coder.per_step, values
        self._empty = np.zeros(values[0, 0].size, bool) if held is None else ~held.ravel()
        start = self._unit * start
        self.search = SymbolSearch(coder, start, ComponentLevels.of(start, self._unit), keep)

    def choose(self, component: int, slope: float) -> Chosen:
        planes, unit = self._values[component].reshape(16, -1), self._unit
        chosen, bits = self.search.choose(component, unit * planes, self._empty, slope * unit**2)
        gain = np.square(planes) - np.square(planes - chosen / unit)
        gain[:, self._empty] = 0
        return Chosen(bits, float(gain.sum(dtype=np.float64)))
