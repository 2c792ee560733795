"""Coefficients known so far, stored plane by plane so that neighbors are quick to gather."""

import numpy as np
from jaxtyping import Int

from array_model.layout import BEFORE, GridLayout

_DIRECT = ("E", "W", "N", "S")


class SymbolPlanes:
    """Stored planes of all components and positions, zero where not known.

    Args:
        components: how many.
        rows, cols: of the grid of blocks.

    Attributes:
        symbols: (components, 16, rows, cols), int32, a view that may be written.
    """

    def __init__(self, components: int, rows: int, cols: int) -> None:
        self._grid = GridLayout(rows, cols)
        self._size = self._grid.size
        stored = np.zeros((16 * (components + BEFORE), self._size), np.int32)
        self.symbols = self._grid.interior(stored).reshape(-1, 16, rows, cols)[BEFORE:]
        self._values = stored.reshape(-1)
        # Magnitudes of each block's AC coefficients, stored alike.
        self._sums = np.zeros((components + BEFORE) * self._size, np.int32)

    def index(
        self, k: Int[np.ndarray, "n"], p: Int[np.ndarray, "n"] | int, at: Int[np.ndarray, "n"]
    ) -> Int[np.ndarray, "n"]:
        """Where coefficients are stored, for `value`."""
        return (16 * (k + BEFORE) + p) * self._size + self._grid.inside.take(at)

    def value(
        self, index: Int[np.ndarray, "n"], name: str | None = None, back: int = 0
    ) -> Int[np.ndarray, "n"]:
        """Coefficients at an index or its neighbor, zero outside the plane; of an earlier component."""
        offset = self._grid.offset[name] if name else 0
        return self._values.take(index + (offset - 16 * self._size * back))

    def position(self, index: Int[np.ndarray, "n"], p: int) -> Int[np.ndarray, "n"]:
        """Coefficients of another position, given the index of DC."""
        return self._values.take(index + p * self._size)

    def dc(
        self, k: Int[np.ndarray, "n"], name: str, at: Int[np.ndarray, "n"], back: int = 0
    ) -> Int[np.ndarray, "n"]:
        """DC of a neighbor (`GridLayout.dc` has the names), of an earlier component."""
        plane = (16 * (k + (BEFORE - back))) * self._size
        return self._values.take(plane + self._grid.dc[name].take(at))

    def around(self, index: Int[np.ndarray, "n"], back: int) -> Int[np.ndarray, "n"]:
        """Magnitudes in an earlier component's plane: twice here, and at the four neighbors."""
        near = sum(np.abs(self.value(index, name, back)) for name in _DIRECT)
        return 2 * np.abs(self.value(index, None, back)) + near

    def block_sum(self, k: Int[np.ndarray, "n"], at: Int[np.ndarray, "n"]) -> Int[np.ndarray, "n"]:
        """Magnitudes of the block's AC coefficients so far."""
        return self._sums.take((k + BEFORE) * self._size + self._grid.inside.take(at))

    def block_sums_before(
        self, k: Int[np.ndarray, "n"], at: Int[np.ndarray, "n"]
    ) -> Int[np.ndarray, "n"]:
        """Those of the component before: twice here, and of the four neighbors."""
        index = (k + (BEFORE - 1)) * self._size + self._grid.inside.take(at)
        near = sum(self._sums.take(index + self._grid.offset[name]) for name in _DIRECT)
        return 2 * self._sums.take(index) + near

    def enter(
        self,
        k: Int[np.ndarray, "n"],
        p: Int[np.ndarray, "n"],
        at: Int[np.ndarray, "n"],
        values: Int[np.ndarray, "n"],
    ) -> None:
        """Stores coefficients, and where AC adds them to the sums of their blocks: no block twice in a call."""
        self._values[self.index(k, p, at)] = values
        index = (k + BEFORE) * self._size + self._grid.inside.take(at)
        self._sums[index] += (np.abs(values) * (p > 0)).astype(np.int32)
