"""numpy's own files: .npy, one array, and .npz, a zip archive of named ones."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import SceneSource, check_cube
from data_pipeline.readers.arrays import loaded_source
from data_pipeline.readers.axes import AxisOrder, settle_axes
from data_pipeline.readers.band_axis import sampled, spread_index
from data_pipeline.readers.choose import Entry, choose_variable
from data_pipeline.readers.raster import refuse_variable

_DAMAGED = (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error)


def open_npy(path: Path, variable: str | None, axes: AxisOrder | None) -> SceneSource:
    """Opens a .npy file through a memory map; windows are read from disk as they are asked for.

    Raises:
        DataError: not a .npy file, cut short, Python objects in it, no cube, or a variable asked for.
    """
    refuse_variable(path, variable)
    with _reading(path):
        stored = np.lib.format.open_memmap(path, mode="r")
    check_cube(stored.shape, stored.dtype, str(path))
    order = settle_axes(
        stored.shape,
        path,
        asked=axes,
        sample=lambda: sampled(stored[spread_index(stored.shape)], None),
    )
    turned = stored.transpose(order)
    return SceneSource(
        name=path.stem,
        shape=turned.shape,
        dtype=stored.dtype.newbyteorder("="),
        read_window=lambda rows, cols: turned[rows, cols],
    )


def open_npz(path: Path, variable: str | None, axes: AxisOrder | None) -> SceneSource:
    """Opens a .npz archive and loads the cube whole: an archive's members have no windows.

    Arrays beside it describe it, see `side_facts`; a bool array `mask` of its shape is numpy's.

    Raises:
        DataError: not an archive, damaged, no such variable, or not exactly one possible array.
    """
    with _reading(path), path.open("rb") as file, _archive(file) as archive:
        arrays = {name: _member(archive, name) for name in archive.files}
    entries = {name: _entry(array) for name, array in arrays.items()}
    name = choose_variable(entries, variable, path)
    values = np.asarray(arrays[name])
    return loaded_source(
        path, name, values, {key: array for key, array in arrays.items() if array is not None}, axes
    )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        # numpy's second sentence advises to load Python objects unsafely: not repeated.
        reason = str(error).split(". ")[0]
        raise DataError(
            f"{path}: not a readable {path.suffix} file of numbers ({reason}); save it anew,"
            f" without Python objects"
        ) from None


def _archive(file: BinaryIO) -> np.lib.npyio.NpzFile:
    archive = np.load(file, allow_pickle=False)
    if isinstance(archive, np.ndarray):
        raise ValueError("a single array by its content")
    return archive


def _member(archive: np.lib.npyio.NpzFile, name: str) -> np.ndarray | None:
    """One array; None for Python objects, which are never unpickled and may lie beside a cube."""
    try:
        return archive[name]
    except ValueError as error:
        if "allow_pickle" in str(error):
            return None
        raise


def _entry(array: np.ndarray | None) -> Entry:
    return Entry((), "Python objects", False) if array is None else Entry.of(array)
