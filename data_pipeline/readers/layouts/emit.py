"""EMIT L1B radiance and L2A reflectance, NetCDF 4.

Source: "EMIT L1B/L2A user guides", Jet Propulsion Laboratory.
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from rasterio.crs import CRS

from btcnet_jax.scene.scene import SceneSource
from data_pipeline.readers.axes import AS_STORED, AxisOrder
from data_pipeline.readers.band_numbers import require_band_count
from data_pipeline.readers.coordinates import WGS84, grid_points
from data_pipeline.readers.hdf5_file import dataset_source, read_attributes
from data_pipeline.readers.layouts.swath import (
    choose_dataset,
    read_list,
    require_order,
    tell_left_out,
)
from data_pipeline.readers.tags import as_text
from data_pipeline.readers.wavelengths import to_nanometers

_BANDS = "sensor_band_parameters"
_CUBES = ("reflectance", "radiance", "reflectance_uncertainty")


def matches(file: h5py.File) -> bool:
    """Whether the file has EMIT's group of bands with `wavelengths` and one of its cubes."""
    return f"{_BANDS}/wavelengths" in file and any(name in file for name in _CUBES)


def open_layout(
    path: Path, file: h5py.File, variable: str | None, axes: AxisOrder | None
) -> SceneSource:
    """The cube, stored (downtrack, crosstrack, bands), with its bands and its place.

    The samples lie as the sensor saw them: control points place them, and `glt` says which of them
    belongs where on the map, whose own transform is the tag `geotransform`, as GDAL counts.

    Raises:
        DataError: as `open_hdf5`; other axes are asked for than the layout has;
            wavelengths of another length than the cube's bands.
    """
    cubes = [name for name in _CUBES if name in file]
    # The uncertainty is a cube too, but nobody means it who does not say so.
    names = cubes if variable else cubes[:1]
    dataset = choose_dataset(path, file, names, variable)
    facts = {**_bands(path, file, dataset.shape[-1]), **_place(file, dataset)}
    require_order(path, AS_STORED, axes)
    lists = [f"{_BANDS}/{name}" for name in ("wavelengths", "fwhm", "good_wavelengths")]
    taken = [dataset.name, *lists, "location/glt_x", "location/glt_y"]
    tell_left_out(path, file, taken, ("location/lat", "location/lon"))
    return dataset_source(path, dataset, AS_STORED, facts)


def _bands(path: Path, file: h5py.File, bands: int) -> dict[str, Any]:
    lists = [
        read_list(file, f"{_BANDS}/{key}") for key in ("wavelengths", "fwhm", "good_wavelengths")
    ]
    for key, numbers in zip(("wavelengths", "fwhm", "good_wavelengths"), lists, strict=True):
        if numbers is not None:
            require_band_count(f"'{_BANDS}/{key}'", numbers.size, bands, path)
    wavelengths, fwhm, good = lists
    known: dict[str, Any] = {"band_mask": None if good is None else good == 1}
    if wavelengths is not None:
        units = as_text(read_attributes(file[f"{_BANDS}/wavelengths"]).get("units", ""))
        known["wavelengths"], known["fwhm"] = to_nanometers(wavelengths, fwhm, units)
    return known


def _place(file: h5py.File, dataset: h5py.Dataset) -> dict[str, Any]:
    known: dict[str, Any] = {}
    if "location/lat" in file and "location/lon" in file:
        points = grid_points(file["location/lat"], file["location/lon"], *dataset.shape[:2])
        known.update(gcps=points, crs=CRS.from_string(WGS84).to_wkt() if points else None)
    if "location/glt_x" in file and "location/glt_y" in file:
        table = [file[f"location/{name}"][()] for name in ("glt_x", "glt_y")]
        known["glt"] = np.stack(table, axis=-1).astype(np.int32)
    # That of the map, which the tag of the same name keeps, unless points need their own.
    spatial_ref = as_text(read_attributes(file).get("spatial_ref", ""))
    known["crs"] = known.get("crs") or spatial_ref or None
    return known
