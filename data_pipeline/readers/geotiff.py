"""GeoTIFF, cloud-optimized ones included: bands and georeferencing in one file."""

from pathlib import Path
from typing import Any

import numpy as np
from rasterio.io import DatasetReader

from btcnet_jax.scene.scene import SceneSource
from data_pipeline.readers.raster import opened, raster_arguments, refuse_variable
from data_pipeline.readers.wavelengths import to_nanometers

_DRIVER = "GTiff"


def open_geotiff(path: Path, variable: str | None) -> SceneSource:
    """Opens a GeoTIFF; all its bands, in the order they are stored, are the scene's.

    Wavelengths are read from each band's tags `wavelength`, `wavelength_units`, `fwhm` and `bbl`,
    the first two being what GDAL writes when it converts from ENVI.

    Raises:
        DataError: not a readable GeoTIFF, samples are complex, or a variable is asked for.
    """
    refuse_variable(path, variable)
    with opened(path, _DRIVER) as raster:
        arguments = raster_arguments(raster, path, _DRIVER)
        lists = _band_lists(raster)
    return SceneSource(name=path.stem, **arguments, **lists)


def _band_lists(raster: DatasetReader) -> dict[str, Any]:
    tags = [raster.tags(band) for band in raster.indexes]
    wavelengths, fwhm, mask = (_numbers(tags, key) for key in ("wavelength", "fwhm", "bbl"))
    known: dict[str, Any] = {"band_mask": None if mask is None else mask != 0}
    if wavelengths is not None:
        units = tags[0].get("wavelength_units", "")
        known["wavelengths"], known["fwhm"] = to_nanometers(wavelengths, fwhm, units)
    return known


def _numbers(tags: list[dict[str, str]], key: str) -> np.ndarray | None:
    """One tag of every band as float64, None unless all bands have it as a number."""
    try:
        return np.array([float(band[key]) for band in tags])
    except (KeyError, ValueError):
        return None
