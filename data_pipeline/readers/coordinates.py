"""Places of pixels by coordinates: a list for rows and one for columns, or an entry a pixel."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from btcnet_jax.scene.coordinates import Transform, centers
from btcnet_jax.scene.numbers import Tag
from data_pipeline.readers.variable import Variable

WGS84 = "EPSG:4326"
PLACES = {
    "rows": ("y", "lat", "latitude", "northing"),
    "cols": ("x", "lon", "longitude", "easting"),
}
"""Names of coordinates, in small letters; others along rows and columns are times or numbers of lines."""

_TOLD = {
    "rows": {"Y", "projection_y_coordinate", "latitude"},
    "cols": {"X", "projection_x_coordinate", "longitude"},
}
_AxisArrays = Mapping[str, Mapping[str, np.ndarray]]
_PartTags = Mapping[str, Mapping[str, Tag]]
_GRID = 9  # Points along each side: enough to warp by, few enough to lie in a header.
# Of a step, within which places count as regular: what rounding to float32 leaves of a map's coordinates.
_TOLERANCE = 1e-2


def is_places(name: str) -> bool:
    """Whether an array of this name holds a coordinate of places."""
    return name.lower() in (*PLACES["rows"], *PLACES["cols"])


def place_arrays(arrays: _AxisArrays, tags: _PartTags) -> dict[str, str]:
    """Names of the arrays with the places of rows and of columns, by axis, as far as there are any.

    Args:
        arrays: numbers by axis and name, as a scene has them in `axis_arrays`.
        tags: their attributes, as a scene has them in `part_tags`; CF's attributes tell places by any name.
    """
    found: dict[str, str] = {}
    for axis, names in PLACES.items():
        for name in arrays.get(axis, {}):
            told = tags.get(f"{axis}:{name}", {})
            if name.lower() in names or _TOLD[axis] & {told.get("axis"), told.get("standard_name")}:
                found.setdefault(axis, name)
    return found


def transform_of(arrays: _AxisArrays, tags: _PartTags) -> Transform | None:
    """The map of regular coordinates of the pixels' centers; None where there are none, or no regular ones.

    Args:
        arrays, tags: as of `place_arrays`.
    """
    names = place_arrays(arrays, tags)
    if len(names) < len(PLACES):
        return None
    rows, cols = (_regular(arrays[axis][names[axis]]) for axis in PLACES)
    if rows is None or cols is None:
        return None
    (top, down), (left, right) = rows, cols
    return (right, 0.0, left, 0.0, down, top)


def _regular(places: np.ndarray) -> tuple[float, float] | None:
    """Corner and step of an axis."""
    numbers = places.astype(np.float64)
    if numbers.size < 2 or not np.isfinite(numbers).all():
        return None
    step = float(numbers[-1] - numbers[0]) / (numbers.size - 1)
    corner = float(numbers[0]) - step / 2
    off = np.abs(numbers - centers(corner, step, numbers.size)).max()
    return (corner, step) if step and off <= _TOLERANCE * abs(step) else None


def control_points(places: Sequence[Variable], sizes: Mapping[str, int]) -> dict[str, Any]:
    """Some pixels of arrays with a latitude and a longitude a pixel, as gcps, with their crs.

    Args:
        places: such arrays among others.
        sizes: of the cube's rows and columns.
    """
    shape = (sizes["rows"], sizes["cols"])
    named = {variable.last.lower(): variable for variable in places if variable.shape == shape}
    for lat, lon in (("lat", "lon"), ("latitude", "longitude")):
        if lat in named and lon in named:
            points = grid_points(named[lat].read(), named[lon].read(), *shape)
            if not points:
                return {}
            from rasterio.crs import CRS

            return {"gcps": points, "crs": CRS.from_string(WGS84).to_wkt()}
    return {}


def grid_points(
    lats: Any, lons: Any, rows: int, cols: int
) -> tuple[tuple[float, float, float, float, float], ...] | None:
    """Some pixels with their places, as control points: row, column, longitude, latitude, height 0.

    Args:
        lats: latitude of each pixel's center, (rows, cols), in degrees; an array or a dataset on disk.
        lons: its longitude.
        rows, cols: of the cube; places of another shape are passed over.
    """
    if lats.shape != (rows, cols) or lons.shape != (rows, cols):
        return None
    points = []
    for row in np.unique(np.linspace(0, rows - 1, _GRID).astype(int)):
        for col in np.unique(np.linspace(0, cols - 1, _GRID).astype(int)):
            lat, lon = float(lats[row, col]), float(lons[row, col])
            if abs(lat) <= 90 and abs(lon) <= 180:  # Fill values are neither.
                # GDAL counts from a pixel's corner.
                points.append((row + 0.5, col + 0.5, lon, lat, 0.0))
    return tuple(points) or None
