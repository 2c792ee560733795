"""One door to all readers: a path goes in, a scene comes out."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from btcnet_jax.errors import DataError, LeftOutWarning
from btcnet_jax.scene.scene import Scene, SceneSource
from btcnet_jax.scratch import clear_dead
from data_pipeline.readers import envi_files, numpy_files
from data_pipeline.readers.axes import AxisOrder, parse_axes
from data_pipeline.readers.watching import watched

_Opener = Callable[[Path, str | None, AxisOrder | None], SceneSource]


# Each format's library is imported when one is read: it takes longer than a small scene to code.
def _open_mat(path: Path, variable: str | None, axes: AxisOrder | None) -> SceneSource:
    from data_pipeline.readers.mat import open_mat

    return open_mat(path, variable, axes)


def _open_geotiff(path: Path, variable: str | None, axes: AxisOrder | None) -> SceneSource:
    from data_pipeline.readers.geotiff import open_geotiff

    return open_geotiff(path, variable, axes)


def _open_hdf5(path: Path, variable: str | None, axes: AxisOrder | None) -> SceneSource:
    from data_pipeline.readers.hdf5 import open_hdf5

    return open_hdf5(path, variable, axes)


def _open_envi(path: Path, variable: str | None, axes: AxisOrder | None) -> SceneSource:
    from data_pipeline.readers.envi import open_envi

    return open_envi(path, variable, axes)


_OPENERS: dict[str, _Opener] = {
    ".mat": _open_mat,
    ".npy": numpy_files.open_npy,
    ".npz": numpy_files.open_npz,
    **dict.fromkeys((".tif", ".tiff"), _open_geotiff),
    **dict.fromkeys((".h5", ".hdf5", ".he5", ".nc"), _open_hdf5),
    **dict.fromkeys((".hdr", *envi_files.DATA_SUFFIXES), _open_envi),
}

SUFFIXES: tuple[str, ...] = tuple(_OPENERS)
"""Suffixes that can be read; any other is taken too if an ENVI header lies beside the file."""


def open_scene(
    path: Path | str,
    variable: str | None = None,
    axes: str | Sequence[str] | None = None,
    *,
    tell_left_out: bool = False,
) -> SceneSource:
    """Opens a scene for reading in windows, so that it need not fit into memory.

    Args:
        path: ENVI header or data file, .mat, .npy, .npz, GeoTIFF, HDF5 or NetCDF file.
        variable: name of the array, for files that hold several.
        axes: what its three axes are as the file stores them, such as "rows,bands,cols", where the file does
            not say it or is wrong. A raster (ENVI, GeoTIFF) counts as bands,rows,cols whatever its interleave.
        tell_left_out: whether to warn of what the file holds besides the cube and is not taken from it: of use
            where the scene is to take the file's place.

    Returns:
        The source: shape, type, wavelengths and so on are known, samples are read on demand. Two
        formats have no windows, .mat before version 7.3 and .npz: their array is loaded whole here.

    Raises:
        DataError: the file is missing, unreadable, damaged, of no known format, or holds no cube; or the
            axes contradict each other.

    Warns:
        DataWarning: the cube is read, but something about it looks wrong.
    """
    path, order = Path(path), parse_axes(axes)
    opener = _OPENERS.get(path.suffix.lower())
    if opener is _open_envi and not (path.exists() and envi_files.headers_beside(path)):
        # A run that was killed while it replaced a pair may have left one of the two aside.
        clear_dead(path.absolute().parent)
    _require_readable(path)
    if opener is None:
        if not envi_files.headers_beside(path):
            raise DataError(f"{path}: no known format; accepted are {', '.join(SUFFIXES)}")
        opener = _open_envi
    with warnings.catch_warnings():
        if not tell_left_out:
            warnings.simplefilter("ignore", LeftOutWarning)
        return watched(opener(path, variable, order), _files(path, opener))


def read_scene(
    path: Path | str,
    variable: str | None = None,
    axes: str | Sequence[str] | None = None,
) -> Scene:
    """Reads a whole scene into memory; arguments and errors are those of `open_scene`.

    Warns:
        LeftOutWarning: arrays, attributes or tags of the file that are not taken with the cube.
    """
    return open_scene(path, variable, axes, tell_left_out=True).read_all()


def _files(path: Path, opener: _Opener) -> list[Path]:
    """The files that a scene is read from, window by window."""
    if opener in (_open_mat, numpy_files.open_npz):
        return []
    if opener is not _open_envi:
        return [path]
    data = envi_files.data_file(path) if path.suffix.lower() == ".hdr" else path
    return [data, *envi_files.headers_beside(data)]


def _require_readable(path: Path) -> None:
    """Raises DataError, with the system's own reason, for what is not a file that can be opened."""
    if path.is_dir():
        raise DataError(f"{path}: is a folder; name one scene file in it")
    try:
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: cannot be opened ({reason}); check its permissions") from None
