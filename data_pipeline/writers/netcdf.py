"""NetCDF 4 after the CF conventions, written through h5py: NetCDF 4 is HDF5 with named dimensions.

Sources: "NetCDF-4 file format", Unidata; "CF conventions 1.11"; GDAL's netCDF driver for the map.
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from btcnet_jax.scene.coordinates import centers_along
from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.numbers import Tag
from btcnet_jax.scene.scene import Scene
from data_pipeline.readers.coordinates import place_arrays
from data_pipeline.writers.attributes import (
    cube_attributes,
    differing,
    in_own_type,
    write_attributes,
)
from data_pipeline.writers.band_units import in_own_units, part_tags_in
from data_pipeline.writers.hdf5_file import new_hdf5
from data_pipeline.writers.lost import mask_of_samples, pixel_mask
from data_pipeline.writers.names import (
    Names,
    choose_names,
    in_order,
    is_hdf5_name,
    stored_axes,
)
from data_pipeline.writers.netcdf_map import coordinate_attributes, map_attributes, needs_map

_NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable.{:10d}"
_CHUNK = 512  # Rows and columns of a band deflated together.
_CONVENTIONS = "CF-1.11"
_SIDES = {
    **{"wavelengths": "wavelength", "fwhm": "fwhm", "band_mask": "bbl", "band_names": "band_names"},
    "crs": "spatial_ref",
}
_FIXED = (
    *("valid", "gcps", "glt", "scale_factor", "add_offset"),
    *("gcp", "gcp_column", "glt_y", "glt_x", "glt_column"),
)
_Axes = tuple[str, str, str]


def write_netcdf(path: Path, scene: Scene) -> list[str]:
    """Writes a NetCDF 4 file; arguments and result are those of `write_cube`.

    The cube lies as (wavelength or band, y, x), which is how CF and GDAL want maps, or as in the original,
    whose names and attributes it has; the wavelengths are its coordinate, in nm or in the original's unit;
    the variable spatial_ref tells the map, tags are the file's attributes.
    """
    axes = {"rows": "y", "cols": "x", "bands": _usual_band_axis(scene)}
    names = choose_names(scene, axes, _SIDES, _FIXED, is_hdf5_name)
    with new_hdf5(path) as file:
        _write_into(file, scene, names)
    by_bands = "attributes scale_factor and add_offset, which differ from band to band (they are variables)"
    return [*mask_of_samples(scene), *names.lost, *([by_bands] if differing(scene) else [])]


def _usual_band_axis(scene: Scene) -> str:
    """The wavelengths are the axis' coordinate where the original does not name it otherwise."""
    return "band" if scene.wavelengths is None else scene.names.get("wavelengths", "wavelength")


def _write_into(file: h5py.File, scene: Scene, names: Names) -> None:
    order = stored_axes(scene, ("bands", "rows", "cols"))
    wavelengths, fwhm, units = in_own_units(scene)
    tags = part_tags_in(scene, units)
    if wavelengths is not None:
        wavelengths = in_own_type(wavelengths, tags.get("wavelengths", {}))
    for axis in order:
        _write_axis(file, scene, names, axis, wavelengths, tags)
    sizes = dict(zip(AXES, scene.values.shape, strict=True))
    cube = file.create_dataset(
        names.cube,
        data=scene.values.transpose(in_order(order)),
        chunks=tuple(1 if axis == "bands" else min(sizes[axis], _CHUNK) for axis in order),
        compression="gzip",
        shuffle=True,
    )
    _attach(file, cube, tuple(names.axes[axis] for axis in order))
    _write_band_lists(file, scene, names, wavelengths, fwhm, tags)
    units_tags: dict[str, dict[str, Tag]] = {
        "wavelengths": {"units": units},
        "fwhm": {"units": units},
    }
    for field, name in names.sides.items():
        if name in file and field != "crs":
            own = tags.get(field, {}) if field in scene.names else {}
            write_attributes(file[name], {**units_tags.get(field, {}), **own})
    _write_place(file, scene, names, tags.get("crs", {}))
    _write_cube_attributes(file, scene, cube)
    write_attributes(file, {**_conventions(scene), **scene.tags})


def _conventions(scene: Scene) -> dict[str, Tag]:
    """Of a file of named axes that says none, none."""
    return {} if set(AXES) <= set(scene.names) else {"Conventions": _CONVENTIONS}


def _write_cube_attributes(file: h5py.File, scene: Scene, cube: h5py.Dataset) -> None:
    tags = cube_attributes(scene)
    listed = [word for word in str(tags.pop("coordinates", "")).split() if word in file]
    if listed:
        tags["coordinates"] = " ".join(listed)
    write_attributes(cube, tags)


def _write_axis(
    file: h5py.File,
    scene: Scene,
    names: Names,
    axis: str,
    wavelengths: np.ndarray | None,
    tags: dict[str, dict[str, Tag]],
) -> None:
    """A dimension, with its coordinate where there is one, and further arrays along it."""
    dimension, size = names.axes[axis], scene.values.shape[AXES.index(axis)]
    arrays = {names.arrays[axis, name]: name for name in scene.axis_arrays.get(axis, {})}
    coordinate, own = _coordinate(scene, names, axis, wavelengths)
    if dimension in arrays:
        coordinate = scene.axis_arrays[axis][arrays[dimension]]
        own = {}
    _add_dimension(file, dimension, size if coordinate is None else coordinate)
    write_attributes(file[dimension], own)
    for written, name in arrays.items():
        if written != dimension:
            _add(file, written, scene.axis_arrays[axis][name], (dimension,))
        write_attributes(file[written], tags.get(f"{axis}:{name}", {}))


def _coordinate(
    scene: Scene, names: Names, axis: str, wavelengths: np.ndarray | None
) -> tuple[np.ndarray | None, dict[str, Tag]]:
    """The values of an axis and their attributes: wavelengths, or places where no array tells them."""
    if axis == "bands":
        own = names.sides["wavelengths"] == names.axes[axis]
        return (wavelengths if own else None), {}
    if axis in place_arrays(scene.axis_arrays, scene.part_tags):
        return None, {}
    size = scene.values.shape[AXES.index(axis)]
    centers = centers_along(axis, scene.transform, size)
    return centers, {} if centers is None else coordinate_attributes(axis, scene.crs)


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


def _write_band_lists(
    file: h5py.File,
    scene: Scene,
    names: Names,
    wavelengths: np.ndarray | None,
    fwhm: np.ndarray | None,
    tags: dict[str, dict[str, Tag]],
) -> None:
    bands, named = (names.axes["bands"],), names.sides
    if wavelengths is not None:
        if named["wavelengths"] not in file:
            _add(file, named["wavelengths"], wavelengths, bands)
        if "wavelengths" not in scene.names:
            words = {"standard_name": "radiation_wavelength", "long_name": "wavelength"}
            file[named["wavelengths"]].attrs.update(words)
    if fwhm is not None:
        words = {} if "fwhm" in scene.names else {"long_name": "full width at half maximum"}
        _add(file, named["fwhm"], in_own_type(fwhm, tags.get("fwhm", {})), bands, **words)
    if scene.band_mask is not None:
        good = in_own_type(scene.band_mask.astype(np.int8), tags.get("band_mask", {}))
        flags = {"flag_values": np.array([0, 1], np.int8), "flag_meanings": "bad good"}
        told: dict[str, Any] = {"long_name": "good bands", **flags}
        _add(file, named["band_mask"], good, bands, **({} if "band_mask" in scene.names else told))
    if scene.band_names is not None:
        texts = np.array(scene.band_names, h5py.string_dtype())
        words = {} if "band_names" in scene.names else {"long_name": "names of bands"}
        _add(file, named["band_names"], texts, bands, **words)
    for name, values in differing(scene).items():
        _add(file, name, values, bands)


def _write_place(file: h5py.File, scene: Scene, names: Names, tags: dict[str, Tag]) -> None:
    cube = file[names.cube]
    if (mask := pixel_mask(scene)) is not None:
        flags = {"flag_values": np.array([0, 1], np.int8), "flag_meanings": "missing valid"}
        pixels = (names.axes["rows"], names.axes["cols"])
        _add(file, "valid", mask.astype(np.int8), pixels, **flags)
        cube.attrs["ancillary_variables"] = "valid"
    if needs_map(scene):
        variable = file.create_dataset(names.sides["crs"], data=np.int32(0))
        write_attributes(variable, map_attributes(scene, tags))
        cube.attrs["grid_mapping"] = names.sides["crs"]
    if scene.gcps:
        columns = "row col x y z, pixels counted from the upper left corner"
        _add(file, "gcps", np.array(scene.gcps), ("gcp", "gcp_column"), long_name=columns)
    if scene.glt is not None:
        what = "column and row of the sample at a place of the map, from 1; 0 is none"
        _add(file, "glt", scene.glt, ("glt_y", "glt_x", "glt_column"), long_name=what)
