"""Georeferencing as the CF conventions and GDAL keep it in NetCDF: a variable of the map's name."""

from typing import Any

import h5py
import numpy as np

from data_pipeline.readers.hdf5_file import read_attributes
from data_pipeline.readers.tags import as_text


def cf_place(file: h5py.File, dataset: h5py.Dataset) -> dict[str, Any]:
    """The map of a dataset with the attribute grid_mapping: crs and transform, each where given.

    Args:
        file: the file.
        dataset: its cube.

    Returns:
        crs from crs_wkt or spatial_ref, transform from GeoTransform, which counts as in GDAL.
    """
    name = as_text(read_attributes(dataset).get("grid_mapping", ""))
    group = dataset.parent
    if not name or name not in group:
        return {}
    attributes = read_attributes(group[name])
    known: dict[str, Any] = {}
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
