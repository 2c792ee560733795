"""Cubes written to the formats people work in, the type of the samples kept exactly."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import scipy.io
from jaxtyping import Num
from rasterio.errors import RasterioError
from rasterio.transform import Affine
from scipy.io.matlab import MatWriteError

from btcnet_jax.errors import DataError
from btcnet_jax.files import atomic_path, atomic_paths
from btcnet_jax.scene.scene import Scene, SceneInfo, usable_nodata
from data_pipeline.readers.raster import quiet_about_georeferencing

# Types a format cannot hold. GDAL's ENVI driver would quietly turn int8 into uint8.
_CANNOT_HOLD = {
    ".npy": (),
    ".npz": (),
    ".mat": ("float16",),
    ".tif": ("float16",),
    ".img": ("float16", "int8"),
}
_HEADER = ".hdr"
_HEADER_ROOM = 1 << 16


def write_cube(
    path: Path | str, values: Num[np.ndarray, "rows cols bands"], like: SceneInfo | None = None
) -> None:
    """Writes a cube in the format its suffix names; the file appears whole or not at all.

    .npy holds the values alone; .npz and .mat hold them as `cube`, with wavelengths, fwhm, bbl and
    nodata beside it. .tif is a GeoTIFF, its bands one after another, deflated; .hdr or .img, always
    in small letters, writes both files of an ENVI pair, BIL. These two hold the georeferencing too.

    Args:
        path: the file to write or to replace.
        values: samples (rows, cols, bands), integer or float; type kept, byte order native.
        like: a scene whose wavelengths, bad bands, nodata and georeferencing hold for these values
            too: it has as many bands and begins at the same pixel.

    Raises:
        DataError: unknown suffix, a type the format cannot hold (saying which can), not a cube,
            `like` of another band count, or a place that cannot be written.
    """
    path = Path(path)
    suffix = require_known_suffix(path)
    known = {"name": path.name} if like is None else {**like.info(), "name": path.name}
    scene = Scene(values=values.astype(values.dtype.newbyteorder("="), copy=False), **known)
    scene.nodata = usable_nodata(scene.nodata, scene.values.dtype)
    _require_holdable(path, suffix, scene.values.dtype)
    _WRITERS[suffix](path, scene)


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


def _write_npy(path: Path, scene: Scene) -> None:
    # Into an open file: given a name, numpy adds a suffix to "A.NPY".
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.save(file, scene.values)


def _write_npz(path: Path, scene: Scene) -> None:
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **_arrays(scene))


def _write_mat(path: Path, scene: Scene) -> None:
    with atomic_path(path) as temporary:
        try:
            scipy.io.savemat(
                temporary, _arrays(scene), appendmat=False, do_compression=True, oned_as="column"
            )
        except MatWriteError as error:
            raise DataError(f"{path}: {error}; write .npy, .tif or .hdr instead") from None


def _arrays(scene: Scene) -> dict[str, Any]:
    """The arrays of an archive, under the names the readers know."""
    mask = None if scene.band_mask is None else scene.band_mask.astype(np.uint8)
    arrays = {
        "cube": scene.values,
        "wavelengths": scene.wavelengths,
        "fwhm": scene.fwhm,
        "bbl": mask,
        "nodata": scene.nodata,
    }
    return {name: array for name, array in arrays.items() if array is not None}


def _write_envi(path: Path, scene: Scene) -> None:
    if scene.transform is not None:
        a, b, _, d, e, _ = scene.transform
        if (b, d) != (0, 0) and (a, b) != (-e, d):
            raise DataError(f"{path}: ENVI cannot hold a sheared map transform; write .tif instead")
    _require_space(path, scene.values.nbytes)
    data, header = path.with_suffix(".img"), path.with_suffix(_HEADER)
    # The data first: a header then never describes data that are not there.
    with atomic_paths(data, header) as (temporary, described):
        _write_raster(path, temporary, scene, {"driver": "ENVI", "interleave": "bil"})
        # GDAL describes the data by the path that it was given, which is about to go.
        passing = str(temporary.absolute()).encode()
        described.write_bytes(described.read_bytes().replace(passing, data.name.encode()))


def _require_space(path: Path, size: int) -> None:
    """GDAL's ENVI driver says nothing where the disk fills up, so the room is asked for before."""
    with contextlib.suppress(FileNotFoundError):  # Of the folder; writing will tell.
        free = shutil.disk_usage(path.absolute().parent).free
        if free < size + _HEADER_ROOM:
            raise DataError(f"{path}: needs {size} bytes, but the disk has {free} left; free some")


def _write_tif(path: Path, scene: Scene) -> None:
    profile = {
        "driver": "GTiff",
        "interleave": "band",
        "compress": "deflate",
        "photometric": "minisblack",  # Else three bands of bytes are marked as red, green, blue.
        "BIGTIFF": "IF_SAFER",
    }
    with atomic_path(path) as temporary:
        _write_raster(path, temporary, scene, profile)


def _write_raster(path: Path, temporary: Path, scene: Scene, profile: dict[str, str]) -> None:
    rows, cols, bands = scene.values.shape
    shape = {"height": rows, "width": cols, "count": bands, "dtype": scene.values.dtype}
    place = {"crs": scene.crs, "transform": scene.transform and Affine(*scene.transform)}
    try:
        with (
            quiet_about_georeferencing(),
            rasterio.open(
                temporary.absolute(), "w", nodata=scene.nodata, **shape, **place, **profile
            ) as raster,
        ):
            raster.write(np.moveaxis(scene.values, -1, 0))
            _write_band_lists(raster, scene)
    except RasterioError as error:
        raise DataError(f"{path}: cannot be written ({error}); check the free space") from None
    # Statistics that another tool keeps of the replaced file would be taken for those of this one.
    path.with_name(temporary.name + ".aux.xml").unlink(missing_ok=True)


def _write_band_lists(raster: rasterio.io.DatasetWriter, scene: Scene) -> None:
    """Wavelengths in nanometers, fwhm and bbl: into the ENVI header, or tags of GeoTIFF bands."""
    mask = None if scene.band_mask is None else scene.band_mask.astype(int)
    lists = {"wavelength": scene.wavelengths, "fwhm": scene.fwhm, "bbl": mask}
    words = {
        name: list(map(str, list_.tolist())) for name, list_ in lists.items() if list_ is not None
    }
    units = {"wavelength_units": "Nanometers"} if "wavelength" in words else {}
    if raster.driver == "ENVI":
        joined = {name: "{" + ", ".join(list_) + "}" for name, list_ in words.items()}
        raster.update_tags(ns="ENVI", **joined, **units)
        return
    for band in raster.indexes:
        own = {name: list_[band - 1] for name, list_ in words.items()}
        raster.update_tags(band, **own, **units)


_WRITERS: dict[str, Callable[[Path, Scene], None]] = {
    ".npy": _write_npy,
    ".npz": _write_npz,
    ".mat": _write_mat,
    ".img": _write_envi,
    ".tif": _write_tif,
}
