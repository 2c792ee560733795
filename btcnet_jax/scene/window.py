"""A part of a scene as a scene of its own: its window of rows and columns, or some of its bands."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Int, Int32

from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.part import Part
from btcnet_jax.scene.scene import Scene, SceneSource

_AxisArrays = dict[str, dict[str, np.ndarray]]


def window(scene: Scene, rows: slice, cols: slice) -> Scene:
    """Some lines and columns of a scene, with all that is known of them.

    The transform is shifted to the window's corner, and so are the control points: those outside of
    the window are kept, at rows or columns that it does not have, since they tie it to the ground as
    well. Of a lookup table, the map and its transform stay, and places of the map whose sample is
    outside of the window have none.

    Args:
        scene: of which values and mask are not copied.
        rows: lines wanted, as in indexing a list, without a step.
        cols: columns wanted, likewise.

    Raises:
        DataError: the window is empty.
    """
    rows, cols = _bounds(rows, scene.values.shape[0]), _bounds(cols, scene.values.shape[1])
    mask = None if scene.mask is None else scene.mask[rows, cols]
    return Scene(**_moved(scene, rows, cols), values=scene.values[rows, cols], mask=mask)


def read_window(source: SceneSource, rows: slice, cols: slice) -> Scene:
    """The same of a scene on disk, of which the window alone is read.

    Args:
        source, rows, cols: as of `window`.

    Raises:
        DataError: as of `SceneSource.read`.
    """
    values = source.read(rows, cols)
    rows, cols = _bounds(rows, source.shape[0]), _bounds(cols, source.shape[1])
    mask = None if source.read_mask is None else source.read_mask(rows, cols)
    return Scene(**_moved(source, rows, cols), values=values, mask=mask)


def select_bands(scene: Scene, kept: Bool[np.ndarray, " bands"]) -> Scene:
    """Some bands of a scene, their samples contiguous, with what is known of each of them."""
    info = _of_bands(scene, np.flatnonzero(kept))
    mask = scene.mask if scene.mask is None or scene.mask.ndim == 2 else scene.mask[..., kept]
    return Scene(**info, values=np.ascontiguousarray(scene.values[:, :, kept]), mask=mask)


def part_info(known: SceneInfo, part: Part, shape: tuple[int, int, int]) -> dict[str, Any]:
    """What is known of a scene of this shape, as of a part of it; see `window` and `select_bands`."""
    if part.shape[:2] != shape[:2]:
        known = SceneInfo(**_moved(known, part.rows, part.cols))
    return _of_bands(known, part.bands)


def _of_bands(known: SceneInfo, bands: Int[np.ndarray, " some"]) -> dict[str, Any]:
    """What is known of the scene, as of some bands."""
    info = known.info()
    info["axis_arrays"] = _along(known.axis_arrays, "bands", bands)
    for what in ("wavelengths", "fwhm", "band_mask", "scale", "offset"):
        info[what] = None if info[what] is None else info[what][bands]
    if known.band_names is not None:
        info["band_names"] = tuple(known.band_names[band] for band in bands.tolist())
    return info


def _bounds(wanted: slice, size: int) -> slice:
    start, stop, _ = wanted.indices(size)
    return slice(start, stop)


def _moved(known: SceneInfo, rows: slice, cols: slice) -> dict[str, Any]:
    """What is known of the scene, as of a window."""
    info = known.info()
    info["axis_arrays"] = _along(_along(known.axis_arrays, "rows", rows), "cols", cols)
    if known.glt is not None:
        return info | {"glt": _moved_table(known.glt, rows, cols)}
    if known.transform is not None:
        a, b, c, d, e, f = known.transform
        right, down = cols.start, rows.start
        info["transform"] = (a, b, c + a * right + b * down, d, e, f + d * right + e * down)
    if known.gcps is not None:
        info["gcps"] = tuple(
            (row - rows.start, col - cols.start, *place) for row, col, *place in known.gcps
        )
    return info


def _along(arrays: _AxisArrays, axis: str, kept: slice | Int[np.ndarray, " _"]) -> _AxisArrays:
    """Arrays along axes, of this axis these entries alone."""
    return {
        name: {key: array[kept] if name == axis else array for key, array in named.items()}
        for name, named in arrays.items()
    }


def _moved_table(
    table: Int32[np.ndarray, "map_rows map_cols 2"], rows: slice, cols: slice
) -> Int32[np.ndarray, "map_rows map_cols 2"]:
    first = np.array([cols.start, rows.start], np.int32)
    last = np.array([cols.stop, rows.stop], np.int32)
    inside = ((table > first) & (table <= last)).all(axis=2, keepdims=True)
    return np.where(inside, table - first, np.int32(0))
