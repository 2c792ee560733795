"""HDF5: the cube, and what is known of it in attributes and in datasets beside it that the readers know."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from btcnet_jax.scene.calibration import uniform
from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.stream import SceneStream
from data_pipeline.readers.coordinates import transform_of
from data_pipeline.readers.sides import SIDE_NAMES
from data_pipeline.writers.archives import scene_arrays
from data_pipeline.writers.attributes import cube_attributes, in_own_type, write_attributes
from data_pipeline.writers.band_units import in_own_units, part_tags_in
from data_pipeline.writers.hdf5_file import NewFile, new_hdf5, write_samples
from data_pipeline.writers.names import Names, choose_names, is_hdf5_name, stored_axes

_CHUNK = 64  # Rows and columns of all bands deflated together: a spectrum is read from one chunk.
# Datasets by field of a scene, under their usual names. What attributes say is no dataset too.
_SIDES = {
    **{
        "wavelengths": "wavelengths",
        "fwhm": "fwhm",
        "band_mask": "bbl",
        "band_names": "band_names",
    },
    "crs": "crs",
}
_FIXED = tuple(name for name in SIDE_NAMES if name not in _SIDES.values())
_IN_ATTRIBUTES = ("tags", "units", "parts")


def write_hdf5(path: Path, stream: SceneStream) -> list[str]:
    """Writes an HDF5 file; arguments and result are those of `write_cube`.

    The dataset lies as (rows, cols, bands), or as in the original, which its dimensions' labels say. What is
    known of it is in its attributes, under CF's names, and in datasets beside it. Wavelengths and widths are in
    nanometers, unless the original's are in another unit; tags are the file's attributes.
    """
    scene = stream.known
    names = choose_names(scene, {}, _SIDES, _FIXED, is_hdf5_name)
    order = stored_axes(scene, AXES)
    with new_hdf5(path) as new:
        _write_cube(new, stream, names, order)
        scene = stream.finished()
        _write_sides(new.file, scene, names)
        write_attributes(new.file, scene.tags)
    return names.lost


def _write_cube(
    new: NewFile, stream: SceneStream, names: Names, order: tuple[str, str, str]
) -> None:
    scene = stream.known
    chunks = {"rows": _CHUNK, "cols": _CHUNK, "bands": scene.values.shape[2]}
    cube = write_samples(new, names.cube, stream, order, chunks)
    for stored, axis in enumerate(order):
        label = scene.names.get(axis, axis)
        cube.dims[stored].label = label if is_hdf5_name(label) else axis
    write_attributes(cube, cube_attributes(scene))


def _write_sides(file: h5py.File, scene: Scene, names: Names) -> None:
    fields = {usual: field for field, usual in _SIDES.items()}
    skipped = {names.cube, *_IN_ATTRIBUTES, *_told_by_attributes(scene)}
    wavelengths, fwhm, units = in_own_units(scene)
    tags = part_tags_in(scene, units)
    arrays = scene_arrays(scene, names) | {"wavelengths": wavelengths, "fwhm": fwhm}
    for name, array in arrays.items():
        if name in skipped or array is None:
            continue
        field = fields.get(name, name)
        own = in_own_type(np.asarray(array), tags.get(field, {}))
        dataset = _add(file, names.sides.get(field, name), own)
        if field in ("wavelengths", "fwhm"):
            dataset.attrs["units"] = units
        write_attributes(dataset, tags.get(field, {}) if field in names.sides else {})
    for (axis, name), written in names.arrays.items():
        write_attributes(file[written], scene.part_tags.get(f"{axis}:{name}", {}))


def _told_by_attributes(scene: Scene) -> list[str]:
    """Arrays of archives that the cube's attributes or coordinates tell as well."""
    told = [] if scene.nodata is None else ["nodata"]
    for name, values in (("scale_factor", scene.scale), ("add_offset", scene.offset)):
        if values is not None and uniform(values):
            told.append(name)
    if (
        scene.transform is not None
        and transform_of(scene.axis_arrays, scene.part_tags) == scene.transform
    ):
        told.append("transform")
    return told


def _add(file: h5py.File, name: str, array: np.ndarray) -> h5py.Dataset:
    data: Any = array.astype(object) if array.dtype.kind == "U" else array
    dtype = h5py.string_dtype() if array.dtype.kind == "U" else None
    return file.create_dataset(name, data=data, dtype=dtype)
