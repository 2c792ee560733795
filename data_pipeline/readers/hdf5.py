"""HDF5 and what is built on it: NetCDF 4 and MATLAB 7.3. Classic NetCDF, no HDF5, is sent on."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import h5py
import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import SceneSource, check_cube
from data_pipeline.readers.axes import axes_by_name, reverse_axes, stored_window
from data_pipeline.readers.choose import SIDE_NAMES, Entry, choose_variable, side_arrays
from data_pipeline.readers.netcdf import is_classic_netcdf, open_classic_netcdf

_NOT_NUMBERS = (b"logical", b"char", b"cell", b"struct")


def open_hdf5(path: Path, variable: str | None) -> SceneSource:
    """Opens an HDF5, NetCDF or MATLAB 7.3 file; windows are read from disk as they are asked for.

    Axes come out as (rows, cols, bands): reversed for arrays written by MATLAB, which stores them
    so (attribute MATLAB_class); band axis last where dimension names tell it (band, wavelength);
    else as stored. Datasets named wavelengths, wavelength_nm or wavelength, fwhm, bbl and nodata,
    in whatever group, describe the bands.

    Args:
        path: the file.
        variable: a dataset's path inside the file ("group/cube"), or None for the only cube.

    Raises:
        DataError: not such a file, damaged, no such variable, or not exactly one possible array.
    """
    if is_classic_netcdf(path):
        return open_classic_netcdf(path, variable)
    with _opened(path) as file:
        datasets = _datasets(file)
        entries = {name: _entry(dataset) for name, dataset in datasets.items()}
        name = choose_variable(entries, variable and variable.strip("/"), path)
        dataset = datasets[name]
        check_cube(dataset.shape, dataset.dtype, f"{path}, {name}")
        order = _axis_order(dataset)
        shape = tuple(dataset.shape[axis] for axis in order)
        dtype = dataset.dtype.newbyteorder("=")
        lists = side_arrays(_side_datasets(dataset, datasets), shape[2], dtype)
    return SceneSource(
        name=path.stem,
        variable=name,
        shape=shape,
        dtype=dtype,
        read_window=partial(_read_window, path, name, order),
        **lists,
    )


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError) as error:
        raise DataError(
            f"{path}: not a whole HDF5 file ({error}); copy it again or export it anew"
        ) from None


def _datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    """All datasets by path, without those MATLAB keeps for itself (#refs#)."""
    found: dict[str, h5py.Dataset] = {}

    def visit(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset) and not name.startswith("#") and item.shape is not None:
            found[name] = item

    file.visititems(visit)
    return found


def _entry(dataset: h5py.Dataset) -> Entry:
    matlab_class = dataset.attrs.get("MATLAB_class", b"")
    if matlab_class in _NOT_NUMBERS or "MATLAB_empty" in dataset.attrs:
        return Entry(dataset.shape, f"MATLAB {matlab_class.decode()}", False)
    return Entry.of(dataset)


def _axis_order(dataset: h5py.Dataset) -> tuple[int, int, int]:
    if "MATLAB_class" in dataset.attrs:
        return reverse_axes()
    return axes_by_name([_dimension_name(dataset, axis) for axis in range(3)])


def _dimension_name(dataset: h5py.Dataset, axis: int) -> str:
    """The axis's label, else the name of its scale, which is where NetCDF 4 keeps it."""
    dimension = dataset.dims[axis]
    if dimension.label or not len(dimension):
        return dimension.label
    return str(dimension[0].name).rsplit("/", 1)[-1]


def _side_datasets(cube: h5py.Dataset, datasets: dict[str, h5py.Dataset]) -> dict[str, np.ndarray]:
    """Arrays that describe the bands, by the last part of their path, and the cube's fill value."""
    sides = {
        name.rsplit("/", 1)[-1]: np.asarray(dataset[()])
        for name, dataset in datasets.items()
        if name.rsplit("/", 1)[-1] in SIDE_NAMES and dataset.dtype.kind in "iuf"
    }
    if "_FillValue" in cube.attrs:
        sides["nodata"] = np.asarray(cube.attrs["_FillValue"])
    return sides


def _read_window(
    path: Path, name: str, order: tuple[int, int, int], rows: slice, cols: slice
) -> np.ndarray:
    with _opened(path) as file:
        stored: np.ndarray = file[name][stored_window(order, rows, cols)]
    return stored.transpose(order)
