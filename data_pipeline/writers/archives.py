"""numpy's and MATLAB's files: the cube, and what is known of it in arrays beside it."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from scipy.io.matlab import MatWriteError

from btcnet_jax.errors import DataError
from btcnet_jax.files import atomic_path
from btcnet_jax.scene.scene import Scene
from data_pipeline.writers.lost import WORDS, pixel_mask, words_of


def npy_bytes(scene: Scene) -> tuple[bytes, list[str]]:
    """A .npy file in memory, and what it does not keep, as `write_cube` gives it."""
    buffer = io.BytesIO()
    np.save(buffer, scene.values)
    return buffer.getvalue(), words_of(scene, WORDS)


def write_npy(path: Path, scene: Scene) -> list[str]:
    """Writes the values alone; arguments and result are those of `write_cube`."""
    # Into an open file: given a name, numpy adds a suffix to "A.NPY".
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.save(file, scene.values)
    return words_of(scene, WORDS)


def write_npz(path: Path, scene: Scene) -> list[str]:
    """Writes an archive; arguments and result are those of `write_cube`."""
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **scene_arrays(scene))
    return []


def write_mat(path: Path, scene: Scene) -> list[str]:
    """Writes a MATLAB file of version 5; arguments and result are those of `write_cube`.

    Raises:
        DataError: an array is larger than this version takes.
    """
    arrays = scene_arrays(scene)
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
    return []


def scene_arrays(scene: Scene) -> dict[str, Any]:
    """The arrays of an archive, under the names the readers know; `valid` is True for data."""
    good = None if scene.band_mask is None else scene.band_mask.astype(np.uint8)
    arrays = {
        "cube": scene.values,
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
        "tags": json.dumps(scene.tags) if scene.tags else None,
    }
    return {name: np.asarray(array) for name, array in arrays.items() if array is not None}
