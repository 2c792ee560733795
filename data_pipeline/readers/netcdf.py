"""Classic NetCDF (version 3), which is not HDF5, through scipy."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.io import netcdf_file, netcdf_variable

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import SceneSource, check_cube
from data_pipeline.readers.axes import axes_by_name, stored_window
from data_pipeline.readers.choose import SIDE_NAMES, Entry, choose_variable, side_arrays


def is_classic_netcdf(path: Path) -> bool:
    """Whether the file starts with the mark of classic NetCDF."""
    with path.open("rb") as file:
        return file.read(3) == b"CDF"


class _Stored(NamedTuple):
    """What is said of one variable: its entry, type, dimension names and fill value, if any."""

    entry: Entry
    dtype: np.dtype
    dimensions: tuple[str, ...]
    fill: np.ndarray | None


def open_classic_netcdf(path: Path, variable: str | None) -> SceneSource:
    """Opens a classic NetCDF file; rules and errors are those of `open_hdf5`."""
    variables, sides = _contents(path)
    name = choose_variable({key: found.entry for key, found in variables.items()}, variable, path)
    stored = variables[name]
    check_cube(stored.entry.shape, stored.dtype, f"{path}, {name}")
    order = axes_by_name(stored.dimensions)
    shape = tuple(stored.entry.shape[axis] for axis in order)
    if stored.fill is not None:
        sides["nodata"] = stored.fill
    return SceneSource(
        name=path.stem,
        variable=name,
        shape=shape,
        dtype=stored.dtype,
        read_window=partial(_read_window, path, name, order),
        **side_arrays(sides, shape[2], stored.dtype),
    )


def _contents(path: Path) -> tuple[dict[str, _Stored], dict[str, np.ndarray]]:
    """All variables described, and copies of those beside the cube.

    Nothing given out, nor any local name, refers to the file's map: it could not be closed then.
    """
    with _opened(path) as file:
        return (
            {name: _described(variable) for name, variable in file.variables.items()},
            {
                name: np.array(variable.data)
                for name, variable in file.variables.items()
                if name in SIDE_NAMES
            },
        )


def _described(variable: netcdf_variable) -> _Stored:
    fill = getattr(variable, "_FillValue", None)
    return _Stored(
        Entry.of(variable.data),
        variable.data.dtype.newbyteorder("="),
        variable.dimensions,
        None if fill is None else np.array(fill),
    )


@contextmanager
def _opened(path: Path) -> Iterator[netcdf_file]:
    with warnings.catch_warnings(), path.open("rb") as raw:
        # What scipy says of a map it gives up half-way, as it does on a damaged file.
        warnings.filterwarnings("ignore", "Cannot close a netcdf_file", RuntimeWarning)
        try:
            with netcdf_file(raw, mmap=True) as file:
                yield file
            return
        except (OSError, ValueError, LookupError) as error:
            reason = str(error)
    # Out here, where scipy's error and the map it holds on to are gone.
    raise DataError(f"{path}: not a whole NetCDF file ({reason}); copy it again or export it anew")


def _read_window(
    path: Path, name: str, order: tuple[int, int, int], rows: slice, cols: slice
) -> np.ndarray:
    with _opened(path) as file:
        # Copied out: the map ends with the file.
        values = np.array(file.variables[name].data[stored_window(order, rows, cols)])
    return values.transpose(order)
