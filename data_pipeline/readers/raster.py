"""What ENVI and GeoTIFF share: a raster of bands read through rasterio."""

import math
import warnings
from collections.abc import Iterator, Sequence
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

from btcnet_jax.errors import DataError, DataWarning
from btcnet_jax.scene.scene import check_cube, usable_nodata
from data_pipeline.readers.axes import AxisOrder, spell, stored_window
from data_pipeline.readers.calibration import raster_calibration
from data_pipeline.readers.claims import require_stored

RASTER: AxisOrder = (1, 2, 0)
"""Axes of rows, columns and bands in the array that GDAL gives of a raster."""

_MOST_BANDS = 1 << 12  # What rasterio does for a window takes time with their square.


@contextmanager
def quiet_about_georeferencing() -> Iterator[None]:
    """Silences rasterio's warning of rasters without georeferencing, which most scenes lack."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


@contextmanager
def opened(path: Path, driver: str, part: str | None = None) -> Iterator[DatasetReader]:
    """The raster, open for reading, by this driver alone; its errors become DataError.

    Args:
        path: the file.
        driver: GDAL's name of the format.
        part: GDAL's name of one of several rasters in the file, or None.
    """
    try:
        # Absolute, so that no part of the name is taken for a scheme such as "http:". Without an
        # environment GDAL tells its complaints on the terminal.
        with (
            quiet_about_georeferencing(),
            rasterio.Env(),
            rasterio.open(part or path.absolute(), driver=driver) as raster,
        ):
            yield raster
    except UnicodeEncodeError:
        name = str(path).encode("utf-8", "replace").decode()
        raise DataError(f"{name}: GDAL takes no name that is not UTF-8; rename the file") from None
    except (RasterioError, UnicodeDecodeError) as error:
        # GDAL's own reason is the cause of rasterio's "Read failed. See previous exception".
        reason = " ".join(str(error.__cause__ or error).split())
        raise DataError(
            f"{path}: not a readable {driver} file ({reason}); copy or export it anew"
        ) from None


def read_window(path: Path, driver: str, order: AxisOrder, rows: slice, cols: slice) -> np.ndarray:
    """Samples of a window, channels last: a view (rows, cols, bands) of what the raster gives."""
    with opened(path, driver) as raster:
        bands, lines, samples = (
            slice(*part.indices(size))
            for part, size in zip(
                stored_window(order, rows, cols),
                (raster.count, raster.height, raster.width),
                strict=True,
            )
        )
        values = raster.read(
            list(range(bands.start + 1, bands.stop + 1)),
            window=Window.from_slices(lines, samples),
        )
    return np.asarray(values).transpose(order)


def read_mask(path: Path, driver: str, rows: slice, cols: slice) -> np.ndarray:
    """True for pixels of a window that the raster's own mask has data for, bool (rows, cols)."""
    with opened(path, driver) as raster:
        return np.asarray(raster.read_masks(1, window=Window.from_slices(rows, cols)) > 0)


def raster_arguments(
    raster: DatasetReader, path: Path, driver: str, axes: AxisOrder | None
) -> dict[str, Any]:
    """Keyword arguments of a `SceneSource` that any raster can answer.

    Args:
        raster: open.
        path: its file.
        driver: GDAL's name of its format.
        axes: order of the axes that the user names, or None.

    Raises:
        DataError: the samples are complex, or the axes named contradict the raster's map or mask.
    """
    stored, dtype = (raster.count, raster.height, raster.width), np.dtype(raster.dtypes[0])
    order = axes or RASTER
    shape = tuple(stored[axis] for axis in order)
    check_cube(shape, dtype, str(path))
    if raster.count > _MOST_BANDS:
        raise DataError(
            f"{path}: {raster.count} bands, and {_MOST_BANDS} of a raster are read; save the cube as .npy"
        )
    require_block_stored(raster, path)
    require_stored(path, "samples", math.prod(shape) * dtype.itemsize, path.stat().st_size)
    # What GDAL tells of rasters without a map.
    unplaced = raster.transform.is_identity
    points, points_crs = raster.gcps
    crs = raster.crs or points_crs
    # Masks made of nodata or of nothing are flagged otherwise.
    masked = all(flags == [MaskFlags.per_dataset] for flags in raster.mask_flag_enums)
    if order != RASTER and (crs or points or masked or not unplaced):
        refuse_axes(path, order, "has a map or a mask of its lines and samples")
    return {
        "shape": shape,
        "dtype": dtype,
        "nodata": told_nodata(raster.nodata, dtype, path),
        "crs": crs.to_wkt() if crs else None,
        "transform": None if unplaced else tuple(float(x) for x in raster.transform[:6]),
        "gcps": tuple((p.row, p.col, p.x, p.y, p.z or 0.0) for p in points) or None,
        "read_window": partial(read_window, path, driver, order),
        "read_mask": partial(read_mask, path, driver) if masked else None,
        **_calibration(raster, path, order),
    }


def _calibration(raster: DatasetReader, path: Path, order: AxisOrder) -> dict[str, Any]:
    known = raster_calibration(raster.scales, raster.offsets, raster.units, path)
    if order[2] != RASTER[2] and (known.keys() & {"scale", "offset"}):
        refuse_axes(path, order, "has a scale or an offset for each band")
    return known


def told_nodata(nodata: float | None, dtype: np.dtype, path: Path) -> int | float | None:
    """The nodata value of a raster, as of `usable_nodata`; a warning where no sample can have it."""
    usable = usable_nodata(nodata, dtype)
    if nodata is not None and usable is None:
        text = (
            f"{path}: its nodata value {nodata:g} is none that {dtype} can hold, so it is not kept"
        )
        warnings.warn(text, DataWarning, stacklevel=3)
    return usable


def require_block_stored(raster: DatasetReader, path: Path) -> None:
    """Refuse a raster of which one block, a tile or strips, cannot be in its file: GDAL holds it whole.

    Raises:
        DataError: as of `require_stored`.
    """
    rows, cols = raster.block_shapes[0]
    together = raster.count if raster.profile.get("interleave") == "pixel" else 1
    block = rows * cols * together * np.dtype(raster.dtypes[0]).itemsize
    require_stored(path, "a block", block, path.stat().st_size)


def refuse_axes(path: Path, order: Sequence[int], why: str) -> None:
    """Raises DataError where a raster knows better than the user how its axes lie."""
    rows, cols, bands = order
    raise DataError(
        f"{path}: {why}, so its axes are {spell(RASTER)}, not {spell((rows, cols, bands))}; leave --axes out"
    )
