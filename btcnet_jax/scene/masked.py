"""Numpy's masked arrays, whose mask has an entry a sample, told by pixels and bands."""

import numpy as np
from jaxtyping import Bool


def split_masked(
    masked: Bool[np.ndarray, "rows cols bands"],
) -> tuple[Bool[np.ndarray, "rows cols"], Bool[np.ndarray, " bands"]]:
    """Which pixels have data and which bands are good, where a mask of single samples is given.

    A band without any data is a bad band; a pixel that lacks a sample in any other band counts as
    missing as a whole. Missing pixels keep their values wherever they go, so nothing is lost by that.

    Args:
        masked: as in numpy, True where a sample is missing.

    Returns:
        (rows, cols), True for pixels with data, and (bands,), True for bands with any.
    """
    good = np.logical_not(masked.all(axis=(0, 1)))
    lacking = masked[..., good] if good.any() else masked
    return np.logical_not(lacking.any(axis=2)), good
