"""A file of many tiles brought to its rate: some are coded again with the same step, a bit worth more or less.

A pass over all tiles tells exactly what a step comes to. Where that is a little off, another pass with another
step would change little in each tile and cost as much as the first. So a few tiles give or take the
bytes instead: near the worth of least error the error hardly depends on it.
"""

import math
from collections.abc import Callable, Iterable, Sequence

from btcnet_jax.codec.spool import TileSpool
from btcnet_jax.container.container import Section

# Shares of a budget: aimed at, and enough.
_GOAL, _ENOUGH = 0.996, 0.99
# Logarithms of sizes: by how much a file may be too small and too large, and by how much a tile is changed,
# about. A bit that is worth more than usual with a finer step is as good, one that is worth less is not.
_SMALL, _LARGE, _CHANGE = 0.03, 0.06, 0.08
# A tile's size falls with about this power of what a bit is worth; how far that may be off.
_POWER, _OFF = 0.23, 2.0
_ROUNDS = 3

Recode = Callable[[Sequence[int], float], Iterable[tuple[int, Section]]]
"""Codes tiles of these numbers again, with a bit worth so many times the usual; gives numbers and tiles."""


def correct_rate(
    spool: TileSpool,
    beside: int,
    budget: int | float,
    order: Sequence[int],
    recode: Recode,
) -> int:
    """Codes some tiles again where a file is a little too large, or takes less of its budget than it might.

    Args:
        spool: all tiles of the file, which are replaced there.
        beside: bytes of the file beside them.
        budget: bytes that it may have.
        order: of all tiles' numbers: which of them to take first.
        recode: codes tiles again.

    Returns:
        How many tiles were coded again; where the file is not within its budget then, another step must do it.
    """
    left, power, count = list(order), _POWER, 0
    for turn in range(_ROUNDS):
        sizes = spool.sizes
        missing = math.log(_GOAL * budget / (beside + sum(sizes)))
        too_far = not (turn or -_LARGE < missing < _SMALL)
        if _is_met(spool, beside, budget) or too_far or not left:
            break
        chosen, change = _chosen(left, sizes, missing * (beside + sum(sizes)))
        for number, tile in recode(chosen, math.exp(-change / power)):
            spool.replace(number, tile)
            count += 1
            if _is_met(spool, beside, budget):
                return count
        before, after = (sum(each[number] for number in chosen) for each in (sizes, spool.sizes))
        seen = math.log(max(after, 1) / max(before, 1)) / change
        power *= min(max(seen, 1 / _OFF), _OFF)
        left = [number for number in left if number not in chosen]
    return count


def _is_met(spool: TileSpool, beside: int, budget: int | float) -> bool:
    return _ENOUGH * budget <= beside + sum(spool.sizes) <= budget


def _chosen(left: list[int], sizes: list[int], wanted: float) -> tuple[list[int], float]:
    """The first tiles that can give or take so many bytes, sorted; and the change of each, as a logarithm."""
    chosen, together = list[int](), 0
    for number in left:
        chosen.append(number)
        together += sizes[number]
        if together * _CHANGE >= abs(wanted):
            break
    change = wanted / max(together, 1)
    return sorted(chosen), min(max(change, -_CHANGE), _CHANGE)
