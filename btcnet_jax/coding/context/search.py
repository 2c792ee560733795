"""The choice of symbols by squared error and code length together, component after component."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Int32, Int64

from btcnet_jax.coding.context.coder import ContextCoder
from btcnet_jax.coding.context.kernel.arrays import Contexts, Grid, Trellis, Work
from btcnet_jax.coding.context.kernel.known import Known
from btcnet_jax.coding.context.layout import GridLayout
from btcnet_jax.coding.context.levels import ComponentLevels


class ChosenContexts(NamedTuple):
    """What symbols were chosen with, of component after component: a coder need not find it again.

    Attributes:
        levels: of the components.
        parts: of each component, the contexts of its symbols.
    """

    levels: ComponentLevels
    parts: list[Contexts]

    def first(self, count: int) -> "ChosenContexts":
        """Of the first components alone, which do not depend on later ones."""
        return ChosenContexts(self.levels.first(count), self.parts[:count])

    def joined(self) -> Contexts:
        """As `ContextCoder.encode` takes them."""
        return Contexts(*map(np.concatenate, zip(*self.parts, strict=True)))


class SymbolSearch:
    """Symbols chosen so far, as the contexts of those to come.

    Args:
        coder: its tables give the bits.
        start: symbols that neighbors to come are taken for, within +-MAX_MAGNITUDE.
        levels: of the components.
        keep: whether contexts of what is chosen are kept.
    """

    def __init__(
        self,
        coder: ContextCoder,
        start: Int[np.ndarray, "components 16 rows cols"],
        levels: ComponentLevels,
        keep: bool = False,
    ) -> None:
        from btcnet_jax.coding.context.kernel import planes

        self._levels, self._keep, self._contexts = levels, keep, list[Contexts]()
        self._layout = GridLayout(*start.shape[2:])
        self._known = Known.nothing(len(start), self._layout, levels, coder.surprised)
        self._known.write(self._layout, start)
        work = Work.room(self._layout, planes=True)
        trellis = Trellis.room(self._layout, searched=coder.model.dependent)
        arrays = coder.model, Grid.of(self._layout), self._known, work, trellis
        self._choose = planes.choose.taking(*arrays)
        self._bits = np.zeros((16, self._layout.rows * self._layout.cols))

    def choose(
        self,
        component: int,
        values: Float[np.ndarray, "16 places"],
        empty: Bool[np.ndarray, " places"],
        slope: float,
    ) -> tuple[Int32[np.ndarray, "16 places"], float]:
        """Chooses the symbols of the next component for least error + slope x bits.

        Each is the best of three candidates; of two quantizers in turn they are those of the best path through
        the plane (Viterbi's algorithm). Earlier planes are as they were chosen; of the plane itself, neighbors
        are as at the start. What a symbol does to the contexts of later ones is left out.

        Args:
            component: the one after the last that was chosen.
            values: its coefficients, in steps over `per_step` of the weights.
            empty: places without data, whose error does not count.
            slope: what a bit is worth, in such units squared.

        Returns:
            The symbols, and their code length.
        """
        contexts = Contexts.room(16 * self._layout.size if self._keep else 0)
        self._choose(component, values.astype(np.float64), empty, slope, self._bits, contexts)
        self._contexts.append(contexts)
        # Plane by plane: the last digits decide which step a search ends at.
        bits = sum(float(plane.sum()) for plane in self._bits)
        return self._known.read(self._layout, component, component + 1).reshape(16, -1), bits

    def symbols(self, count: int) -> Int64[np.ndarray, "count 16 rows cols"]:
        """Those of the first components."""
        return self._known.read(self._layout, 0, count).astype(np.int64)

    def contexts(self, count: int) -> ChosenContexts | None:
        """Theirs, where they are kept."""
        if not self._keep:
            return None
        return ChosenContexts(self._levels.first(count), self._contexts[:count])
