"""Quantization: with a dead zone, and to the symbols of least error and code length together."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64

from btcnet_jax.coding.context import ComponentLevels, ContextCoder, Contexts, ContextState
from btcnet_jax.cost import CHOOSE, COMMIT, DEAD_ZONE, JUDGE, LENGTH
from btcnet_jax.parts.block_transform import BLOCK
from btcnet_jax.progress import Progress

SLOPE = 0.1
"""Squared steps that a bit is worth: the best of 0.06 to 0.24 on real scenes."""

MAX_SYMBOL = 1 << 20
"""The greatest magnitude that a step may lead to: an eighth of what the coder can hold, and steps finer than
the rounding of 16 bits."""

# So many components in a row that are not worth their bits end the scene: what follows is smaller.
_PATIENCE = 3
# Share of a step from which a first quantization rounds up, and bits that a unit of its symbols takes.
_START, _GUESS = 0.35, 5.0
# Operations of a coefficient: levels of the first symbols, and the squared error that symbols take away.
_LEVELS, _GAIN = 2, 5
USEFUL = DEAD_ZONE + 9
"""Operations of `count_useful` a coefficient."""


@dataclass(frozen=True, eq=False)
class Quantized:
    """Symbols of the components that are worth their bits, at least one, and about the bits of each.

    `operations` is what it took to find them, those of components that were left out too.
    """

    symbols: Int64[np.ndarray, "components 16 rows cols"]
    bits: Float64[np.ndarray, " components"]
    operations: float

    def first(self, count: int) -> "Quantized":
        """The first components alone: earlier ones do not depend on later ones."""
        return Quantized(self.symbols[:count], self.bits[:count], self.operations)


def dead_zone(values: Float[np.ndarray, "*n"], offset: float = 0.4) -> Int64[np.ndarray, "*n"]:
    """Values in steps, rounded; toward zero those within 1 - offset of it."""
    return (np.sign(values) * np.floor(np.abs(values) + offset)).astype(np.int64)


def count_useful(
    coefficients: Float[np.ndarray, "components 16 blocks"], step: float, row_bits: float
) -> int:
    """How many components are worth their bits at a step, roughly; at least one.

    Args:
        coefficients: of a sample of a scene.
        step: quantization step.
        row_bits: the sample's share of what a component costs besides its symbols.
    """
    values = coefficients / step
    symbols = dead_zone(values, _START)
    gains = np.square(values) - np.square(values - symbols) - _GUESS * SLOPE * np.abs(symbols)
    balance = _Balance()
    for gain in gains.sum(axis=(1, 2)) - SLOPE * row_bits:
        if not balance.goes_on(float(gain)):
            break
    return balance.kept


def optimize(
    coder: ContextCoder,
    values: Float[np.ndarray, "components 16 rows cols"],
    row_bits: float,
    progress: Progress | None = None,
    held: Bool[np.ndarray, "rows cols"] | None = None,
) -> Quantized:
    """Symbols of least squared error + SLOPE * bits, plane by plane.

    Earlier planes are as they will be coded; of the plane itself, neighbors are as a dead zone leaves
    them. What a symbol does to the contexts of later ones is left out.

    Args:
        coder: its tables give the bits.
        values: coefficients in steps, within MAX_SYMBOL.
        row_bits: what a component costs besides its symbols.
        progress: called with components done and in all.
        held: blocks that hold data; of the others whatever costs least is right. None for all.

    Source: rate-distortion optimized quantization as in HEVC's test model (Karczewicz et al. 2008,
    ITU-T VCEG-AH21), here for each symbol alone.
    """
    search, balance, taken = _Search(coder, dead_zone(values, _START), held), _Balance(), []
    for component, planes in enumerate(values):
        gain, bits = search.component(component, planes.reshape(BLOCK, -1))
        taken.append(bits)
        if progress is not None:
            progress(component + 1, len(values))
        if not balance.goes_on(gain - SLOPE * (bits + row_bits)):
            break
    seen = search.symbols[: len(taken)]
    each = 2 * JUDGE + CHOOSE + LENGTH + COMMIT + _GAIN
    operations = float(values.size * (DEAD_ZONE + _LEVELS) + seen.size * each)
    return Quantized(seen, np.array(taken), operations).first(balance.kept)


class _Balance:
    """Sums what components are worth, in order, and remembers where the sum was greatest.

    Attributes:
        kept: how many components to keep, at least one.
    """

    def __init__(self) -> None:
        self.kept, self._seen, self._sum, self._best = 1, 0, 0.0, -np.inf

    def goes_on(self, worth: float) -> bool:
        """Enters the next component; tells whether another may be worth its bits."""
        self._seen, self._sum = self._seen + 1, self._sum + worth
        if self._sum > self._best:
            self.kept, self._best = self._seen, self._sum
        return self._seen < self.kept + _PATIENCE


class _Search:
    """Symbols chosen so far, as the contexts of those to come."""

    def __init__(
        self,
        coder: ContextCoder,
        start: Int64[np.ndarray, "components 16 rows cols"],
        held: Bool[np.ndarray, "rows cols"] | None,
    ) -> None:
        count, _, rows, cols = start.shape
        self._coder, self._grid = coder, (rows, cols)
        self._state = ContextState(count, rows, cols, ComponentLevels.of(start))
        self._at = np.arange(rows * cols)
        self._empty = None if held is None else np.flatnonzero(~held.ravel())
        self.symbols = start.copy()

    def component(
        self, component: int, values: Float[np.ndarray, "16 places"]
    ) -> tuple[float, float]:
        """Chooses a component's symbols; gives the squared error they take away, and their bits."""
        known, bits = self._state.symbols, 0.0
        known[component] = self.symbols[component]
        k = np.full_like(self._at, component)
        for position in range(BLOCK):
            where = k, np.full_like(self._at, position), self._at
            contexts, _ = self._coder.judge(self._state, *where, dc=position == 0)
            chosen = _choose(
                self._coder, values[position].astype(np.float64), contexts, self._empty
            )
            # Neighbors in the plane have changed, and with them the contexts.
            known[component, position] = chosen.reshape(self._grid)
            contexts, patterns = self._coder.judge(self._state, *where, dc=position == 0)
            bits += float(self._coder.bits(chosen, contexts).sum())
            self._state.commit(*where, chosen, patterns)
            self.symbols[component, position] = chosen.reshape(self._grid)
        chosen = self.symbols[component].reshape(values.shape)
        gain = np.square(values) - np.square(values - chosen)
        if self._empty is not None:
            gain[:, self._empty] = 0
        return float(gain.sum(dtype=np.float64)), bits


def _choose(
    coder: ContextCoder,
    values: Float64[np.ndarray, " n"],
    contexts: Contexts,
    empty: Int64[np.ndarray, " some"] | None = None,
) -> Int64[np.ndarray, " n"]:
    """The best of three candidates for each value; of empty blocks the cheapest near the expectation."""
    if empty is not None:
        values[empty] = contexts.center[empty]
    below = np.floor(values).astype(np.int64)
    chosen, best = below, np.full(values.shape, np.inf)
    for candidate in (below, below + 1, np.zeros_like(below)):
        distance = np.square(values - candidate)
        if empty is not None:
            distance[empty] = 0
        cost = distance + SLOPE * coder.bits(candidate, contexts)
        better = cost < best
        best, chosen = np.where(better, cost, best), np.where(better, candidate, chosen)
    return chosen
