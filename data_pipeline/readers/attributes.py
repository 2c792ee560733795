"""Attributes of HDF5 and NetCDF that say which samples are missing."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from btcnet_jax.scene.scene import usable_nodata
from data_pipeline.readers.tags import as_text

# In the order in which they are asked; the last is NEON's and ENVI's word for it.
_NODATA = ("_fillvalue", "missing_value", "data_ignore_value")


def declared_nodata(attributes: Mapping[str, Any], dtype: np.dtype) -> int | float | None:
    """The first value that an attribute gives for missing samples and that the type can hold.

    Args:
        attributes: of the cube, by name in whatever case; a single number, as a text too.
        dtype: of the samples.
    """
    declared = {name.lower(): value for name, value in attributes.items()}
    for name in _NODATA:
        nodata = usable_nodata(_number(declared.get(name)), dtype)
        if nodata is not None:
            return nodata
    return None


def _number(value: Any) -> int | float | None:
    if isinstance(value, (bytes, str)):
        try:
            return float(as_text(value))
        except ValueError:
            return None
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "iuf":
        return None
    number: int | float = array.ravel()[0].item()
    return number
