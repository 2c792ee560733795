"""Georeferencing as the CF conventions and GDAL keep it in NetCDF: a variable of the map's name."""

from collections.abc import Container, Mapping
from typing import Any

import h5py
import numpy as np

from data_pipeline.readers.hdf5_file import read_attributes
from data_pipeline.readers.tags import as_text, tags_of


def cf_place(file: h5py.File, dataset: h5py.Dataset) -> dict[str, Any]:
    """The map of a dataset with the attribute grid_mapping: crs and transform, each where given.

    Args:
        file: the file.
        dataset: its cube.

    Returns:
        crs from crs_wkt or spatial_ref, transform from GeoTransform, which counts as in GDAL.
    """
    name = map_name(dataset)
    if name is None:
        return {}
    return map_facts(name, read_attributes(dataset.parent[name]))


def map_name(dataset: h5py.Dataset) -> str | None:
    """The variable that the attribute grid_mapping names, where the cube's group has it."""
    return named_map(read_attributes(dataset), dataset.parent)


def named_map(attributes: Mapping[str, Any], variables: Container[str]) -> str | None:
    """The variable that a cube's attribute grid_mapping names, where it is among these."""
    # CF also allows "name: x y".
    words = as_text(attributes.get("grid_mapping", "")).split()
    name = words[0].rstrip(":") if words else ""
    return name if name and name in variables else None


def map_facts(name: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """crs, transform, name and further attributes of the map, of the variable that tells it.

    Args:
        name: of the variable.
        attributes: of it.
    """
    tags = tags_of(attributes)[0]
    known: dict[str, Any] = {"names": {"crs": name}, "part_tags": {"crs": tags} if tags else {}}
    crs = as_text(attributes.get("crs_wkt", "")) or as_text(attributes.get("spatial_ref", ""))
    if crs:
        known["crs"] = crs
    transform = gdal_transform(attributes.get("GeoTransform", ""))
    if transform is not None:
        known["transform"] = transform
    return known


def gdal_transform(value: Any) -> tuple[float, ...] | None:
    """The six numbers of a scene's transform from GDAL's: x, dx by column, dx by row, y, dy, dy."""
    if isinstance(value, np.ndarray):
        words = value.ravel().tolist()
    else:
        words = as_text(value).replace(",", " ").split()
    try:
        numbers = [float(word) for word in words]
    except (TypeError, ValueError):
        return None
    if len(numbers) != 6:
        return None
    x, a, b, y, d, e = numbers
    return a, b, x, d, e, y
