"""What ENVI and GeoTIFF share: a raster of bands read through rasterio."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.enums import MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import check_cube, usable_nodata


@contextmanager
def quiet_about_georeferencing() -> Iterator[None]:
    """Silences rasterio's warning of rasters without georeferencing, which most scenes lack."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


@contextmanager
def opened(path: Path, driver: str) -> Iterator[DatasetReader]:
    """The raster, open for reading, by this driver alone; its errors become DataError."""
    try:
        # Absolute, so that no part of the name is taken for a scheme such as "http:".
        with quiet_about_georeferencing(), rasterio.open(path.absolute(), driver=driver) as raster:
            yield raster
    except (RasterioError, UnicodeDecodeError) as error:
        # GDAL's own reason is the cause of rasterio's "Read failed. See previous exception".
        reason = " ".join(str(error.__cause__ or error).split())
        raise DataError(
            f"{path}: not a readable {driver} file ({reason}); copy or export it anew"
        ) from None


def read_window(path: Path, driver: str, rows: slice, cols: slice) -> np.ndarray:
    """Samples of a window, channels last: a view (rows, cols, bands) of what the raster gives."""
    with opened(path, driver) as raster:
        values = raster.read(window=Window.from_slices(rows, cols))
    return np.moveaxis(values, 0, -1)


def read_mask(path: Path, driver: str, rows: slice, cols: slice) -> np.ndarray:
    """True for pixels of a window that the raster's own mask has data for, bool (rows, cols)."""
    with opened(path, driver) as raster:
        return np.asarray(raster.read_masks(1, window=Window.from_slices(rows, cols)) > 0)


def raster_arguments(raster: DatasetReader, path: Path, driver: str) -> dict[str, Any]:
    """Keyword arguments of a `SceneSource` that any raster can answer.

    Raises:
        DataError: the samples are complex.
    """
    shape, dtype = (raster.height, raster.width, raster.count), np.dtype(raster.dtypes[0])
    check_cube(shape, dtype, str(path))
    # What GDAL tells of rasters without a map.
    unplaced = raster.transform.is_identity
    points, points_crs = raster.gcps
    crs = raster.crs or points_crs
    # Masks made of nodata or of nothing are flagged otherwise.
    masked = all(flags == [MaskFlags.per_dataset] for flags in raster.mask_flag_enums)
    return {
        "shape": shape,
        "dtype": dtype,
        "nodata": usable_nodata(raster.nodata, dtype),
        "crs": crs.to_wkt() if crs else None,
        "transform": None if unplaced else tuple(float(x) for x in raster.transform[:6]),
        "gcps": tuple((p.row, p.col, p.x, p.y, p.z or 0.0) for p in points) or None,
        "read_window": partial(read_window, path, driver),
        "read_mask": partial(read_mask, path, driver) if masked else None,
    }


def refuse_variable(path: Path, variable: str | None) -> None:
    """Raises DataError where a variable is asked of a format that holds one unnamed cube."""
    if variable is not None:
        raise DataError(
            f"{path}: this format holds one cube without a name, so '{variable}' is not in it;"
            f" leave --variable out"
        )
