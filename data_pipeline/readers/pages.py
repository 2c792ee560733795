"""A TIFF of several images, pages, each a band: what cameras and tifffile write."""

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.io import DatasetReader
from rasterio.windows import Window

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import check_cube
from data_pipeline.readers.axes import AxisOrder, settle_axes, stored_window
from data_pipeline.readers.band_axis import sampled, spread_index
from data_pipeline.readers.calibration import raster_calibration
from data_pipeline.readers.claims import require_stored
from data_pipeline.readers.raster import RASTER, opened, require_block_stored, told_nodata

_DRIVER = "GTiff"
_MOST = 1 << 13  # Opening one takes a millisecond or two.
Tags = tuple[dict[str, str], dict[str, str], str | None]
"""Of a band: its tags, those of the domain IMAGERY, and its description."""


def page_names(raster: DatasetReader, path: Path, places: Sequence[int]) -> list[str]:
    """GDAL's names of a file's pages, GTIFF_DIR:off:PLACE:PATH, in their order; empty where it has one alone.

    Args:
        raster: the first page.
        path: the file.
        places: of its directories; `directory_places`.

    Raises:
        DataError: there are too many.
    """
    # GDAL numbers directories from 1, and says which are no overviews or masks.
    numbers = [name.split(":")[1] for name in raster.subdatasets]
    pages = sorted(int(number) for number in numbers if number.isdigit())
    if len(pages) > _MOST:
        raise DataError(
            f"{path}: {len(pages)} images, and {_MOST} are read as bands; save it as one image, or as .npy"
        )
    if len(pages) < 2 or pages[-1] > len(places):
        return []
    return [f"GTIFF_DIR:off:{places[number - 1]}:{path.absolute()}" for number in pages]


def page_arguments(
    path: Path, names: list[str], axes: AxisOrder | None
) -> tuple[dict[str, Any], list[Tags]]:
    """Keyword arguments of a `SceneSource` of all pages, and what each page says of its band.

    Args:
        path: the file.
        names: of its pages.
        axes: order of the axes that the user names, of an array (pages, lines, samples).

    Raises:
        DataError: pages differ in size or type, or have several bands each.
    """
    kinds, tags, nodata = [], [], None
    calibration: list[tuple[float, float, str | None]] = []
    for name in names:
        with opened(path, _DRIVER, name) as page:
            require_block_stored(page, path)
            kinds.append((page.count, page.height, page.width, page.dtypes[0]))
            tags.append(
                (page.tags(1) | page.tags(), page.tags(1, ns="IMAGERY"), page.descriptions[0])
            )
            nodata = page.nodata if nodata is None else nodata
            calibration.append((page.scales[0], page.offsets[0], page.units[0]))
    _require_alike(path, kinds)
    _, height, width, kind = kinds[0]
    dtype, stored = np.dtype(kind), (len(names), height, width)
    check_cube(stored, dtype, str(path))
    require_stored(path, "samples", math.prod(stored) * dtype.itemsize, path.stat().st_size)
    order = settle_axes(
        stored,
        path,
        asked=axes,
        usual=RASTER,
        sample=lambda: sampled(_read(path, names, spread_index(stored)), nodata),
    )
    arguments = {
        "shape": tuple(stored[axis] for axis in order),
        "dtype": dtype,
        "nodata": told_nodata(nodata, dtype, path),
        "read_window": partial(_read_window, path, names, order),
    }
    if order[2] == RASTER[2]:
        scales, offsets, units = zip(*calibration, strict=True)
        arguments |= raster_calibration(scales, offsets, units, path)
    return arguments, tags if order[2] == 0 else []


def _require_alike(path: Path, kinds: list[tuple[int, int, int, str]]) -> None:
    first = kinds[0]
    for number, kind in enumerate(kinds, 1):
        if kind != first or kind[0] != 1:
            told = [f"{k[1]} x {k[2]} x {k[0]} {k[3]}" for k in (first, kind)]
            raise DataError(
                f"{path}: holds {len(kinds)} images, of which the first is {told[0]} and number {number}"
                f" {told[1]}; a cube is one image of all bands, or images of one size, each a band: write it so"
            )


def _read_window(
    path: Path, names: list[str], order: AxisOrder, rows: slice, cols: slice
) -> np.ndarray:
    return _read(path, names, stored_window(order, rows, cols)).transpose(order)


def _read(path: Path, names: list[str], index: tuple[slice, ...]) -> np.ndarray:
    pages = []
    for name in names[index[0]]:
        with opened(path, _DRIVER, name) as page:
            lines, samples = (
                slice(*part.indices(size))
                for part, size in zip(index[1:], (page.height, page.width), strict=True)
            )
            window = Window.from_slices(
                slice(lines.start, lines.stop), slice(samples.start, samples.stop)
            )
            pages.append(page.read(1, window=window)[:: lines.step, :: samples.step])
    return np.stack(pages)
