"""PACE OCI level 1B and 2, NetCDF 4: one of its cubes at a time, as bands are in groups by detector.

Source: "PACE OCI Level-1B and Level-2 data product formats", NASA Ocean Biology Processing Group.
"""

from pathlib import Path
from typing import Any

import h5py
from rasterio.crs import CRS

from btcnet_jax.scene.scene import SceneSource
from data_pipeline.readers.axes import AS_STORED, AxisOrder, bands_last
from data_pipeline.readers.coordinates import WGS84, grid_points
from data_pipeline.readers.hdf5_file import dataset_source, dimension_name
from data_pipeline.readers.layouts.swath import (
    choose_dataset,
    read_list,
    require_order,
    tell_left_out,
)
from data_pipeline.readers.wavelengths import to_nanometers

_GROUPS = ("observation_data", "geophysical_data")
_PLACES = ("geolocation_data", "navigation_data")
_BANDS = "sensor_band_parameters"


def matches(file: h5py.File) -> bool:
    """Whether the file has the groups of OCI's levels."""
    return _BANDS in file and any(group in file for group in _GROUPS)


def open_layout(
    path: Path, file: h5py.File, variable: str | None, axes: AxisOrder | None
) -> SceneSource:
    """A cube: level 1B stores (bands, scans, pixels) a detector, level 2 (lines, pixels, bands).

    Raises:
        DataError: as `open_hdf5`; other axes are asked for than the layout has;
            level 1B has three cubes, of which --variable names one.
    """
    groups = [group for group in _GROUPS if group in file]
    cubes = [
        f"{group}/{name}"
        for group in groups
        for name, item in file[group].items()
        if isinstance(item, h5py.Dataset) and item.ndim == 3
    ]
    everything = [f"{group}/{name}" for group in groups for name in file[group]]
    dataset = choose_dataset(path, file, cubes or everything, variable)
    name = dataset.name.rsplit("/", 1)[-1]
    axis = _band_axis(dataset)
    order = AS_STORED if axis is None else bands_last(axis)
    require_order(path, order, axes)
    bands = dataset.shape[order[2]] if dataset.ndim == 3 else 0
    known, lists = _wavelengths(file, name, bands)
    facts: dict[str, Any] = {**known, **_place(file, dataset, order)}
    points = [f"{group}/{place}" for group in _PLACES for place in ("latitude", "longitude")]
    tell_left_out(path, file, [dataset.name, *lists], points)
    return dataset_source(path, dataset, order, facts)


def _band_axis(dataset: h5py.Dataset) -> int | None:
    for axis in range(dataset.ndim):
        name = dimension_name(dataset, axis).lower()
        if name.endswith("bands") or name.startswith("wavelength"):
            return axis
    # Level 1B's cubes, also where dimensions have no names.
    return 0 if "observation_data" in dataset.name else None


def _wavelengths(file: h5py.File, name: str, bands: int) -> tuple[dict[str, Any], list[str]]:
    """Of the detector that the cube's name ends in, else those of level 2's spectra; and the datasets taken."""
    detector = name.rsplit("_", 1)[-1]
    for key in (f"{detector}_wavelength", "wavelength_3d", "wavelength"):
        numbers = read_list(file, f"{_BANDS}/{key}")
        if numbers is not None and numbers.size == bands:
            fwhm = read_list(file, f"{_BANDS}/{detector}_bandpass")
            same = fwhm if fwhm is not None and fwhm.size == bands else None
            wavelengths, widths = to_nanometers(numbers, same, "nm")
            taken = [key] if same is None else [key, f"{detector}_bandpass"]
            return {"wavelengths": wavelengths, "fwhm": widths}, [
                f"{_BANDS}/{one}" for one in taken
            ]
    return {}, []


def _place(file: h5py.File, dataset: h5py.Dataset, order: tuple[int, int, int]) -> dict[str, Any]:
    if dataset.ndim != 3:
        return {}
    rows, cols = dataset.shape[order[0]], dataset.shape[order[1]]
    for group in _PLACES:
        if f"{group}/latitude" in file and f"{group}/longitude" in file:
            points = grid_points(file[f"{group}/latitude"], file[f"{group}/longitude"], rows, cols)
            return {"gcps": points, "crs": CRS.from_string(WGS84).to_wkt() if points else None}
    return {}
