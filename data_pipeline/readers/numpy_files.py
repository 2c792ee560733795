"""numpy's own files: .npy, one array, and .npz, a zip archive of named ones."""

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.npy import DAMAGED, read_header, require_whole
from btcnet_jax.scene.scene import SceneSource, check_cube
from data_pipeline.readers.arrays import loaded_source
from data_pipeline.readers.axes import AxisOrder, settle_axes
from data_pipeline.readers.band_axis import sampled, spread_index
from data_pipeline.readers.choose import Entry, choose_variable, refuse_variable
from data_pipeline.readers.claims import require_stored, worth_reading

_NPY = ".npy"


def open_npy(path: Path, variable: str | None, axes: AxisOrder | None) -> SceneSource:
    """Opens a .npy file through a memory map; windows are read from disk as they are asked for.

    Raises:
        DataError: not a .npy file, cut short, Python objects in it, no cube, or a variable asked for.
    """
    refuse_variable(path, variable)
    with _reading(path):
        with path.open("rb") as file:
            require_whole(file, path.stat().st_size)
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
    """Opens a .npz archive and loads the cube whole: an archive's members have no windows. Others are not
    loaded, but for those that describe it.

    Arrays beside it describe it, see `side_facts`; a bool array `mask` of its shape is numpy's.

    Raises:
        DataError: not an archive, damaged, no such variable, or not exactly one possible array.
    """
    with _reading(path), _archive(path) as archive:
        members = {info.filename.removesuffix(_NPY): info for info in archive.infolist()}
        entries = {name: _entry(archive, info) for name, info in members.items()}
        name = choose_variable(entries, variable, path)
        known = {key: members[key] for key in worth_reading(entries, name)}
        for key, info in known.items():
            require_stored(path, key, _claimed(archive, info), info.compress_size)
        arrays = {key: _member(archive, info) for key, info in known.items()}
    return loaded_source(
        path,
        name,
        np.asarray(arrays[name]),
        {key: array for key, array in arrays.items() if array is not None},
        axes,
        {key: entry for key, entry in entries.items() if key not in known},
    )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except DAMAGED as error:
        # numpy's second sentence advises to load Python objects unsafely: not repeated.
        reason = str(error).split(". ")[0]
        raise DataError(
            f"{path}: not a readable {path.suffix} file of numbers ({reason}); save it anew,"
            f" without Python objects"
        ) from None


def _archive(path: Path) -> zipfile.ZipFile:
    with path.open("rb") as file:
        if file.read(len(np.lib.format.MAGIC_PREFIX)) == np.lib.format.MAGIC_PREFIX:
            raise ValueError("a single array by its content")
    return zipfile.ZipFile(path)


def _header(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of a member, without its samples.

    Raises:
        ValueError: no array of numpy's.
    """
    with archive.open(info) as file:
        return read_header(file)


def _claimed(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    shape, dtype = _header(archive, info)
    return math.prod(shape) * dtype.itemsize


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray | None:
    """One array; None for Python objects, which are never unpickled and may lie beside a cube."""
    try:
        with archive.open(info) as file:
            return np.lib.format.read_array(file, allow_pickle=False)
    except ValueError as error:
        if "allow_pickle" in str(error) or "Object arrays" in str(error):
            return None
        raise


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
    """A member for `choose_variable`; one that is no array counts as no numbers."""
    if not info.filename.endswith(_NPY):
        return Entry((), "no array", False)
    shape, dtype = _header(archive, info)
    if dtype.hasobject:
        return Entry((), "Python objects", False)
    return Entry(shape, str(dtype), dtype.kind in "iuf")
