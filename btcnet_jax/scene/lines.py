"""Lines of a scene: some at a time, and those that stand, mirrored, behind the last."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

WHOLE_SAMPLES = 1 << 26
"""Samples of a scene that is read as a whole, 512 x 512 x 256. Larger ones are read and compared some lines at
a time, in memory that does not grow with them."""

CODED_SAMPLES = 1 << 23
"""Samples of a scene that is coded as a whole, 256 x 256 x 128: a search takes some 90 bytes of memory for
each. Larger ones are coded and restored some tiles at a time, as well (benchmarks/RESULTS.md)."""

# What files are often cut into.
_CHUNK = 64


def is_large(shape: tuple[int, ...]) -> bool:
    """Whether a scene of this shape is too large to be held."""
    return math.prod(shape) > WHOLE_SAMPLES


def line_blocks(lines: int, at_once: int) -> Iterator[slice]:
    """Slices of at most `at_once` lines that cover a scene, so that no second copy of it is made."""
    for start in range(0, lines, at_once):
        yield slice(start, min(start + at_once, lines))


def block_lines(shape: tuple[int, ...], samples: int) -> int:
    """How many lines of a scene have about so many samples: at least one, and multiples of 64 if it can be."""
    lines = max(1, samples // math.prod(shape[1:]))
    return lines - lines % _CHUNK if lines > _CHUNK else lines


def regrouped(groups: Iterable[np.ndarray], multiple: int) -> Iterator[np.ndarray]:
    """The same lines in groups of multiples of so many, but for the last one."""
    left: list[np.ndarray] = []
    for group in groups:
        waiting = sum(map(len, left))
        taken = (waiting + len(group)) // multiple * multiple - waiting
        if taken <= 0:
            left.append(group)
            continue
        head = group[:taken]
        yield np.concatenate([*left, head]) if left else head
        # A copy, or the whole group would stay as long as its end.
        left = [group[taken:].copy()] if taken < len(group) else []
    if left:
        yield np.concatenate(left)


def mirrored_lines(lines: int, multiple: int) -> list[int]:
    """Which lines stand, mirrored, behind the last one up to a multiple."""
    return np.pad(np.arange(lines), (0, -lines % multiple), mode="symmetric")[lines:].tolist()


def padded_size(rows: int, cols: int, multiple: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns rounded up to multiples."""
    return -(-rows // multiple[0]) * multiple[0], -(-cols // multiple[1]) * multiple[1]
