"""One door to all writers: a scene goes out, the type of its samples and what is known of it kept."""

import dataclasses
import importlib
from pathlib import Path

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import Scene, usable_nodata
from btcnet_jax.scene.stream import SceneStream
from data_pipeline.writers.beside import require_free_place

# Types a format cannot hold. GDAL's ENVI driver would quietly turn int8 into uint8.
_CANNOT_HOLD = {
    ".npy": (),
    ".npz": (),
    ".mat": ("float16",),
    ".tif": ("float16",),
    ".nc": ("float16",),
    ".h5": (),
    ".hdf5": (),
    ".he5": (),
    ".img": ("float16", "int8"),
}
_HEADER = ".hdr"

# Modules of this folder and their functions: the libraries of other formats are not imported.
_WRITERS = {
    ".npy": ("archives", "write_npy"),
    ".npz": ("archives", "write_npz"),
    ".mat": ("archives", "write_mat"),
    ".tif": ("geotiff", "write_geotiff"),
    ".nc": ("netcdf", "write_netcdf"),
    ".h5": ("hdf5", "write_hdf5"),
    ".hdf5": ("hdf5", "write_hdf5"),
    ".he5": ("hdf5", "write_hdf5"),
    ".img": ("envi", "write_envi"),
}


def write_cube(path: Path | str, scene: Scene | SceneStream) -> list[str]:
    """Writes a scene in the format its suffix names; the file appears whole or not at all.

    .npy holds the values alone; .npz and .mat hold them under the original's name or as `cube`, with what is
    known of them in arrays beside it. .tif is a GeoTIFF, its bands one after another, deflated; .hdr or .img,
    always in small letters, writes both files of an ENVI pair, BIL; .nc is NetCDF 4 after the CF conventions;
    .h5 is plain HDF5. Names and order of axes in NetCDF and HDF5 are the original's, where it says them.

    Args:
        path: the file to write or to replace.
        scene: samples (rows, cols, bands), integer or float; type kept, byte order native. Of a stream .npz and
            .mat collect the samples in memory; the other formats take them as they come.

    Returns:
        What the format cannot keep of the scene, in words; empty where it keeps everything.

    Raises:
        DataError: unknown suffix, a type the format cannot hold (saying which can), a place that cannot be
            written, or one beside which another file would be lost or taken for its own.
    """
    path = Path(path)
    suffix = require_known_suffix(path)
    require_free_place(path, suffix)
    stream = scene if isinstance(scene, SceneStream) else _native(scene)
    known = stream.known
    _require_holdable(path, suffix, known.values.dtype)
    nodata = usable_nodata(known.nodata, known.values.dtype)
    # Widths of bands at unknown wavelengths are of no use, and no format has a place for them.
    fwhm = None if known.wavelengths is None else known.fwhm
    plain = dataclasses.replace(known, nodata=nodata, fwhm=fwhm)
    module, name = _WRITERS[suffix]
    write = getattr(importlib.import_module(f"data_pipeline.writers.{module}"), name)
    lost: list[str] = write(path, dataclasses.replace(stream, known=plain))
    return lost if fwhm is known.fwhm else [*lost, "widths of bands"]


def _native(scene: Scene) -> SceneStream:
    native = scene.values.astype(scene.values.dtype.newbyteorder("="), copy=False)
    return SceneStream.of(dataclasses.replace(scene, values=native))


def require_known_suffix(path: Path) -> str:
    """The suffix that tells the format; ENVI's header stands for its data file.

    Raises:
        DataError: no format has this suffix.
    """
    suffix = ".img" if path.suffix.lower() == _HEADER else path.suffix.lower()
    if suffix not in _CANNOT_HOLD:
        raise DataError(f"{path}: no format to write; use {', '.join((*_CANNOT_HOLD, _HEADER))}")
    return suffix


def _require_holdable(path: Path, suffix: str, dtype: np.dtype) -> None:
    if dtype.name in _CANNOT_HOLD[suffix]:
        able = [name for name, types in _CANNOT_HOLD.items() if dtype.name not in types]
        raise DataError(f"{path}: {suffix} cannot hold {dtype}; write {', '.join(able)} instead")
