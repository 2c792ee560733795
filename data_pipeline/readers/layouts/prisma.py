"""PRISMA's levels 1 and 2, HDF-EOS5: two cubes, VNIR and SWIR, stored (rows, bands, cols).

Source: "PRISMA Products Specification Document", Italian Space Agency.
"""

from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from rasterio.crs import CRS
from rasterio.errors import CRSError

from btcnet_jax.scene.scene import SceneSource
from data_pipeline.readers.axes import AxisOrder
from data_pipeline.readers.band_numbers import require_band_count
from data_pipeline.readers.coordinates import WGS84, grid_points
from data_pipeline.readers.hdf5_file import dataset_source, read_attributes, read_window
from data_pipeline.readers.layouts.swath import (
    choose_dataset,
    require_one_shape,
    require_order,
    tell_left_out,
)

_SWATHS = "HDFEOS/SWATHS"
_CUBES = ("VNIR_Cube", "SWIR_Cube")
_ORDER: AxisOrder = (0, 2, 1)


def matches(file: h5py.File) -> bool:
    """Whether there is a swath of PRISMA with one of its two cubes."""
    return bool(_cubes(file))


def open_layout(
    path: Path, file: h5py.File, variable: str | None, axes: AxisOrder | None
) -> SceneSource:
    """Both cubes as one, bands in order of wavelength; or the one that is asked for, as stored.

    Bands of wavelength zero are not used: put together they are left out, alone they are bad bands.
    The root's attributes give wavelengths, widths, scale, offset and, at level 2D, the map; its samples of
    0 lie outside the tilted swath, which no attribute says. Other levels have latitude and longitude of each
    pixel, some of which become control points.

    Raises:
        DataError: as `open_hdf5`; other axes are asked for than the layout has;
            wavelengths of another length, or cubes of other pixels.
    """
    cubes = _cubes(file)
    if variable is None and len(cubes) == 2:
        require_order(path, _ORDER, axes)
        return _joined(path, file, [file[name] for name in cubes])
    dataset = choose_dataset(path, file, cubes, variable)
    order = _ORDER if dataset.name.endswith(_CUBES) else (0, 1, 2)
    require_order(path, order, axes)
    tell_left_out(path, file, [dataset.name], _places(file, dataset))
    facts = {**_of_file(file, dataset), **_calibration(file, dataset, dataset.shape[order[2]])}
    if dataset.name.endswith(_CUBES):
        facts.update(_alone(*_bands(path, file, dataset)))
    return _without_lists(dataset_source(path, dataset, order, facts))


def _without_lists(source: SceneSource) -> SceneSource:
    """Lists of bands are no tags: `wavelengths` and `fwhm` hold them."""
    source.tags = {name: text for name, text in source.tags.items() if "List_" not in name}
    return source


def _cubes(file: h5py.File) -> list[str]:
    swaths = file.get(_SWATHS)
    names = [
        f"{_SWATHS}/{swath}/Data Fields/{cube}"
        for swath in (swaths if isinstance(swaths, h5py.Group) else ())
        if swath.startswith("PRS")
        for cube in _CUBES
    ]
    return [name for name in names if name in file]


def _bands(path: Path, file: h5py.File, dataset: h5py.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Centers and widths of one cube's bands in nanometers, zeros where the file has none."""
    detector = "Vnir" if dataset.name.endswith(_CUBES[0]) else "Swir"
    lists = []
    for kind in ("Cw", "Fwhm"):
        name = f"List_{kind}_{detector}"
        numbers = np.ravel(np.asarray(read_attributes(file).get(name, []), np.float64))
        if numbers.size:
            require_band_count(f"attribute {name}", numbers.size, dataset.shape[1], path)
        lists.append(numbers if numbers.size else np.zeros(dataset.shape[1]))
    return lists[0], lists[1]


def _calibration(file: h5py.File, dataset: h5py.Dataset, bands: int) -> dict[str, Any]:
    """Scale and offset of a cube's samples by the root's attributes, where it has them for this cube.

    Level 1: radiance = sample / ScaleFactor - Offset. Level 2: reflectance = Min + sample (Max - Min) / 65535.
    """
    if not dataset.name.endswith(_CUBES):
        return {}
    attributes = read_attributes(file)
    detector = "Vnir" if dataset.name.endswith(_CUBES[0]) else "Swir"
    level_1 = [_number(attributes, f"{name}_{detector}") for name in ("ScaleFactor", "Offset")]
    level_2 = [_number(attributes, f"L2Scale{detector}{end}") for end in ("Min", "Max")]
    if level_1[0] and level_1[1] is not None:
        scale, offset = 1 / level_1[0], -level_1[1]
    elif level_2[0] is not None and level_2[1] is not None:
        scale, offset = (level_2[1] - level_2[0]) / 65535, level_2[0]
    else:
        return {}
    return {"scale": np.full(bands, scale), "offset": np.full(bands, offset + 0.0)}


def _number(attributes: dict[str, Any], name: str) -> float | None:
    try:
        return float(attributes[name])
    except (KeyError, TypeError, ValueError):
        return None


def _alone(centers: np.ndarray, widths: np.ndarray) -> dict[str, Any]:
    used = centers > 0
    if not used.any():
        return {}
    return {
        "wavelengths": centers,
        "fwhm": widths if widths.any() else None,
        "band_mask": None if used.all() else used,
    }


def _joined(path: Path, file: h5py.File, datasets: list[h5py.Dataset]) -> SceneSource:
    require_one_shape(path, *datasets)
    names = [str(dataset.name) for dataset in datasets]
    tell_left_out(path, file, names, _places(file, datasets[0]))
    bands = [_bands(path, file, dataset) for dataset in datasets]
    centers, widths = (np.concatenate(lists) for lists in zip(*bands, strict=True))
    # Without wavelengths nothing is known of what is used, nor of an order.
    chosen = np.argsort(centers, kind="stable")[np.count_nonzero(centers <= 0) % centers.size :]
    first = _without_lists(dataset_source(path, datasets[0], _ORDER, _of_file(file, datasets[0])))
    known = {**first.info(), **_alone(centers[chosen], widths[chosen]), "variable": None}
    parts = [_calibration(file, dataset, dataset.shape[1]) for dataset in datasets]
    for field in ("scale", "offset"):
        if all(field in part for part in parts):
            known[field] = np.concatenate([part[field] for part in parts])[chosen]
    return SceneSource(
        shape=(*first.shape[:2], len(chosen)),
        dtype=first.dtype,
        read_window=partial(_read_joined, path, names, chosen),
        **known,
    )


def _read_joined(
    path: Path, names: list[str], chosen: np.ndarray, rows: slice, cols: slice
) -> np.ndarray:
    parts = [read_window(path, name, _ORDER, rows, cols) for name in names]
    return np.concatenate(parts, axis=2)[..., chosen]


def _of_file(file: h5py.File, dataset: h5py.Dataset) -> dict[str, Any]:
    """Nodata and map of level 2D, which is orthorectified; control points of the others."""
    if "_L2D_" not in dataset.name:
        return _points(file, dataset)
    attributes = read_attributes(file)
    declared = "_FillValue" in dataset.attrs
    return {**({} if declared else {"nodata": 0}), **_map(attributes, dataset.shape)}


def _places(file: h5py.File, dataset: h5py.Dataset) -> list[str]:
    """Names of the latitude and longitude of a cube's pixels; none where it needs none."""
    if "_L2D_" in dataset.name:
        return []
    fields = f"{dataset.name.rsplit('/', 2)[0].strip('/')}/Geolocation Fields"
    detector = "" if not dataset.name.endswith(_CUBES) else f"_{dataset.name[-9:-5]}"
    for end in dict.fromkeys((detector, "")):
        names = [f"{fields}/{name}{end}" for name in ("Latitude", "Longitude")]
        if all(isinstance(file.get(name), h5py.Dataset) for name in names):
            return names
    return []


def _points(file: h5py.File, dataset: h5py.Dataset) -> dict[str, Any]:
    places = _places(file, dataset)
    if not places:
        return {}
    lats, lons = (file[name] for name in places)
    points = grid_points(lats, lons, dataset.shape[0], dataset.shape[2])
    return {"gcps": points, "crs": CRS.from_string(WGS84).to_wkt()} if points else {}


def _map(attributes: dict[str, Any], shape: tuple[int, ...]) -> dict[str, Any]:
    try:
        corners = [
            float(attributes[f"Product_{corner}corner_{axis}"])
            for corner in ("UL", "LR")
            for axis in ("easting", "northing")
        ]
        crs = CRS.from_epsg(int(attributes["Epsg_Code"])).to_wkt()
    except (KeyError, TypeError, ValueError, CRSError):
        return {}
    left, top, right, bottom = corners
    # The corners are centers of pixels.
    dx, dy = (right - left) / max(shape[2] - 1, 1), (bottom - top) / max(shape[0] - 1, 1)
    return {"crs": crs, "transform": (dx, 0.0, left - dx / 2, 0.0, dy, top - dy / 2)}
