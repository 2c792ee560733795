"""Scenes of any band count through a network of one: spectra stretched to its bands, and back.

A published network takes the bands it was trained for and no others. To measure it on other sensors,
spectra are interpolated linearly over the band number, which loses little where the network has more
bands than the scene: at these rates the network's own error is far greater.
"""

import numpy as np
from jaxtyping import Float32, Num


def stretch_bands(
    cube: Num[np.ndarray, "rows cols bands"], bands: int
) -> Float32[np.ndarray, "rows cols stretched"]:
    """Spectra at `bands` places evenly spread from the first band to the last, float32."""
    before = cube.shape[2]
    places = np.linspace(0, before - 1, bands)
    left = np.minimum(places.astype(int), max(before - 2, 0))
    right = np.minimum(left + 1, before - 1)
    share = (places - left).astype(np.float32)
    return cube[:, :, left] * (1 - share) + cube[:, :, right].astype(np.float32) * share


def restore_bands(
    stretched: Num[np.ndarray, "rows cols stretched"], bands: int, dtype: np.dtype
) -> Num[np.ndarray, "rows cols bands"]:
    """The inverse, to the scene's own number of bands and type; integers are rounded and clipped."""
    cube = stretch_bands(stretched, bands)
    if dtype.kind == "f":
        return cube.astype(dtype)
    bounds = np.iinfo(dtype)
    return np.clip(np.rint(cube.astype(np.float64)), bounds.min, bounds.max).astype(dtype)
