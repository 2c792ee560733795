"""MATLAB files: versions 4 to 7 through scipy, version 7.3, which is HDF5, through h5py."""

import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import error as StructError

import h5py
import numpy as np
import scipy.io
from scipy.io.matlab import MatReadError

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import SceneSource
from data_pipeline.readers.arrays import loaded_source
from data_pipeline.readers.axes import AxisOrder
from data_pipeline.readers.choose import Entry, choose_variable
from data_pipeline.readers.claims import require_stored, worth_reading
from data_pipeline.readers.hdf5 import open_hdf5
from data_pipeline.readers.mat_tags import require_sound_tags
from data_pipeline.readers.mat_trial import require_survivable

_STRUCT = "struct"
_NOT_NUMBERS = ("logical", "char", "cell", "struct", "object", "function", "opaque", "unknown")
# What scipy was seen to raise on text, on other formats and on files cut at every kind of place.
_DAMAGED = (
    *(MatReadError, OSError, EOFError, ValueError, TypeError, LookupError),
    *(NotImplementedError, OverflowError, MemoryError, StructError, zlib.error),
)


def open_mat(path: Path, variable: str | None, axes: AxisOrder | None) -> SceneSource:
    """Opens a MATLAB file of any version.

    Before version 7.3 there are no windows: the cube is loaded whole here. Its type is the one it
    is stored in, which for MATLAB's compact doubles is the integer type that holds them. Arrays
    beside it describe it, see `side_facts`.

    Raises:
        DataError: not a MATLAB file, damaged, no such variable, or not exactly one possible array.
    """
    if h5py.is_hdf5(path):
        return open_hdf5(path, variable, axes)
    unfolded = require_sound_tags(path)
    with _reading(path):
        listed = scipy.io.whosmat(path)
    if any(kind == _STRUCT for _, _, kind in listed) and not _has_cube(listed, variable):
        return _of_structs(path, variable, axes, unfolded)
    entries = {name: _entry(shape, kind) for name, shape, kind in listed}
    name = choose_variable(entries, variable, path)
    stored = path.stat().st_size
    require_stored(path, name, math.prod(entries[name].shape), stored)
    wanted = worth_reading(entries, name)
    require_survivable(path, wanted, unfolded)
    with _reading(path):
        arrays = scipy.io.loadmat(path, variable_names=wanted)
        values = arrays[name]
    known = {key: arrays[key] for key in wanted if key in arrays}
    others = {key: entry for key, entry in entries.items() if key not in wanted}
    return loaded_source(path, name, values, known, axes, others)


def _has_cube(listed: list[tuple[str, tuple[int, ...], str]], variable: str | None) -> bool:
    """Whether what is asked for lies in no structure: the variable, or any array of three axes."""
    if variable is not None:
        return any(name == variable and kind != _STRUCT for name, _, kind in listed)
    return any(len(shape) == 3 and kind not in _NOT_NUMBERS for _, shape, kind in listed)


def _of_structs(
    path: Path, variable: str | None, axes: AxisOrder | None, unfolded: int
) -> SceneSource:
    """The scene of a file whose cube is a field of a structure: fields are named "hsi/Data", as in 7.3."""
    require_survivable(path, [], unfolded)
    with _reading(path):
        loaded = scipy.io.loadmat(path)
    arrays: dict[str, np.ndarray] = {}
    for name, value in loaded.items():
        if not name.startswith("__"):
            _add_fields(name, value, arrays)
    entries = {name: Entry.of(array) for name, array in arrays.items()}
    name = choose_variable(entries, variable and variable.strip("/").replace(".", "/"), path)
    return loaded_source(path, name, arrays[name], arrays, axes)


def _add_fields(name: str, value: object, arrays: dict[str, np.ndarray]) -> None:
    if not isinstance(value, np.ndarray):
        return
    if value.dtype.names is None or value.size != 1:
        arrays[name] = value
        return
    for field in value.dtype.names:
        _add_fields(f"{name}/{field}", value[field].ravel()[0], arrays)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"{path}: not a whole MATLAB file ({reason}); copy it again or save it anew"
        ) from None


def _entry(shape: tuple[int, ...], matlab_class: str) -> Entry:
    return Entry(tuple(shape), matlab_class, matlab_class not in _NOT_NUMBERS)
