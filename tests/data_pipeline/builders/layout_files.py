"""Files as publishers lay them out, of few pixels."""

import numpy as np
import rasterio
import scipy.io

from data_pipeline.readers.raster import quiet_about_georeferencing


def make_cube(rows=12, cols=8, bands=5, seed=0, dtype=np.int16):
    return np.random.default_rng(seed).integers(1, 999, (rows, cols, bands)).astype(dtype)


def write_raster(path, values, driver, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows, cols, bands = values.shape
    size = {"height": rows, "width": cols, "count": bands, "dtype": values.dtype}
    with (
        quiet_about_georeferencing(),
        rasterio.open(path, "w", driver=driver, **size, **options) as raster,
    ):
        raster.write(np.moveaxis(values, -1, 0))


def write_mat(path, **arrays):
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, arrays)


def write_band_folder(folder, values, **options):
    for band in range(values.shape[2]):
        path = folder / f"EO1H0440342003_B{band + 1:03d}_L1T.TIF"
        write_raster(path, values[:, :, band : band + 1], "GTiff", **options)
