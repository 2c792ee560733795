"""NetCDF 4 after the CF conventions, written through h5py: NetCDF 4 is HDF5 with named dimensions.

Source: "NetCDF-4 file format", Unidata.
"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.scene import Scene
from data_pipeline.writers.attributes import differing, write_attributes
from data_pipeline.writers.hdf5_file import new_hdf5
from data_pipeline.writers.lost import mask_of_samples
from data_pipeline.writers.names import in_order
from data_pipeline.writers.netcdf_contents import Contents, Variable, contents_of

_NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable.{:10d}"
_CHUNK = 512  # Rows and columns of a band deflated together.


def write_netcdf(path: Path, scene: Scene) -> list[str]:
    """Writes a NetCDF 4 file of what `contents_of` says; arguments and result are those of `write_cube`."""
    contents = contents_of(scene)
    with new_hdf5(path) as file:
        _write_into(file, scene, contents)
    by_bands = "attributes scale_factor and add_offset, which differ from band to band (they are variables)"
    lost = contents.names.lost
    return [*mask_of_samples(scene), *lost, *([by_bands] if differing(scene) else [])]


def _write_into(file: h5py.File, scene: Scene, contents: Contents) -> None:
    variables = contents.variables
    for name, size in contents.dims.items():
        coordinate = variables.get(name)
        _add_dimension(file, name, size if coordinate is None else coordinate.data)
    for name, variable in variables.items():
        if name not in contents.dims:
            _add(file, name, variable)
        write_attributes(file[name], variable.attributes)
    sizes = dict(zip(AXES, scene.values.shape, strict=True))
    order = contents.order
    cube = file.create_dataset(
        contents.names.cube,
        data=scene.values.transpose(in_order(order)),
        chunks=tuple(1 if axis == "bands" else min(sizes[axis], _CHUNK) for axis in order),
        compression="gzip",
        shuffle=True,
    )
    _attach(file, cube, tuple(contents.dims))
    write_attributes(cube, contents.cube)
    write_attributes(file, contents.attributes)


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
