"""GeoTIFF, cloud-optimized ones included: bands and georeferencing in one file."""

from pathlib import Path
from typing import Any

import numpy as np
from rasterio.io import DatasetReader

from btcnet_jax.scene.scene import SceneSource, usable_nodata
from data_pipeline.readers.axes import AxisOrder
from data_pipeline.readers.band_numbers import parse_numbers
from data_pipeline.readers.choose import refuse_variable
from data_pipeline.readers.layouts import SIDECARS
from data_pipeline.readers.left_out import warn_of_left_out
from data_pipeline.readers.pages import Tags, page_arguments, page_names
from data_pipeline.readers.raster import (
    RASTER,
    opened,
    raster_arguments,
    refuse_axes,
)
from data_pipeline.readers.tags import texts
from data_pipeline.readers.tiff_tags import directory_places
from data_pipeline.readers.wavelengths import to_nanometers

_DRIVER = "GTiff"
# Where GDAL keeps what sensors' bands are, in micrometers.
_IMAGERY = "IMAGERY"
# Of the file, not of the scene: GDAL and TIFF's writers put them in on their own.
_NO_TAGS = ("tifftag_xresolution", "tifftag_yresolution", "tifftag_resolutionunit")
_POINT = "AREA_OR_POINT"
# Of bands: read below, or figures of the samples, which another tool computes anew.
_BAND_TAGS = ("wavelength", "wavelength_units", "fwhm", "bbl")
_IMAGERY_TAGS = ("CENTRAL_WAVELENGTH_UM", "FWHM_UM")
_FIGURES = "STATISTICS_"
# GDAL's own, of how the file is made, and what is read.
_DOMAINS = ("", _IMAGERY, "IMAGE_STRUCTURE", "DERIVED_SUBDATASETS", "SUBDATASETS", "COLOR_PROFILE")


def open_geotiff(path: Path, variable: str | None, axes: AxisOrder | None) -> SceneSource:
    """Opens a GeoTIFF; all its bands, in the order they are stored, are the scene's.

    Of a TIFF of several images of one band each, all images are its bands.

    Wavelengths and fwhm are read from each band's domain IMAGERY (GDAL 3.10), else from its tags
    `wavelength`, `wavelength_units` and `fwhm`, which GDAL writes when it converts from ENVI; bad bands
    from the tag `bbl`, names from the descriptions of bands, missing pixels from nodata and mask.

    What a description beside the file says (`layouts.SIDECARS`) fills in what the file does not.

    Raises:
        DataError: not a readable GeoTIFF, samples are complex, a variable is asked for, or a description
            beside it is of other bands.
    """
    refuse_variable(path, variable)
    places = directory_places(path)
    with opened(path, _DRIVER) as raster:
        if names := page_names(raster, path, places):
            arguments, bands = page_arguments(path, names, axes)
        else:
            arguments, bands = raster_arguments(raster, path, _DRIVER, axes), _of_bands(raster)
        tags = texts(raster.tags(), without=_NO_TAGS)
        domains = sorted(set(raster.tag_namespaces()) - set(_DOMAINS))
    if tags.get(_POINT) == "Area":  # What GDAL says of all that say nothing.
        del tags[_POINT]
    facts = {**arguments, **_facts(bands), "tags": tags}
    warn_of_left_out(path, [*_tags_left_out(bands), *(f"metadata of {name}" for name in domains)])
    if axes not in (None, RASTER) and facts["wavelengths"] is not None:
        refuse_axes(path, axes or RASTER, "has a wavelength for each band")
    return SceneSource(name=path.stem, **_with_sidecars(path, facts))


def _with_sidecars(path: Path, facts: dict[str, Any]) -> dict[str, Any]:
    for layout in SIDECARS:
        sidecar = layout.find_sidecar(path)
        if sidecar is None:
            continue
        more = layout.sidecar_facts(sidecar, path, facts["shape"][2])
        more["nodata"] = usable_nodata(more.get("nodata"), facts["dtype"])
        tags = {**more.pop("tags", {}), **facts["tags"]}
        missing = {name: value for name, value in more.items() if facts.get(name) is None}
        facts = {**facts, **missing, "tags": tags}
    return facts


def _of_bands(raster: DatasetReader) -> list[Tags]:
    return [
        (raster.tags(band), raster.tags(band, ns=_IMAGERY), raster.descriptions[band - 1])
        for band in raster.indexes
    ]


def _facts(bands: list[Tags]) -> dict[str, Any]:
    tags = [own for own, _, _ in bands]
    mask = _numbers(tags, "bbl")
    known: dict[str, Any] = {
        "band_mask": None if mask is None else mask != 0,
        "band_names": _names([name for _, _, name in bands]),
    }
    known["wavelengths"], known["fwhm"] = _imagery([imagery for _, imagery, _ in bands])
    wavelengths = _numbers(tags, "wavelength")
    if known["wavelengths"] is None and wavelengths is not None:
        units = tags[0].get("wavelength_units", "")
        known["wavelengths"], known["fwhm"] = to_nanometers(
            wavelengths, _numbers(tags, "fwhm"), units
        )
    return known


def _tags_left_out(bands: list[Tags]) -> list[str]:
    """Tags of bands that a scene has no place for."""
    names = {
        **{name: None for own, _, _ in bands for name in own if name not in _BAND_TAGS},
        **{name: None for _, imagery, _ in bands for name in imagery if name not in _IMAGERY_TAGS},
    }
    return [f"tag {name} of bands" for name in names if not name.startswith(_FIGURES)]


def _imagery(tags: list[dict[str, str]]) -> tuple[np.ndarray | None, np.ndarray | None]:
    return _numbers(tags, "CENTRAL_WAVELENGTH_UM", 3), _numbers(tags, "FWHM_UM", 3)


def _numbers(tags: list[dict[str, str]], key: str, shift: int = 0) -> np.ndarray | None:
    """One tag of every band as float64, None unless all bands have it as a number."""
    return parse_numbers([band.get(key) for band in tags], shift) if tags else None


def _names(descriptions: list[str | None]) -> tuple[str, ...] | None:
    return tuple(name or "" for name in descriptions) if any(descriptions) else None
