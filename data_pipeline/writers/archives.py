"""numpy's and MATLAB's files: the cube, and what is known of it in arrays beside it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.files import atomic_path
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.stream import SceneStream
from data_pipeline.readers.parts_text import parts_text, tags_text
from data_pipeline.readers.sides import SIDE_NAMES
from data_pipeline.writers.lost import WORDS, pixel_mask, turned_axes, words_of
from data_pipeline.writers.names import Names, choose_names, is_hdf5_name

_LONGEST_NAME = 31  # Of a variable in MATLAB's files of version 5.


def write_npy(path: Path, stream: SceneStream) -> list[str]:
    """Writes the values alone; arguments and result are those of `write_cube`."""
    # Into an open file: given a name, numpy adds a suffix to "A.NPY".
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        return save_npy(file.write, stream)


def save_npy(write: Callable[[bytes | memoryview], object], stream: SceneStream) -> list[str]:
    """The values of a scene as they come, in numpy's format; gives what it does not keep, as `write_cube`."""
    values = stream.known.values
    header = np.lib.format.header_data_from_array_1_0(
        np.empty((0, *values.shape[1:]), values.dtype)
    )
    start = io.BytesIO()
    np.lib.format.write_array_header_1_0(start, header | {"shape": values.shape})
    write(start.getvalue())
    for group in stream.lines:
        write(np.ascontiguousarray(group).data.cast("B"))
    return _lost_by_npy(stream.finished())


def _lost_by_npy(scene: Scene) -> list[str]:
    return [*words_of(scene, WORDS), *turned_axes(scene)]


def write_npz(path: Path, stream: SceneStream) -> list[str]:
    """Writes an archive, from memory; arguments and result are those of `write_cube`."""
    scene = stream.collect()
    names = _names(scene, _is_npz_name)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **scene_arrays(scene, names))
    return [*names.lost, *turned_axes(scene)]


def write_mat(path: Path, stream: SceneStream) -> list[str]:
    """Writes a MATLAB file of version 5, from memory; arguments and result are those of `write_cube`.

    Raises:
        DataError: an array is larger than this version takes.
    """
    # Here: it takes longer to import than a small scene to restore.
    import scipy.io
    from scipy.io.matlab import MatWriteError

    scene = stream.collect()
    names = _names(scene, _is_matlab_name)
    arrays = scene_arrays(scene, names)
    if "band_names" in arrays:  # Cells, since rows of a table of characters are filled with blanks.
        arrays["band_names"] = arrays["band_names"].astype(object)
    if "valid" in arrays:
        arrays["valid"] = arrays["valid"].astype(np.uint8)
    with atomic_path(path) as temporary:
        try:
            scipy.io.savemat(
                temporary, arrays, appendmat=False, do_compression=True, oned_as="column"
            )
        except MatWriteError as error:
            raise DataError(f"{path}: {error}; write .npy, .tif or .hdr instead") from None
    return [*names.lost, *turned_axes(scene)]


def _names(scene: Scene, able: Callable[[str], bool]) -> Names:
    return choose_names(scene, {}, {}, SIDE_NAMES, able)


def _is_npz_name(name: str) -> bool:
    # The file's own parameter is called so.
    return is_hdf5_name(name) and name != "file"


def _is_matlab_name(name: str) -> bool:
    return name.isidentifier() and name.isascii() and name[0] != "_" and len(name) <= _LONGEST_NAME


def scene_arrays(scene: Scene, names: Names) -> dict[str, Any]:
    """The arrays of an archive; beside the cube under the names the readers know; `valid` is True for data."""
    good = None if scene.band_mask is None else scene.band_mask.astype(np.uint8)
    arrays = {
        names.cube: scene.values,
        "wavelengths": scene.wavelengths,
        "fwhm": scene.fwhm,
        "bbl": good,
        "band_names": None if scene.band_names is None else np.array(scene.band_names),
        "nodata": scene.nodata,
        "valid": pixel_mask(scene),
        "mask": None if scene.mask is None or scene.mask.ndim == 2 else np.logical_not(scene.mask),
        "crs": scene.crs,
        "transform": scene.transform,
        "gcps": scene.gcps,
        "glt": scene.glt,
        "tags": tags_text(scene.tags) if scene.tags else None,
        "scale_factor": scene.scale,
        "add_offset": scene.offset,
        "units": scene.units,
        "parts": parts_text(scene, names.arrays) or None,
    }
    for (axis, name), written in names.arrays.items():
        arrays[written] = scene.axis_arrays[axis][name]
    return {name: np.asarray(array) for name, array in arrays.items() if array is not None}
