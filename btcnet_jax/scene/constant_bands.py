"""Bands that hold one value throughout a scene: they need no coding, and no figure is of them."""

import numpy as np
from jaxtyping import Bool, Num


def find_varying(cube: Num[np.ndarray, "rows cols bands"]) -> Bool[np.ndarray, " bands"]:
    """True for the bands that hold more than one value; NaN throughout is one value.

    Args:
        cube: at least one pixel; read line by line, so that no mask of its size is made.
    """
    first = cube[0, 0]
    missing = np.isnan(first)
    varying = np.zeros(cube.shape[2], dtype=bool)
    for line in cube:
        differs = line != first
        if missing.any():
            differs &= ~(missing & np.isnan(line))
        varying |= differs.any(axis=0)
    return varying
