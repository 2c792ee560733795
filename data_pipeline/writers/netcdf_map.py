"""The map of a NetCDF file: the variable that grid_mapping names, and attributes of its coordinates.

Sources: "CF conventions 1.11"; GDAL's netCDF driver.
"""

from collections.abc import Mapping

from rasterio.crs import CRS
from rasterio.errors import CRSError

from btcnet_jax.scene.numbers import Tag
from btcnet_jax.scene.scene import Scene
from data_pipeline.readers.cf import gdal_transform
from data_pipeline.readers.coordinates import transform_of

_WKT = ("crs_wkt", "spatial_ref")
"""Of CF, and of GDAL."""
_TRANSFORM, _NAME = "GeoTransform", "grid_mapping_name"


def needs_map(scene: Scene) -> bool:
    """Whether there is more to say than coordinates do."""
    if scene.crs is not None or "crs" in scene.names:
        return True
    return scene.transform is not None and not _told_by_coordinates(scene)


def map_attributes(scene: Scene, tags: Mapping[str, Tag]) -> dict[str, Tag]:
    """Attributes of the variable: those of the original, as far as they are still true, and what lacks.

    Args:
        scene: with crs, transform or both.
        tags: the original's attributes.
    """
    known = dict(tags)
    for name in [name for name in _WKT if name in known] or _WKT:
        known.pop(name, None)
        if scene.crs is not None:
            told = str(tags.get(name, ""))
            known[name] = told if told and _same_crs(told, scene.crs) else scene.crs
    text = str(known.pop(_TRANSFORM, ""))
    if scene.transform is not None:
        if text and gdal_transform(text) == scene.transform:
            known[_TRANSFORM] = text
        elif text or not _told_by_coordinates(scene):
            a, b, x, d, e, y = scene.transform
            known[_TRANSFORM] = " ".join(map(repr, (x, a, b, y, d, e)))
    if _NAME not in known and is_geographic(scene.crs):
        known[_NAME] = "latitude_longitude"
    return known


def coordinate_attributes(axis: str, crs: str | None) -> dict[str, Tag]:
    """What CF says of coordinates of rows or columns that are made from a map."""
    geographic, name = is_geographic(crs), "y" if axis == "rows" else "x"
    place = "latitude" if axis == "rows" else "longitude"
    return {
        "standard_name": place if geographic else f"projection_{name}_coordinate",
        "units": f"degrees_{'north' if axis == 'rows' else 'east'}" if geographic else "m",
    }


def is_geographic(crs: str | None) -> bool:
    """Whether a reference system is one of degrees."""
    try:
        return crs is not None and bool(CRS.from_wkt(crs).is_geographic)
    except CRSError:
        return False


def _told_by_coordinates(scene: Scene) -> bool:
    return transform_of(scene.axis_arrays, scene.part_tags) == scene.transform


def _same_crs(one: str, other: str) -> bool:
    try:
        return one == other or bool(CRS.from_wkt(one) == CRS.from_wkt(other))
    except CRSError:
        return False
