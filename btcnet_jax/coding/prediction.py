"""Integers predicted from their neighbor, which may count in other steps."""

import numpy as np
from jaxtyping import Int64

_Integers = Int64[np.ndarray, "..."] | np.int64


def predict_scaled(before: _Integers, shift: _Integers) -> _Integers:
    """The neighbors' symbols in steps that are 2**shift times finer; halves round up.

    Args:
        before: symbols of the band before, of one row or of several.
        shift: of each band.
    """
    coarser = np.maximum(-shift, 0)
    return ((before << np.maximum(shift, 0)) + (1 << coarser >> 1)) >> coarser
