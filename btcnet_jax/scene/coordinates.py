"""Coordinates of pixels that a map tells: those of their centers along each axis."""

import numpy as np
from jaxtyping import Float64

Transform = tuple[float, float, float, float, float, float]
"""Of a scene: a, b, c, d, e, f."""


def centers(start: float, step: float, count: int) -> Float64[np.ndarray, " _"]:
    """Centers of pixels along an axis of a map.

    Args:
        start: coordinate of the first pixel's edge.
        step: from a pixel to the next.
        count: of pixels.
    """
    return start + step * (np.arange(count) + 0.5)


def centers_along(
    axis: str, transform: Transform | None, count: int
) -> Float64[np.ndarray, " _"] | None:
    """Those of rows or columns; None where there is no map, or one whose axes are turned."""
    if transform is None or axis not in ("rows", "cols"):
        return None
    a, b, c, d, e, f = transform
    if (b, d) != (0, 0):
        return None
    return centers(f, e, count) if axis == "rows" else centers(c, a, count)
