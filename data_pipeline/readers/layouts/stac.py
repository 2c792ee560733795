"""A STAC item beside a GeoTIFF: `bands` of STAC 1.1 with the electro-optical extension.

Source: STAC 1.1.0, "Common metadata", its extensions EO 2.0 and raster 2.0; `eo:bands` are those of STAC 1.0.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from data_pipeline.readers.band_numbers import parse_numbers, require_band_count
from data_pipeline.readers.tags import as_text, texts

_LARGEST = 1 << 26
_TAGS = ("datetime", "platform", "constellation", "mission", "title", "description", "license")


def find_sidecar(path: Path) -> Path | None:
    """The item beside a GeoTIFF: a.json, a.stac.json or a.tif.json beside a.tif."""
    names = (f"{path.stem}.json", f"{path.stem}.stac.json", f"{path.name}.json")
    return next(filter(Path.is_file, map(path.with_name, names)), None)


def sidecar_facts(sidecar: Path, path: Path, bands: int) -> dict[str, Any]:
    """Wavelengths and fwhm in nanometers, scale, offset, names, nodata and tags, as far as the item has them.

    Args:
        sidecar: the item.
        path: the GeoTIFF.
        bands: its bands.

    Raises:
        DataError: the item has another number of bands.
    """
    item = _loaded(sidecar)
    properties = _mapping(item.get("properties"))
    asset = _asset(_mapping(item.get("assets")), path)
    listed = _bands(asset) or _bands(properties) or _bands(item)
    known: dict[str, Any] = {"tags": texts({name: properties.get(name) for name in _TAGS})}
    if not listed:
        return known
    require_band_count(f"{sidecar.name}, bands", len(listed), bands, path)
    known["wavelengths"] = _numbers(listed, "center_wavelength")
    known["fwhm"] = _numbers(listed, "full_width_half_max")
    for field in ("scale", "offset"):
        numbers = parse_numbers([as_text(band.get(f"raster:{field}")) for band in listed])
        if numbers is not None:
            known[field] = numbers
    names = tuple(as_text(band.get("name")) for band in listed)
    known["band_names"] = names if any(names) else None
    nodata = parse_numbers([as_text(asset.get("nodata", listed[0].get("nodata")))])
    known["nodata"] = None if nodata is None else float(nodata[0])
    return known


def _loaded(sidecar: Path) -> Mapping[str, Any]:
    """Empty for what cannot be read or is no item: the GeoTIFF is a scene without it too."""
    try:
        if sidecar.stat().st_size > _LARGEST:
            return {}
        return _mapping(json.loads(sidecar.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _asset(assets: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """The asset that is this file, else the only one."""
    found = [_mapping(asset) for asset in assets.values()]
    for asset in found:
        if Path(unquote(urlsplit(as_text(asset.get("href"))).path)).name == path.name:
            return asset
    return found[0] if len(found) == 1 else {}


def _bands(place: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = place.get("bands") or place.get("eo:bands")
    return [_mapping(band) for band in listed] if isinstance(listed, list) else []


def _numbers(bands: list[Mapping[str, Any]], name: str) -> Any:
    """In nanometers; the item says micrometers."""
    words = [as_text(band.get(f"eo:{name}", band.get(name))) for band in bands]
    return parse_numbers(words, 3)
