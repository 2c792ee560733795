"""Label maps of anomalies or classes, in a scene's own file or beside it."""

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import scipy.io
from jaxtyping import Int
from numpy import ndarray
from scipy.io.matlab import MatReadError

from btcnet_jax.errors import DataError

_VARIABLE = "map"
_DAMAGED = (
    *(MatReadError, OSError, EOFError, ValueError, TypeError, LookupError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error),
)


_Reader = Callable[[Path], ndarray | None]


def read_labels(scene_path: Path | str, shape: tuple[int, int]) -> Int[ndarray, "rows cols"] | None:
    """The label map of a scene, if there is one.

    Looked for in this order: <stem>_labels.npy or <stem>_labels.npz beside the scene's file, an
    archive holding a single array; the variable `map` of a .mat file of any version, as the ABU
    anomaly scenes have it (Kang et al., IEEE Trans. Geosci. Remote Sens. 55(10), 2017).

    Args:
        scene_path: the scene's file.
        shape: the scene's (rows, cols), which the map must have too.

    Returns:
        Labels, int64: zero or less for background or no label. None where there is no map.

    Raises:
        DataError: the map is unreadable, of another shape, or holds other than whole numbers.
    """
    path = Path(scene_path)
    places: list[tuple[Path, _Reader]] = [
        (path.with_name(f"{path.stem}_labels.npy"), _read_npy),
        (path.with_name(f"{path.stem}_labels.npz"), _read_npz),
    ]
    if path.suffix.lower() == ".mat":
        places.append((path, _read_mat))
    for place, read in places:
        found = _guarded(read, place) if place.exists() else None
        if found is not None:
            return _checked(found, shape, place)
    return None


def _guarded(read: _Reader, path: Path) -> ndarray | None:
    try:
        return read(path)
    except _DAMAGED as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"{path}: no readable label map ({reason}); copy it again or save it anew"
        ) from None


def _read_npy(path: Path) -> ndarray:
    with path.open("rb") as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _read_npz(path: Path) -> ndarray:
    with np.load(path, allow_pickle=False) as archive:
        if len(archive.files) != 1:
            raise ValueError(f"{len(archive.files)} arrays where one is expected")
        values: ndarray = archive[archive.files[0]]
        return values


def _read_mat(path: Path) -> ndarray | None:
    if h5py.is_hdf5(path):
        with h5py.File(path, "r") as file:
            # MATLAB stores axes reversed; of two, that is the same as transposed.
            return np.asarray(file[_VARIABLE]).T if _VARIABLE in file else None
    values: ndarray | None = scipy.io.loadmat(path, variable_names=[_VARIABLE]).get(_VARIABLE)
    return values


def _checked(values: ndarray, shape: tuple[int, int], path: Path) -> Int[ndarray, "rows cols"]:
    if values.shape != shape:
        raise DataError(
            f"{path}: the label map is {values.shape}, the scene {shape}; crop both alike"
        )
    whole = values.dtype.kind in "iub" or (
        values.dtype.kind == "f" and bool((np.isfinite(values) & (values == np.rint(values))).all())
    )
    if not whole:
        raise DataError(
            f"{path}: the label map holds other than whole numbers; store class numbers"
        )
    return values.astype(np.int64)
