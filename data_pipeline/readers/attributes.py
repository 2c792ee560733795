"""Attributes of HDF5 and NetCDF that say which samples are missing, and what the axes are called."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.errors import DataWarning
from btcnet_jax.scene.numbers import Numbers
from btcnet_jax.scene.scene import usable_nodata
from data_pipeline.readers.tags import as_text

# In the order in which they are asked; the last is NEON's and ENVI's word for it.
_NODATA = ("_fillvalue", "missing_value", "data_ignore_value")
# NEON's word comes first, xarray's and zarr's after it.
_AXES = ("dimension_labels", "dimension_names", "_array_dimensions", "dims", "axes", "axis_names")


def declared_nodata(attributes: Mapping[str, Any], dtype: np.dtype) -> int | float | None:
    """The first value that an attribute gives for missing samples and that the type can hold.

    Args:
        attributes: of the cube, by name in whatever case; a single number, as a text too.
        dtype: of the samples.
    """
    return next(iter(_declared(attributes, dtype).values()), None)


def nodata_attribute(attributes: Mapping[str, Any], dtype: np.dtype, path: Path) -> str | None:
    """The name of the attribute that `declared_nodata` takes; None where there is none.

    Warns:
        DataWarning: another one gives another value, whose samples count as data.
    """
    declared = _declared(attributes, dtype)
    name = next(iter(declared), None)
    for other, value in declared.items():
        if Numbers.of(float(value)) != Numbers.of(float(declared[name or ""])):
            text = f"{path}: {other} {value} differs from {name}, so samples of that value count as data"
            warnings.warn(text, DataWarning, stacklevel=2)
    return name


def _declared(attributes: Mapping[str, Any], dtype: np.dtype) -> dict[str, int | float]:
    """Usable values by the attributes' names as they are spelled, the first one first."""
    spelled = {name.lower(): name for name in attributes}
    found = {}
    for name in filter(spelled.__contains__, _NODATA):
        value = usable_nodata(_number(attributes[spelled[name]]), dtype)
        if value is not None:
            found[spelled[name]] = value
    return found


def axis_names(dimensions: Sequence[str], attributes: Mapping[str, Any]) -> list[str]:
    """The names of a cube's three axes: those of its dimensions, else those that an attribute lists.

    Args:
        dimensions: the dimensions' names, empty where they have none.
        attributes: of the cube, by name in whatever case.

    Returns:
        Three names, empty where unknown. NEON's attribute Interleave does not count: it says BSQ of cubes
        that lie with bands last.
    """
    told = {name.lower(): value for name, value in attributes.items()}
    if not any(dimensions):
        for name in _AXES:
            value = told.get(name, "")
            words = as_text(value).strip("()[] ").split(",")
            if len(words) == 3:
                return [word.strip(" '\"") for word in words]
    return list(dimensions)


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
