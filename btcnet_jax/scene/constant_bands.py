"""Bands that hold one value throughout a scene: they need no coding, and no figure is of them."""

import numpy as np
from jaxtyping import Bool, Num

from btcnet_jax.scene.missing_samples import Missing


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


def find_constants(
    cube: Num[np.ndarray, "rows cols bands"], missing: Missing | None
) -> tuple[Bool[np.ndarray, " bands"], Num[np.ndarray, " bands"]]:
    """Which bands hold more than one value among their data, and the first value of each; 0 of no data."""
    if missing is None:
        return find_varying(cube), cube[0, 0]
    varying, first = np.zeros(cube.shape[2], dtype=bool), np.zeros(cube.shape[2], cube.dtype)
    for present, bands in missing.groups():
        if present.any():
            row, col = np.argwhere(present)[0]
            first[bands] = cube[row, col, bands]
            for line, there in zip(cube, present, strict=True):
                varying[bands] |= (line[there][:, bands] != first[bands]).any(axis=0)
    return varying, first
