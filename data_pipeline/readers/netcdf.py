"""Classic NetCDF (version 3), which is not HDF5, through scipy."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.io import netcdf_file, netcdf_variable

from btcnet_jax.errors import DataError
from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.scene import SceneSource, check_cube
from data_pipeline.readers.attributes import declared_nodata
from data_pipeline.readers.axes import AxisOrder, settle_axes, stored_window
from data_pipeline.readers.band_axis import sampled, spread_index
from data_pipeline.readers.cf import map_facts, named_map
from data_pipeline.readers.choose import Entry, choose_variable
from data_pipeline.readers.left_out import warn_of_left_out
from data_pipeline.readers.parts import beside_parts, cube_parts, side_parts
from data_pipeline.readers.sides import band_lengths, is_side, side_facts, side_name
from data_pipeline.readers.tags import tags_of
from data_pipeline.readers.variable import Variable


class _Stored(NamedTuple):
    """What is said of one variable: its entry, type, dimension names and attributes."""

    entry: Entry
    dtype: np.dtype
    dimensions: tuple[str, ...]
    attributes: dict[str, Any]


def open_classic_netcdf(path: Path, variable: str | None, axes: AxisOrder | None) -> SceneSource:
    """Opens a classic NetCDF file; rules and errors are those of `open_hdf5`."""
    variables, sides, tags = _contents(path)
    name = choose_variable({key: found.entry for key, found in variables.items()}, variable, path)
    stored = variables[name]
    check_cube(stored.entry.shape, stored.dtype, f"{path}, {name}")
    shape, nodata = stored.entry.shape, declared_nodata(stored.attributes, stored.dtype)
    order = settle_axes(
        shape,
        path,
        asked=axes,
        names=stored.dimensions,
        lengths=band_lengths(sides),
        sample=lambda: sampled(_read_index(path, name, spread_index(shape)), nodata),
        strict=True,
    )
    facts = {"nodata": nodata, **side_facts(sides, order, shape, stored.dtype, path)}
    facts, left = _with_parts(path, variables, name, order, facts)
    facts["tags"], lost = tags_of(tags)
    warn_of_left_out(path, [*left, *(f"attribute {each}" for each in lost)])
    return SceneSource(
        name=path.stem,
        variable=name,
        shape=tuple(shape[axis] for axis in order),
        dtype=stored.dtype,
        read_window=partial(_read_window, path, name, order),
        **facts,
    )


def _with_parts(
    path: Path,
    variables: Mapping[str, _Stored],
    name: str,
    order: AxisOrder,
    facts: dict[str, Any],
) -> tuple[dict[str, Any], list[str]]:
    """The facts, with what the cube's attributes, its map and all other variables say; and what is left out."""
    stored = variables[name]
    shape, dims = stored.entry.shape, stored.dimensions
    own, lost = cube_parts(path, stored.attributes, dims, order, shape[order[2]], stored.dtype)
    map_variable = named_map(stored.attributes, variables)
    mapped = (
        {} if map_variable is None else map_facts(map_variable, variables[map_variable].attributes)
    )
    beside = {
        key: Variable(
            *(key, each.dimensions, each.entry.shape, each.dtype, each.attributes),
            partial(_read_index, path, key, ...),
        )
        for key, each in variables.items()
        if key not in (name, map_variable)
    }
    sides = {side_name(key): each for key, each in beside.items() if is_side(key)}
    others = [each for key, each in beside.items() if not is_side(key)]
    sizes = {axis: shape[at] for axis, at in zip(AXES, order, strict=True)}
    named = {axis: dims[at] for axis, at in zip(AXES, order, strict=True)}
    found, left = beside_parts(others, sizes, named, {**mapped, **facts})
    names, tags = side_parts(sides, facts)
    dicts = {
        "names": {**own["names"], **mapped.get("names", {}), **names},
        "part_tags": {
            **own["part_tags"],
            **mapped.get("part_tags", {}),
            **tags,
            **found.pop("part_tags"),
        },
    }
    return {**own, **found, **mapped, **facts, **dicts}, [*lost, *left]


def _contents(path: Path) -> tuple[dict[str, _Stored], dict[str, np.ndarray], dict[str, Any]]:
    """All variables described, copies of those beside the cube, and the file's own attributes.

    Nothing given out, nor any local name, refers to the file's map: it could not be closed then.
    """
    with _opened(path) as file:
        return (
            {name: _described(variable) for name, variable in file.variables.items()},
            {
                side_name(name): np.array(variable.data)
                for name, variable in file.variables.items()
                if is_side(name)
            },
            deepcopy(file._attributes),
        )


def _described(variable: netcdf_variable) -> _Stored:
    return _Stored(
        Entry.of(variable.data),
        variable.data.dtype.newbyteorder("="),
        variable.dimensions,
        deepcopy(variable._attributes),
    )


@contextmanager
def _opened(path: Path) -> Iterator[netcdf_file]:
    with warnings.catch_warnings(), path.open("rb") as raw:
        # What scipy says of a map it gives up half-way, as it does on a damaged file.
        warnings.filterwarnings("ignore", "Cannot close a netcdf_file", RuntimeWarning)
        try:
            with netcdf_file(raw, mmap=True) as file:
                yield file
            return
        except (OSError, ValueError, LookupError) as error:
            reason = str(error)
    # Out here, where scipy's error and the map it holds on to are gone.
    raise DataError(f"{path}: not a whole NetCDF file ({reason}); copy it again or export it anew")


def _read_window(path: Path, name: str, order: AxisOrder, rows: slice, cols: slice) -> np.ndarray:
    return _read_index(path, name, stored_window(order, rows, cols)).transpose(order)


def _read_index(path: Path, name: str, index: Any) -> np.ndarray:
    with _opened(path) as file:
        # Copied out: the map ends with the file.
        return np.array(file.variables[name].data[index])
