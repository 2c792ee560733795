"""A compressed scene as a data set of xarray: what a NetCDF file of it would hold, its samples not yet read."""

from typing import Any, NamedTuple

import numpy as np
import xarray
from xarray.core.indexing import LazilyIndexedArray

from btcnet_arrays.fill_value import FillValue, fill_value_of
from btcnet_arrays.lazy_array import LazyArray, Reader, Samples, Valid
from btcnet_arrays.scene_file import SceneFile
from btcnet_jax.container.tile_grid import SIDE
from btcnet_jax.scene import Scene
from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.numbers import Tag
from btcnet_jax.scene.scene import usable_nodata
from data_pipeline.writers.attributes import NODATA, attribute_values
from data_pipeline.writers.netcdf_contents import Contents, contents_of

LEAST_CHUNK = 256
"""Least rows and columns of chunks: to restore one takes what is around it, by tiles of 128 twice the work."""
_VALID = "valid"


class Encoded(NamedTuple):
    """A data set to which conventions are not yet applied.

    Attributes:
        dataset: of which the samples are not read.
        cube: the name of its cube.
        coordinates: variables that go with the cube where that is taken alone.
    """

    dataset: xarray.Dataset
    cube: str
    coordinates: list[str]


def encoded_dataset(file: SceneFile) -> Encoded:
    """The data set as a NetCDF file would hold it: samples as they are, conventions not yet applied.

    Missing samples hold `_FillValue`, whatever they hold in the scene. Where no value is free for that, the
    variable `valid` tells them.

    Args:
        file: of the scene.

    Raises:
        FileFormatError: what the file says of its scene is damaged.
    """
    opened = file.opened
    nodata = usable_nodata(opened.info.nodata, opened.dtype)
    # Of the samples, names and attributes need shape and type alone: this takes no memory.
    known = opened.info.info() | {"nodata": nodata}
    outline = Scene(values=np.broadcast_to(np.zeros((), opened.dtype), opened.shape), **known)
    contents, fill = contents_of(outline), fill_value_of(file.facts, nodata)
    variables = {
        name: xarray.Variable(each.dims, each.data, _attributes(each.attributes, each.data.dtype))
        for name, each in contents.variables.items()
    }
    cube = _lazy(Samples(file, fill), file, contents)
    cube.attrs.update(_cube_attributes(contents, outline, fill))
    variables[contents.names.cube] = cube
    if file.facts.missing is not None and not fill.is_free:
        variables[_VALID] = _lazy(Valid(file), file, contents)
        cube.attrs["ancillary_variables"] = _VALID
    dataset = xarray.Dataset(variables, attrs=_attributes(contents.attributes, None))
    name = contents.names.cube
    return Encoded(dataset, name, _coordinates(variables, name))


def _coordinates(variables: dict[str, xarray.Variable], cube: str) -> list[str]:
    """What lies along the cube's axes or places it, and goes with the cube where that is taken alone."""
    dims, grid = set(variables[cube].dims), variables[cube].attrs.get("grid_mapping")
    along = [
        name
        for name, variable in variables.items()
        if name not in (cube, _VALID) and variable.dims and set(variable.dims) <= dims
    ]
    return [*along, *([grid] if grid in variables else [])]


def _lazy(read: Reader, file: SceneFile, contents: Contents) -> xarray.Variable:
    shape = file.opened.shape
    array = LazilyIndexedArray(LazyArray(read, shape, contents.order))
    variable = xarray.Variable(tuple(contents.dims), array)
    tiles, sides = file.opened.file.tiles, dict(zip(AXES, shape, strict=True))
    if tiles is not None:
        grid = tiles.grid
        sides |= {"rows": _side(SIDE * grid.tile_rows), "cols": _side(SIDE * grid.tile_cols)}
    variable.encoding["preferred_chunks"] = {
        name: min(sides[axis], size)
        for (name, size), axis in zip(contents.dims.items(), contents.order, strict=True)
    }
    return variable


def _side(tile: int) -> int:
    """Rows or columns of a chunk: those of so many tiles that their surroundings weigh little."""
    return tile * -(-LEAST_CHUNK // tile)


def _cube_attributes(contents: Contents, outline: Scene, fill: FillValue) -> dict[str, Any]:
    attributes = _attributes(contents.cube, outline.values.dtype)
    named = outline.names.get("nodata", NODATA)
    if fill.value is None or outline.nodata is None or fill.value != outline.nodata:
        attributes.pop(named, None)
        attributes.pop(NODATA, None)
        if fill.value is not None:
            attributes[NODATA] = fill.value
    return attributes


def _attributes(tags: dict[str, Tag], dtype: np.dtype | None) -> dict[str, Any]:
    """As readers of NetCDF give them: one number is no array."""
    return {
        name: value.reshape(-1)[0] if isinstance(value, np.ndarray) and value.size == 1 else value
        for name, value in attribute_values(tags, dtype)
    }
