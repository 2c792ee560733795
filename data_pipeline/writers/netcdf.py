"""NetCDF 4 after the CF conventions, written through h5py: NetCDF 4 is HDF5 with named dimensions.

Source: "NetCDF-4 file format", Unidata.
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from btcnet_jax.scene.stream import SceneStream
from data_pipeline.writers.attributes import differing, write_attributes
from data_pipeline.writers.hdf5_file import NewFile, new_hdf5, write_samples
from data_pipeline.writers.lost import mask_of_samples
from data_pipeline.writers.netcdf_contents import Contents, Variable, contents_of

_NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable.{:10d}"
_CHUNK = 512  # Rows and columns of a band deflated together.
_FEW_LINES = 64  # Rows of a scene that is not held.


def write_netcdf(path: Path, stream: SceneStream) -> list[str]:
    """Writes a NetCDF 4 file of what `contents_of` says; arguments and result are those of `write_cube`."""
    with new_hdf5(path) as new:
        contents = _write_into(new, stream)
    scene = stream.finished()
    by_bands = "attributes scale_factor and add_offset, which differ from band to band (they are variables)"
    lost = contents.names.lost
    return [*mask_of_samples(scene), *lost, *([by_bands] if differing(scene) else [])]


def _write_into(new: NewFile, stream: SceneStream) -> Contents:
    """Writes all; gives what was written."""
    file, contents = new.file, contents_of(stream.known)
    cube = None
    if stream.large:
        # Its mask is known once all samples are there.
        cube = _write_cube(new, stream, contents)
        contents = contents_of(stream.finished())
    variables = contents.variables
    for name, size in contents.dims.items():
        coordinate = variables.get(name)
        _add_dimension(file, name, size if coordinate is None else coordinate.data)
    for name, variable in variables.items():
        if name not in contents.dims:
            _add(file, name, variable)
        write_attributes(file[name], variable.attributes)
    if cube is None:
        cube = _write_cube(new, stream, contents)
    _attach(file, cube, tuple(contents.dims))
    write_attributes(cube, contents.cube)
    write_attributes(file, contents.attributes)
    return contents


def _write_cube(new: NewFile, stream: SceneStream, contents: Contents) -> h5py.Dataset:
    chunks = {"rows": _FEW_LINES if stream.large else _CHUNK, "cols": _CHUNK, "bands": 1}
    return write_samples(new, contents.names.cube, stream, contents.order, chunks)


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


def _add(file: h5py.File, name: str, variable: Variable) -> None:
    """A variable; its dimensions are added where the file has none of that name."""
    texts = h5py.string_dtype() if variable.data.dtype.kind == "O" else None
    dataset = file.create_dataset(name, data=variable.data, dtype=texts)
    for axis, dimension in enumerate(variable.dims):
        if dimension not in file:
            _add_dimension(file, dimension, int(dataset.shape[axis]))
    _attach(file, dataset, variable.dims)
