"""HDF5: the cube, and what is known of it in datasets beside it, under the names that the readers know."""

from pathlib import Path

import h5py
import numpy as np

from btcnet_jax.scene.scene import Scene
from data_pipeline.writers.archives import scene_arrays
from data_pipeline.writers.hdf5_file import new_hdf5

_CUBE, _AXES = "cube", ("rows", "cols", "bands")
_CHUNK = 64  # Rows and columns of all bands deflated together: a spectrum is read from one chunk.


def write_hdf5(path: Path, scene: Scene) -> list[str]:
    """Writes an HDF5 file; arguments and result are those of `write_cube`.

    The dataset `cube` lies as (rows, cols, bands), which its dimensions' labels say. Wavelengths and widths are
    in nanometers; nodata is the cube's `_FillValue` as well, where other tools look for it.
    """
    rows, cols, bands = scene.values.shape
    with new_hdf5(path) as file:
        cube = file.create_dataset(
            _CUBE,
            data=scene.values,
            chunks=(min(rows, _CHUNK), min(cols, _CHUNK), bands),
            compression="gzip",
            shuffle=True,
        )
        for axis, name in enumerate(_AXES):
            cube.dims[axis].label = name
        if scene.nodata is not None:
            cube.attrs["_FillValue"] = np.array(scene.nodata, scene.values.dtype)
        for name, array in scene_arrays(scene).items():
            if name == _CUBE:
                continue
            text = array.dtype.kind == "U"
            data = array.astype(object) if text else array
            dataset = file.create_dataset(
                name, data=data, dtype=h5py.string_dtype() if text else None
            )
            if name in ("wavelengths", "fwhm"):
                dataset.attrs["units"] = "nm"
    return []
