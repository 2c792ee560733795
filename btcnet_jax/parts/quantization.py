"""Quantization: with a dead zone, and to the symbols of least error and code length together."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Bool, Float, Float64, Int, Int64

from btcnet_jax.coding.context import (
    ChosenContexts,
    ComponentLevels,
    ContextCoder,
    judge_all,
)
from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.cost import CHOOSE, CHOOSE_PATH, COMMIT, DEAD_ZONE, JUDGE, LENGTH, SURPRISE
from btcnet_jax.parts.tile_choice import TileChoice
from btcnet_jax.progress import Progress


class Quantization(StrEnum):
    """How symbols are chosen; `--quantization` and `load(quantization=...)` take the values.

    SCALAR: each by itself, of one quantizer. DEPENDENT: all of a plane together, of two quantizers in turn,
    each coarser than both together (`coding.context.trellis`): fewer bits at the same error, for a search.
    """

    SCALAR = "scalar"
    DEPENDENT = "dependent"


SLOPE = 0.1
"""Squared steps that a bit is worth: the best of 0.06 to 0.24 on real scenes."""
DEPENDENT_SLOPE = 0.07
"""The same of dependent quantization, whose steps are larger at the same rate: the best of 0.055 to 0.11."""

MAX_SYMBOL = 1 << 20
"""The greatest magnitude that a step may lead to: an eighth of what the coder can hold, and steps finer than
the rounding of 16 bits."""

_TYPES = (np.int8, np.int16, np.int32)
# So many components in a row that are not worth their bits end the scene: what follows is smaller.
_PATIENCE = 3
# Components that are looked at together: most of a scene's are of no use.
_LOOKED_AT = 16
# Share of a step from which a first quantization rounds up, and bits that a unit of its symbols takes.
_START, _GUESS = 0.35, 5.0
# Operations of a coefficient: levels of the first symbols, and the squared error that symbols take away.
_LEVELS, _GAIN = 2, 5
DEAD_OFFSET = 0.4
"""Share of a step from which a dead zone rounds up, less one."""

USEFUL = DEAD_ZONE + 9
"""Operations of `count_useful` a coefficient."""


@dataclass(frozen=True, eq=False)
class Quantized:
    """Symbols of the components that are worth their bits, at least one, and about the bits of each.

    Symbols are in steps, of dependent quantization in half steps (`ContextCoder.per_step`); int64, but for
    those that are `kept`. `operations` is what it took to find them, those that were left out among them.
    `contexts` are what they were chosen with, tile by tile, where that was kept.
    """

    symbols: Int[np.ndarray, "components 16 rows cols"]
    bits: Float64[np.ndarray, " components"]
    operations: float
    contexts: list[ChosenContexts] | None = None

    def first(self, count: int) -> "Quantized":
        """The first components alone: earlier ones do not depend on later ones."""
        known = self.contexts
        contexts = None if known is None else [tile.first(count) for tile in known]
        return Quantized(self.symbols[:count], self.bits[:count], self.operations, contexts)

    def kept(self) -> "Quantized":
        """The same in less memory, without contexts."""
        return Quantized(packed(self.symbols), self.bits, self.operations)

    def taken(self) -> "Quantized":
        """What was kept, as it was."""
        return Quantized(self.symbols.astype(np.int64), self.bits, self.operations)


def packed(symbols: Int[np.ndarray, "*shape"]) -> Int[np.ndarray, "*shape"]:
    """The same in as few bytes as they take: most are of one."""
    largest = max(int(symbols.max(initial=0)), -int(symbols.min(initial=0)))
    return symbols.astype(next(t for t in _TYPES if largest <= np.iinfo(t).max))


Quantize = Callable[..., Quantized]
"""`optimize` or `zoned`: from values in steps to symbols."""


def dead_zone(
    values: Float[np.ndarray, "*n"], offset: float = DEAD_OFFSET
) -> Int64[np.ndarray, "*n"]:
    """Values in steps, rounded; toward zero those within 1 - offset of it."""
    return _dead_zone(values, offset).astype(np.int64)


def _dead_zone(values: Float[np.ndarray, "*n"], offset: float) -> Float[np.ndarray, "*n"]:
    """Whole numbers in the type of the values; in place, for time goes into new arrays."""
    symbols = np.asanyarray(np.abs(values))
    symbols += offset
    np.floor(symbols, out=symbols)
    return np.copysign(symbols, values, out=symbols)


def count_useful(
    coefficients: Float[np.ndarray, "components 16 blocks"], step: float, row_bits: float
) -> int:
    """How many components are worth their bits at a step, roughly; at least one.

    Args:
        coefficients: of a sample of a scene.
        step: quantization step.
        row_bits: the sample's share of what a component costs besides its symbols.
    """
    balance = _Balance()
    for first in range(0, len(coefficients), _LOOKED_AT):
        gains = _gains(coefficients[first : first + _LOOKED_AT] / step)
        for gain in gains - SLOPE * row_bits:
            if not balance.goes_on(float(gain)):
                return balance.kept
    return balance.kept


def _gains(values: Float[np.ndarray, "some 16 blocks"]) -> Float[np.ndarray, " some"]:
    """About what coding each component is worth, of values in steps, which are overwritten."""
    # In place, in the order of square(v) - square(v - s) - GUESS SLOPE |s|.
    symbols = _dead_zone(values, _START).astype(np.float64, copy=False)
    lost = values - symbols
    np.square(lost, out=lost)
    gains = np.square(values, out=values) - lost
    np.abs(symbols, out=symbols)
    symbols *= _GUESS * SLOPE
    gains -= symbols
    return np.asarray(gains.sum(axis=(1, 2)))


def optimize(
    coder: ContextCoder,
    values: Float[np.ndarray, "components 16 rows cols"],
    row_bits: float,
    progress: Progress | None = None,
    held: Bool[np.ndarray, "rows cols"] | None = None,
    tile: tuple[int, int] | None = None,
    least: int = 1,
    jobs: int = 1,
    worth: float = 1.0,
    *,
    keep: bool = False,
) -> Quantized:
    """Symbols of least squared error + SLOPE * bits, plane by plane of each tile.

    Earlier planes are as they will be coded; of the plane itself, neighbors are as a dead zone leaves
    them. What a symbol does to the contexts of later ones is left out.

    Args:
        coder: its tables give the bits.
        values: coefficients in steps, within MAX_SYMBOL.
        row_bits: what a component costs besides its symbols.
        progress: called with components done and in all.
        held: blocks that hold data; of the others whatever costs least is right. None for all.
        tile: rows and columns of blocks that are coded on their own; None for all together.
        least: components that are kept whatever they are worth.
        jobs: threads, which take a tile each; nothing but time depends on their number.
        worth: times the usual that a bit is worth: above 1 for fewer bits of the same step.
        keep: whether contexts are kept, 10 bytes a symbol.

    Source: rate-distortion optimized quantization as in HEVC's test model (Karczewicz et al. 2008,
    ITU-T VCEG-AH21), here for each symbol alone; of dependent quantization for the symbols of a plane and tile
    together (see `coding.context.trellis`).
    """
    unit = coder.per_step
    slope = worth * (SLOPE if unit == 1 else DEPENDENT_SLOPE)
    grid = TileGrid(*values.shape[2:], *(tile or values.shape[2:]))
    search = TileChoice(coder, values, _start, held, grid, jobs, keep)
    balance, taken = _Balance(), list[float]()
    for component in range(len(values)):
        bits, gain = search.choose(component, slope)
        taken.append(bits)
        if progress is not None:
            progress(component + 1, len(values))
        left = gain - slope * (bits + row_bits)
        if not balance.goes_on(left) and component + 1 >= least:
            break
    seen = search.symbols(len(taken))
    each = 2 * JUDGE + (CHOOSE if unit == 1 else CHOOSE_PATH) + LENGTH + COMMIT + _GAIN
    each += 2 * SURPRISE if coder.surprised else 0
    operations = float(values.size * (DEAD_ZONE + _LEVELS) + seen.size * each)
    found = Quantized(seen, np.array(taken), operations, search.contexts(len(taken)))
    return found.first(max(balance.kept, least))


def zoned(
    coder: ContextCoder,
    values: Float[np.ndarray, "components 16 rows cols"],
    row_bits: float,
    progress: Progress | None = None,
    held: Bool[np.ndarray, "rows cols"] | None = None,
    tile: tuple[int, int] | None = None,
    least: int = 1,
) -> Quantized:
    """As `optimize`, but each symbol by a dead zone alone, as an encoder in integers does it on board."""
    symbols = dead_zone(values)
    if held is not None:
        symbols[..., ~held] = 0
    tall, wide = tile or values.shape[2:]
    bits = np.zeros(len(values))
    for row in range(0, values.shape[2], tall):
        for col in range(0, values.shape[3], wide):
            part = np.ascontiguousarray(symbols[:, :, row : row + tall, col : col + wide])
            levels = ComponentLevels.of_integers(part)
            bits += judge_all(coder, part, levels)[2].sum(axis=(1, 2, 3))
    gain = np.square(values) - np.square(values - symbols)
    worth = gain.sum(axis=(1, 2, 3), dtype=np.float64) - SLOPE * (bits + row_bits)
    balance = _Balance()
    for component, each in enumerate(worth):
        if not balance.goes_on(float(each)) and component + 1 >= least:
            break
    if progress is not None:
        progress(len(values), len(values))
    operations = float(values.size * (DEAD_ZONE + _LEVELS + JUDGE + LENGTH + COMMIT + _GAIN))
    return Quantized(symbols, bits, operations).first(max(balance.kept, least))


def _start(values: Float[np.ndarray, "*n"]) -> Int64[np.ndarray, "*n"]:
    return dead_zone(values, _START)


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
