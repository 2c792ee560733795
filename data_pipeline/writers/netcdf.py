"""NetCDF 4 after the CF conventions, written through h5py: NetCDF 4 is HDF5 with named dimensions.

Sources: "NetCDF-4 file format", Unidata; "CF conventions 1.11"; GDAL's netCDF driver for the map.
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from rasterio.crs import CRS
from rasterio.errors import CRSError

from btcnet_jax.scene.scene import Scene
from data_pipeline.writers.hdf5_file import new_hdf5
from data_pipeline.writers.lost import mask_of_samples, pixel_mask

_CUBE, _MAP = "cube", "spatial_ref"
_NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable.{:10d}"
_CHUNK = 512  # Rows and columns of a band deflated together.


def write_netcdf(path: Path, scene: Scene) -> list[str]:
    """Writes a NetCDF 4 file; arguments and result are those of `write_cube`.

    The cube lies as (wavelength or band, y, x), which is how CF and GDAL want maps; the wavelengths are
    its coordinate, in nm; the variable spatial_ref tells the map, tags are the file's attributes.
    """
    with new_hdf5(path) as file:
        _write_into(file, scene)
    return mask_of_samples(scene)


def _write_into(file: h5py.File, scene: Scene) -> None:
    bands = "band" if scene.wavelengths is None else "wavelength"
    for name, values in _coordinates(scene, bands).items():
        _add_dimension(file, name, values)
    cube = file.create_dataset(
        _CUBE,
        data=np.moveaxis(scene.values, -1, 0),
        chunks=(1, *(min(size, _CHUNK) for size in scene.values.shape[:2])),
        compression="gzip",
        shuffle=True,
    )
    _attach(file, cube, (bands, "y", "x"))
    if scene.nodata is not None:
        cube.attrs["_FillValue"] = np.array([scene.nodata], scene.values.dtype)
    _write_band_lists(file, scene, bands)
    _write_place(file, scene)
    file.attrs["Conventions"] = "CF-1.11"
    for name, text in scene.tags.items():
        file.attrs[name.replace("/", "_")] = text


def _coordinates(scene: Scene, bands: str) -> dict[str, Any]:
    """Values of each dimension, or its length where it has none: y and x only where axes are a map's."""
    rows, cols, count = scene.values.shape
    known: dict[str, Any] = {bands: count if scene.wavelengths is None else scene.wavelengths}
    known |= {"y": rows, "x": cols}
    if scene.transform is not None and scene.transform[1] == scene.transform[3] == 0:
        a, _, left, _, e, top = scene.transform
        known["y"], known["x"] = (
            top + e * (np.arange(rows) + 0.5),
            left + a * (np.arange(cols) + 0.5),
        )
    return known


def _add_dimension(file: h5py.File, name: str, values: Any) -> None:
    """A dimension with its coordinate, or, of a length alone, one that is no variable."""
    number = sum("_Netcdf4Dimid" in item.attrs for item in file.values())
    if isinstance(values, int):
        scale = file.create_dataset(name, (values,), ">f4")
        scale.make_scale(_NO_VARIABLE.format(values))
    else:
        scale = file.create_dataset(name, data=values)
        scale.make_scale(name)
    scale.attrs["_Netcdf4Dimid"] = np.int32(number)


def _attach(file: h5py.File, dataset: h5py.Dataset, dimensions: tuple[str, ...]) -> None:
    for axis, name in enumerate(dimensions):
        dataset.dims[axis].attach_scale(file[name])


def _add(file: h5py.File, name: str, data: Any, dims: tuple[str, ...], **attributes: Any) -> None:
    """A variable; its dimensions are added where the file has none of that name."""
    dataset = file.create_dataset(name, data=data)
    for axis, dimension in enumerate(dims):
        if dimension not in file:
            _add_dimension(file, dimension, int(dataset.shape[axis]))
    _attach(file, dataset, dims)
    dataset.attrs.update(attributes)


def _write_band_lists(file: h5py.File, scene: Scene, bands: str) -> None:
    if scene.wavelengths is not None:
        words = {"units": "nm", "standard_name": "radiation_wavelength", "long_name": "wavelength"}
        file[bands].attrs.update(words)
    if scene.fwhm is not None:
        _add(file, "fwhm", scene.fwhm, (bands,), units="nm", long_name="full width at half maximum")
    if scene.band_mask is not None:
        good = scene.band_mask.astype(np.int8)
        flags = {"flag_values": np.array([0, 1], np.int8), "flag_meanings": "bad good"}
        _add(file, "bbl", good, (bands,), long_name="good bands", **flags)
    if scene.band_names is not None:
        names = np.array(scene.band_names, h5py.string_dtype())
        _add(file, "band_names", names, (bands,), long_name="names of bands")


def _write_place(file: h5py.File, scene: Scene) -> None:
    if (mask := pixel_mask(scene)) is not None:
        flags = {"flag_values": np.array([0, 1], np.int8), "flag_meanings": "missing valid"}
        _add(file, "valid", mask.astype(np.int8), ("y", "x"), **flags)
        file[_CUBE].attrs["ancillary_variables"] = "valid"
    if scene.crs is not None or scene.transform is not None:
        file.create_dataset(_MAP, data=np.int32(0)).attrs.update(_map_attributes(file, scene))
        file[_CUBE].attrs["grid_mapping"] = _MAP
    if scene.gcps:
        columns = "row col x y z, pixels counted from the upper left corner"
        _add(file, "gcps", np.array(scene.gcps), ("gcp", "gcp_column"), long_name=columns)
    if scene.glt is not None:
        what = "column and row of the sample at a place of the map, from 1; 0 is none"
        _add(file, "glt", scene.glt, ("glt_y", "glt_x", "glt_column"), long_name=what)


def _map_attributes(file: h5py.File, scene: Scene) -> dict[str, Any]:
    known: dict[str, Any] = {}
    if scene.crs is not None:
        # Of CF, and of GDAL.
        known |= {"crs_wkt": scene.crs, "spatial_ref": scene.crs}
    if scene.transform is not None:
        a, b, x, d, e, y = scene.transform
        known["GeoTransform"] = " ".join(map(repr, (x, a, b, y, d, e)))
        _name_axes(file, _is_geographic(scene.crs))
    if _is_geographic(scene.crs):
        known["grid_mapping_name"] = "latitude_longitude"
    return known


def _name_axes(file: h5py.File, geographic: bool) -> None:
    for name, place in (("x", "longitude"), ("y", "latitude")):
        standard = place if geographic else f"projection_{name}_coordinate"
        units = f"degrees_{'east' if name == 'x' else 'north'}" if geographic else "m"
        if not file[name].attrs["NAME"].startswith(b"This is"):
            file[name].attrs.update({"standard_name": standard, "units": units})


def _is_geographic(crs: str | None) -> bool:
    try:
        return crs is not None and bool(CRS.from_wkt(crs).is_geographic)
    except CRSError:
        return False
