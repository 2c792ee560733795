"""A mask of pixels in a file of its own."""

from pathlib import Path

import numpy as np
import rasterio
from jaxtyping import Bool
from rasterio.errors import RasterioError

from btcnet_jax.errors import DataError
from data_pipeline.readers.raster import quiet_about_georeferencing


def read_mask(path: Path) -> Bool[np.ndarray, "rows cols"]:
    """True for pixels with data: those that are not 0, nor NaN.

    Args:
        path: a .npy of two axes, or a raster of one band that GDAL reads (GeoTIFF, ENVI data file, PNG).

    Raises:
        DataError: the file is missing or unreadable, or holds no mask.
    """
    try:
        if path.suffix.lower() == ".npy":
            values = np.load(path, allow_pickle=False)
        else:
            with quiet_about_georeferencing(), rasterio.open(path.absolute()) as raster:
                values = raster.read()
    except (OSError, ValueError, EOFError, RasterioError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: not a readable mask ({reason}); give a .npy or GeoTIFF") from None
    if values.ndim == 3 and values.shape[0] == 1:
        values = values[0]
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise DataError(
            f"{path}: a mask has two axes, (rows, cols), of numbers, not {values.shape} {values.dtype}; "
            "give 0 where pixels have no data"
        )
    return np.nan_to_num(values) != 0
