"""A TIFF of several images, pages, each a band: what cameras and tifffile write."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.io import DatasetReader
from rasterio.windows import Window

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import check_cube, usable_nodata
from data_pipeline.readers.axes import AxisOrder, settle_axes, stored_window
from data_pipeline.readers.band_axis import sampled, spread_index
from data_pipeline.readers.raster import RASTER, opened

_DRIVER = "GTiff"
Tags = tuple[dict[str, str], dict[str, str], str | None]
"""Of a band: its tags, those of the domain IMAGERY, and its description."""


def page_names(raster: DatasetReader) -> list[str]:
    """GDAL's names of a file's pages, GTIFF_DIR:NUMBER:PATH, in their order; empty where it has one alone."""
    names = [name for name in raster.subdatasets if name.split(":")[1].isdigit()]
    # rasterio gives them by the alphabet: 1, 10, 11, ..., 2.
    return sorted(names, key=lambda name: int(name.split(":")[1])) if len(names) > 1 else []


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
    for name in names:
        with opened(path, _DRIVER, name) as page:
            kinds.append((page.count, page.height, page.width, page.dtypes[0]))
            tags.append(
                (page.tags(1) | page.tags(), page.tags(1, ns="IMAGERY"), page.descriptions[0])
            )
            nodata = page.nodata if nodata is None else nodata
    _require_alike(path, kinds)
    _, height, width, kind = kinds[0]
    dtype, stored = np.dtype(kind), (len(names), height, width)
    check_cube(stored, dtype, str(path))
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
        "nodata": usable_nodata(nodata, dtype),
        "read_window": partial(_read_window, path, names, order),
    }
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
