"""Chunks that code badly: each has a spectral basis of its own, which small ones and few bands do not pay for.

The measurement is in docs/ARRAYS.md; `benchmarks/chunk_shapes.py` repeats it.
"""

import math
from typing import NamedTuple

GOOD_SIDE = 256
"""Rows and columns of chunks that cost next to nothing."""
LEAST_PIXELS = 64 * 64
"""Chunks of 64 x 64 pixels lose 0.13 dB of PSNR against 128 x 128, of 32 x 32 0.49 dB."""


class Shape(NamedTuple):
    """Of an array or a chunk."""

    rows: int
    cols: int
    bands: int


def better_chunks(array: Shape, chunk: Shape) -> tuple[str, Shape] | None:
    """Why chunks are a bad idea, and better ones; None where they are good.

    Args:
        array: of all.
        chunk: of one.
    """
    good = Shape(min(array.rows, GOOD_SIDE), min(array.cols, GOOD_SIDE), array.bands)
    if chunk.bands < array.bands:
        share = f"{chunk.bands} of {array.bands} bands"
        return f"what bands share is coded again in each of these chunks, of {share}", good
    few = min(LEAST_PIXELS, math.prod(array[:2]))
    if chunk.rows * chunk.cols < few:
        pixels = f"{chunk.rows} x {chunk.cols} pixels"
        return f"each of these chunks, of {pixels}, carries a spectral basis of its own", good
    return None
