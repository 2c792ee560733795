"""Cutting a latent into overlapping tiles that are decoded jointly, and where their results are joined.

A partition depends on the sizes alone, so that every machine restores a file in the same tiles.
"""

from itertools import pairwise
from typing import NamedTuple

TILE_SIDE = 64
"""Latents in rows and in columns that are decoded jointly at most."""

# Of neighbors; each gives half of it away. What a decoder does at a tile's edge, for want of what
# lies beyond, has faded there.
_LEAST_OVERLAP = 12


class Span(NamedTuple):
    """One tile along one axis, in latents.

    Attributes:
        start: its first latent.
        stop: the one after its last.
        kept_start: the first whose restoration is taken from this tile.
        kept_stop: the one after the last.
    """

    start: int
    stop: int
    kept_start: int
    kept_stop: int


def tile_spans(size: int, multiple: int) -> list[Span]:
    """Tiles along an axis of `size` latents: as long as each other, evenly spread, joined amid their overlaps.

    Args:
        size: a multiple of `multiple`.
        multiple: what starts and joints are multiples of; it divides `TILE_SIDE`.
    """
    length = min(TILE_SIDE, size)
    count = 1 + -(-(size - length) // (TILE_SIDE - _LEAST_OVERLAP))
    free = (size - length) // multiple
    starts = [multiple * (index * free // max(1, count - 1)) for index in range(count)]
    overlap_middles = [
        multiple * ((before + length + after) // (2 * multiple))
        for before, after in pairwise(starts)
    ]
    joints = [0, *overlap_middles, size]
    return [
        Span(start, start + length, *kept)
        for start, kept in zip(starts, pairwise(joints), strict=True)
    ]
