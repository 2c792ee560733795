"""Scale and offset of samples: a physical value is scale x sample + offset. Samples stay as they are.

Sources: "CF conventions 1.11", section 8.1 (scale_factor, add_offset); GDAL's raster data model; NV5
Geospatial, "ENVI header files" (data gain values, data offset values).
"""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from btcnet_jax.errors import DataWarning

CF_NAMES = {"scale": "scale_factor", "offset": "add_offset"}
"""Attributes of CF by field of a scene. Others' names that differ in their letters mean other things: NEON's
Scale_Factor divides."""
_NEUTRAL = {"scale": 1.0, "offset": 0.0}


def per_band(values: Any, bands: int) -> Float[np.ndarray, " bands"] | None:
    """Numbers of a file as a float a band; None unless it is one for all, or one a band.

    Args:
        values: numbers of any type, one or several; floats of 32 bits stay such.
        bands: of the cube.
    """
    numbers = np.ravel(np.asarray(values))
    if numbers.dtype.kind not in "iuf" or numbers.size not in (1, bands):
        return None
    floats = numbers.astype(np.float32 if numbers.dtype == np.float32 else np.float64)
    return np.ascontiguousarray(np.broadcast_to(floats, (bands,)))


def cf_calibration(attributes: Mapping[str, Any], bands: int) -> dict[str, Any]:
    """scale and offset of a variable's attributes, each where it has one or one a band."""
    found = {
        field: per_band(attributes[name], bands)
        for field, name in CF_NAMES.items()
        if name in attributes
    }
    return {field: values for field, values in found.items() if values is not None}


def raster_calibration(
    scales: Sequence[float], offsets: Sequence[float], units: Sequence[str | None], path: Path
) -> dict[str, Any]:
    """scale, offset and units of what GDAL tells of each band; it tells 1 and 0 where there is none.

    Args:
        scales, offsets, units: an entry a band.
        path: the file, for the warning.

    Warns:
        DataWarning: bands have several units, and a scene has one.
    """
    known: dict[str, Any] = {}
    for field, values in (("scale", scales), ("offset", offsets)):
        if any(value != _NEUTRAL[field] for value in values):
            known[field] = np.array(values, np.float64)
    told = set(units)
    if len(told) > 1:
        words = ", ".join(sorted({unit or "none" for unit in units})[:4])
        text = (
            f"{path}: its bands have several units ({words}), which are not kept: a scene has one"
        )
        warnings.warn(text, DataWarning, stacklevel=3)
    elif unit := next(iter(told), None):
        known["units"] = unit
    return known
