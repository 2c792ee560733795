"""Masks of data: an entry a pixel, or a sample where bands differ."""

import numpy as np
from jaxtyping import Bool

Mask = Bool[np.ndarray, "..."]
"""(rows, cols) or (rows, cols, bands), True for data."""


def data_mask(missing: Bool[np.ndarray, "rows cols bands"]) -> Mask:
    """The mask of data of numpy's mask, which is True where a sample is missing.

    Returns:
        (rows, cols) where all bands are alike, else (rows, cols, bands).
    """
    alike = bool((missing == missing[..., :1]).all())
    return np.logical_not(missing[..., 0] if alike else missing)


def joined(one: Mask | None, other: Mask | None) -> Mask | None:
    """Data by both masks; None stands for all."""
    if one is None or other is None:
        return other if one is None else one
    if one.ndim != other.ndim:
        one, other = (mask if mask.ndim == 3 else mask[..., None] for mask in (one, other))
    return one & other
