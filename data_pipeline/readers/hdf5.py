"""HDF5 and what is built on it: NetCDF 4 and MATLAB 7.3. Classic NetCDF, no HDF5, is sent on."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.scene import SceneSource, check_cube
from data_pipeline.readers.attributes import axis_names, declared_nodata
from data_pipeline.readers.axes import AS_STORED, REVERSED, AxisOrder, settle_axes
from data_pipeline.readers.band_axis import sampled, spread_index
from data_pipeline.readers.cf import cf_place, map_name
from data_pipeline.readers.choose import choose_variable
from data_pipeline.readers.claims import worth_reading
from data_pipeline.readers.hdf5_file import (
    dataset_source,
    dimension_name,
    entry_of,
    list_datasets,
    opened,
    read_attributes,
)
from data_pipeline.readers.layouts import HDF5_LAYOUTS
from data_pipeline.readers.left_out import groups_of, warn_of_left_out
from data_pipeline.readers.parts import beside_parts, side_parts
from data_pipeline.readers.sides import BAND_LISTS, band_lengths, is_side, side_facts, side_name
from data_pipeline.readers.variable import Variable

_MOST = 1 << 20  # Entries of a list of bands that is worth reading; damaged files claim more.


def open_hdf5(path: Path, variable: str | None, axes: AxisOrder | None) -> SceneSource:
    """Opens an HDF5, NetCDF or MATLAB 7.3 file; windows are read from disk as they are asked for.

    Publishers' layouts are known by their groups (`layouts`). Else axes come out as (rows, cols,
    bands): reversed for arrays written by MATLAB, which stores them so (attribute MATLAB_class); by
    the names of dimensions (band, y, samples) or an attribute that lists them; band axis last where as
    many wavelengths lie beside it; else as stored, unless the samples contradict that. Datasets beside
    the cube, in whatever group, describe it: see `side_facts`; its attributes say nodata and the rest.

    Args:
        path: the file.
        variable: a dataset's path inside the file ("group/cube"), or None for the only cube.
        axes: the order that the user names, or None.

    Raises:
        DataError: not such a file, damaged, no such variable, not exactly one possible array, a list of
            bands that fits none of its axes, or axes that nothing names and that look otherwise.
    """
    if _is_classic_netcdf(path):
        # Here: scipy takes longer to import than a small scene to code.
        from data_pipeline.readers.netcdf import open_classic_netcdf

        return open_classic_netcdf(path, variable, axes)
    with opened(path) as file:
        for layout in HDF5_LAYOUTS:
            if layout.matches(file):
                return layout.open_layout(path, file, variable, axes)
        return _open_any(path, file, variable, axes)


def _is_classic_netcdf(path: Path) -> bool:
    """Whether the file starts with the mark of classic NetCDF."""
    with path.open("rb") as file:
        return file.read(3) == b"CDF"


def _open_any(
    path: Path, file: h5py.File, variable: str | None, axes: AxisOrder | None
) -> SceneSource:
    datasets = list_datasets(file)
    entries = {name: entry_of(dataset) for name, dataset in datasets.items()}
    name = choose_variable(entries, variable and variable.strip("/"), path)
    dataset = datasets[name]
    check_cube(dataset.shape, dataset.dtype, f"{path}, {name}")
    worth = set(worth_reading(entries, name))
    cubes = sum(len(entry.shape) == 3 and not is_side(key) for key, entry in entries.items())
    known = {key: datasets[key] for key in worth}
    sides = _sides(name, known, alone=cubes == 1)
    arrays = {
        **_listed_in_attributes(dataset),
        **{side: np.asarray(item[()]) for side, item in sides.items()},
    }
    order = _axis_order(dataset, arrays, path, axes)
    facts = side_facts(arrays, order, dataset.shape, dataset.dtype.newbyteorder("="), path)
    facts = {**cf_place(file, dataset), **facts}
    used = {name, *(item.name.strip("/") for item in sides.values())}
    others = [datasets[key] for key in datasets if key not in used]
    facts, left = _with_others(dataset, order, facts, sides, others)
    warn_of_left_out(path, [*left, *groups_of(sorted(used, key=lambda key: key != name))])
    return dataset_source(path, dataset, order, facts)


def _with_others(
    dataset: h5py.Dataset,
    order: AxisOrder,
    facts: dict[str, Any],
    sides: Mapping[str, h5py.Dataset],
    others: Sequence[h5py.Dataset],
) -> tuple[dict[str, Any], list[str]]:
    """The facts, with names and attributes of the arrays that told them and what further arrays tell."""
    dims = [dimension_name(dataset, axis) for axis in range(3)]
    named = {axis: dims[at] for axis, at in zip(AXES, order, strict=True) if dims[at]}
    sizes = {axis: dataset.shape[at] for axis, at in zip(AXES, order, strict=True)}
    map_variable = map_name(dataset)
    mapped = map_variable and dataset.parent[map_variable].name
    beside = [_variable(item) for item in others if item.name != mapped]
    found, left = beside_parts(beside, sizes, named, facts)
    names, tags = side_parts({side: _variable(item) for side, item in sides.items()}, facts)
    merged = {
        "names": {**facts.get("names", {}), **names},
        "part_tags": {**facts.get("part_tags", {}), **tags, **found.pop("part_tags")},
    }
    return {**found, **facts, **merged}, left


def _variable(dataset: h5py.Dataset) -> Variable:
    return Variable(
        dataset.name.strip("/"),
        tuple(dimension_name(dataset, axis) for axis in range(dataset.ndim)),
        dataset.shape,
        dataset.dtype,
        read_attributes(dataset),
        lambda: np.asarray(dataset[()]),
    )


def _axis_order(
    dataset: h5py.Dataset, sides: Mapping[str, np.ndarray], path: Path, axes: AxisOrder | None
) -> AxisOrder:
    by_matlab = "MATLAB_class" in dataset.attrs
    attributes = read_attributes(dataset)
    nodata = declared_nodata(attributes, dataset.dtype)
    return settle_axes(
        dataset.shape,
        path,
        asked=axes,
        names=axis_names([dimension_name(dataset, axis) for axis in range(3)], attributes),
        lengths=band_lengths(sides),
        usual=REVERSED if by_matlab else AS_STORED,
        sample=lambda: sampled(dataset[spread_index(dataset.shape)], nodata),
        strict=not by_matlab,
    )


def _sides(
    cube: str, datasets: Mapping[str, h5py.Dataset], *, alone: bool
) -> dict[str, h5py.Dataset]:
    """Arrays that describe the cube: of several of one name the nearest of the length of an axis.

    In a file of several cubes a list that fits no axis of this one belongs to another.
    """
    found: dict[str, h5py.Dataset] = {}
    shape = datasets[cube].shape
    names = [name for name in datasets if _describes(name, datasets[name]) and name != cube]
    for name in sorted(names, key=lambda other: -_shared(other, cube)):
        dataset, side = datasets[name], side_name(name)
        if side not in found and (side not in BAND_LISTS or dataset.size in (1, *shape)):
            found[side] = dataset
    if alone:
        for name in names:
            found.setdefault(side_name(name), datasets[name])
    return found


def _listed_in_attributes(dataset: h5py.Dataset) -> dict[str, np.ndarray]:
    """Lists of bands that are attributes of the cube, of a group around it or of the file."""
    found: dict[str, np.ndarray] = {}
    item: h5py.Dataset | h5py.Group = dataset
    while True:
        for name, value in read_attributes(item).items():
            array = np.asarray(value)
            if side_name(name) in BAND_LISTS and array.size > 1 and array.size in dataset.shape:
                found.setdefault(side_name(name), array)
        if item.name == "/":
            return found
        item = item.parent


def _describes(name: str, dataset: h5py.Dataset) -> bool:
    side = side_name(name)
    if side == "mask":
        return bool(dataset.dtype == np.bool_)  # Others' masks are large and mean other things.
    return is_side(name) and (side not in BAND_LISTS or dataset.size <= _MOST)


def _shared(one: str, other: str) -> int:
    """How many groups two paths share from the root on."""
    parts = zip(one.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], parts))
