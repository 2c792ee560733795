"""How a window of blocks is cut into the tiles that a network computes on, with what it sees around each."""

import itertools
import math
from typing import NamedTuple

# Sides are rounded up to this, so that few shapes are compiled.
_ROUND = 8


class Span(NamedTuple):
    """A tile along one axis.

    Attributes:
        wanted: blocks of the window that it gives.
        start: first block that the network sees, counted as these.
        frame: first block of the frame, counted from `start`.
    """

    wanted: slice
    start: int
    frame: int


class Axis(NamedTuple):
    """All tiles along one axis.

    Attributes:
        spans: of the tiles.
        length: blocks that the network sees of each.
        frame: blocks of each one's frame.
    """

    spans: list[Span]
    length: int
    frame: int


def plan(
    shape: tuple[int, int], wanted: tuple[slice, slice], reach: int, frame: int, most: int
) -> tuple[Axis, Axis]:
    """Rows and columns of the tiles that take the least work.

    Args:
        shape: rows and columns of the window: it ends `reach` blocks beside what is wanted, or with the scene.
        wanted: rows and columns of it.
        reach, frame: blocks around a tile that the network and its frame see.
        most: blocks that the network sees of a tile at once, where it must not be more.
    """
    down, across = (_axes(*each, reach, frame, most) for each in zip(shape, wanted, strict=True))
    pairs = [*itertools.product(down, across)]
    few = [(a, b) for a, b in pairs if a.length * b.length <= most]
    return min(few or pairs[-1:], key=_work)


def _work(axes: tuple[Axis, Axis]) -> tuple[int, int]:
    count = math.prod(len(axis.spans) for axis in axes)
    seen, framed = (math.prod(sizes) for sizes in zip(*(axis[1:] for axis in axes), strict=True))
    # The network's work is about as much on the frame as before it.
    return count * (seen + framed), count


def _axes(length: int, wanted: slice, reach: int, frame: int, most: int) -> list[Axis]:
    """By the number of tiles, from one on until each is as small as is useful."""
    size = wanted.stop - wanted.start
    least = max(math.isqrt(most) - 2 * reach, 1) // 2 + 1
    return [_axis(length, wanted, -(-size // n), reach, frame) for n in range(1, size // least + 2)]


def _axis(length: int, wanted: slice, step: int, reach: int, frame: int) -> Axis:
    spans = [
        slice(start, min(start + step, wanted.stop))
        for start in range(wanted.start, wanted.stop, step)
    ]
    seen, framed = (
        _rounded(max(min(s.stop + far, length) - max(s.start - far, 0) for s in spans))
        for far in (reach, frame)
    )
    starts = [max(span.start - reach, 0) for span in spans]
    inner = [
        min(max(span.start - frame, 0) - start, seen - framed)
        for span, start in zip(spans, starts, strict=True)
    ]
    return Axis([*map(Span, spans, starts, inner)], seen, framed)


def _rounded(blocks: int) -> int:
    return blocks + -blocks % _ROUND
