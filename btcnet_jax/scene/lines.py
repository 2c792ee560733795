"""Lines of a scene: some at a time, and those that stand, mirrored, behind the last."""

from collections.abc import Iterator

import numpy as np


def line_blocks(lines: int, at_once: int) -> Iterator[slice]:
    """Slices of at most `at_once` lines that cover a scene, so that no second copy of it is made."""
    for start in range(0, lines, at_once):
        yield slice(start, min(start + at_once, lines))


def mirrored_lines(lines: int, multiple: int) -> list[int]:
    """Which lines stand, mirrored, behind the last one up to a multiple."""
    return np.pad(np.arange(lines), (0, -lines % multiple), mode="symmetric")[lines:].tolist()


def padded_size(rows: int, cols: int, multiple: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns rounded up to multiples."""
    return -(-rows // multiple[0]) * multiple[0], -(-cols // multiple[1]) * multiple[1]
