"""What HDF5 and NetCDF say of a cube and of the arrays beside it, under the names that they give them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.numbers import Tag
from data_pipeline.readers.attributes import nodata_attribute
from data_pipeline.readers.axes import AxisOrder
from data_pipeline.readers.calibration import CF_NAMES, cf_calibration
from data_pipeline.readers.coordinates import control_points, is_places, transform_of
from data_pipeline.readers.left_out import sized
from data_pipeline.readers.sides import (
    BAD_BANDS_NAMES,
    BAND_LISTS,
    WAVELENGTH_NAMES,
    side_name,
)
from data_pipeline.readers.tags import as_text, tags_of
from data_pipeline.readers.variable import Variable

_ARRAYS_OF = {
    "wavelengths": WAVELENGTH_NAMES,
    "fwhm": ("fwhm",),
    "band_mask": BAD_BANDS_NAMES,
    "band_names": ("band_names",),
}
_USUAL_NODATA = "_FillValue"
# Of all arrays along an axis, and entries of one; damaged files claim more.
_MOST_BYTES, _LONGEST = 1 << 25, 1 << 20


def cube_parts(
    path: Path,
    attributes: Mapping[str, Any],
    dims: Sequence[str],
    order: AxisOrder,
    bands: int,
    dtype: np.dtype,
) -> tuple[dict[str, Any], list[str]]:
    """What a cube's own attributes and dimensions say, as keyword arguments of a scene.

    Args:
        path: the file.
        attributes: of the cube.
        dims: names of its three stored axes, empty where they have none.
        order: stored axes of rows, columns and bands.
        bands: of the cube.
        dtype: of its samples.

    Returns:
        scale, offset, units, axes, names and part_tags, each where known; and what is not kept, in words.
    """
    known: dict[str, Any] = cf_calibration(attributes, bands)
    taken = {CF_NAMES[field] for field in known}
    units = attributes.get("units")
    if isinstance(units, (bytes, str)):
        known["units"] = as_text(units)
        taken.add("units")
    names = {axis: dims[stored] for axis, stored in zip(AXES, order, strict=True) if dims[stored]}
    if nodata := nodata_attribute(attributes, dtype, path):
        taken.add(nodata)
        names |= {} if nodata == _USUAL_NODATA else {"nodata": nodata}
    lists = {
        name
        for name, value in attributes.items()
        if side_name(name) in BAND_LISTS and np.size(value) == bands
    }
    tags, lost = tags_of(attributes, taken | lists)
    known["axes"] = tuple(AXES[order.index(stored)] for stored in range(3))
    known["names"] = names
    known["part_tags"] = {"cube": tags} if tags else {}
    return known, [f"attribute {name}" for name in lost]


def side_parts(
    variables: Mapping[str, Variable], known: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, dict[str, Tag]]]:
    """What arrays that describe the cube are called, and their attributes, by field of the scene.

    Args:
        variables: those that were read, by `side_name`.
        known: the facts that came of them.
    """
    names, tags = {}, {}
    for field, candidates in _ARRAYS_OF.items():
        name = next((name for name in candidates if name in variables), None)
        if name is None or known.get(field) is None:
            continue
        names[field] = variables[name].last
        if told := tags_of(variables[name].attributes)[0]:
            tags[field] = told
    return names, tags


def beside_parts(
    variables: Sequence[Variable],
    sizes: Mapping[str, int],
    dims: Mapping[str, str],
    known: Mapping[str, Any],
) -> tuple[dict[str, Any], list[str]]:
    """What all other arrays beside a cube say of it: those along one axis are kept, others are told.

    Args:
        variables: all others.
        sizes: of the cube's rows, cols and bands.
        dims: names of its axes, as far as known.
        known: of the scene so far; a transform or control points found here go behind those.

    Returns:
        axis_arrays, part_tags, and transform or gcps with their crs where arrays of places tell them; and
        what is not kept, in words.
    """
    arrays: dict[str, dict[str, np.ndarray]] = {}
    tags: dict[str, dict[str, Tag]] = {}
    left, free = [], _MOST_BYTES
    for variable in variables:
        axis = _axis_of(variable, sizes, dims)
        named = arrays.get(axis, {}) if axis else {}
        size = 0 if axis is None else variable.shape[0] * variable.dtype.itemsize
        if axis is None or variable.last in named or size > free:
            left.append(variable)
            continue
        free -= size
        arrays.setdefault(axis, {})[variable.last] = variable.read()
        if told := tags_of(variable.attributes)[0]:
            tags[f"{axis}:{variable.last}"] = told
    found: dict[str, Any] = {"axis_arrays": arrays, "part_tags": tags}
    placed = known.get("transform") is not None or known.get("gcps") is not None
    if not placed and (transform := transform_of(arrays, tags)) is not None:
        found["transform"] = transform
    elif not placed:
        found |= control_points([v for v in left if is_places(v.last)], sizes)
    points = len(found.get("gcps") or ())
    told_points = f", but for {points} of its places as control points" if points else ""
    return found, [
        sized(v.name, v.shape) + (told_points if is_places(v.last) else "") for v in left
    ]


def _axis_of(variable: Variable, sizes: Mapping[str, int], dims: Mapping[str, str]) -> str | None:
    """The axis of the cube along which a list of numbers lies."""
    if len(variable.shape) != 1 or variable.dtype.kind not in "iuf" or variable.dtype.itemsize > 8:
        return None
    if variable.shape[0] > _LONGEST:
        return None
    named = {name: axis for axis, name in dims.items()}
    dim = variable.dims[0] or (variable.last if variable.last in named else "")
    if dim and named:
        axis = named.get(dim)
        return axis if axis is not None and sizes[axis] == variable.shape[0] else None
    fitting = [axis for axis in AXES if sizes[axis] == variable.shape[0]]
    return fitting[0] if len(fitting) == 1 else None
