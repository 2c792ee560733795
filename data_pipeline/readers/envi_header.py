"""What an ENVI header says besides the layout of its samples. GDAL has parsed it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.crs import CRS
from rasterio.errors import CRSError

from btcnet_jax.errors import DataError
from data_pipeline.readers.band_numbers import parse_numbers, require_band_count
from data_pipeline.readers.calibration import per_band
from data_pipeline.readers.tags import texts
from data_pipeline.readers.wavelengths import to_nanometers

# Fields that say how samples lie, or that are kept in other places of a scene.
NO_TAGS = (
    *("samples", "lines", "bands", "header_offset", "file_type", "data_type", "interleave"),
    *("byte_order", "file_compression", "major_frame_offsets", "minor_frame_offsets"),
    *("wavelength", "wavelength_units", "fwhm", "bbl", "band_names", "data_ignore_value"),
    *("map_info", "projection_info", "coordinate_system_string", "geo_points"),
    *("data_gain_values", "data_offset_values", "data_units"),
)


_LONGEST_LINE = 10_000  # Bytes; GDAL stops reading a header at a line that is longer.
_LARGEST = 1 << 26
_FIELD = re.compile(r"^[ \t]*([^=\n{}]+?)[ \t]*=[ \t]*(\{[^{}]*\}|[^\n]*)", re.MULTILINE)


def unread_fields(path: Path) -> dict[str, str]:
    """All fields of a header where GDAL or rasterio passes over some: overlong lines, bytes of Latin-1."""
    raw = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    else:
        if all(len(line) < _LONGEST_LINE for line in raw.splitlines()):
            return {}
    return dict(_FIELD.findall(text))


def normalize_keys(header: Mapping[str, str]) -> dict[str, str]:
    """The header with keys in small letters, parted by "_"; ENVI knows no capitals in keys."""
    return {"_".join(key.lower().split()): value for key, value in header.items()}


def header_facts(header: Mapping[str, str], bands: int, path: Path) -> dict[str, Any]:
    """Wavelengths, fwhm, bad bands, band names and tags, as keyword arguments of a scene.

    Args:
        header: as `normalize_keys` gives it.
        bands: the cube's bands.
        path: the file, for messages.

    Raises:
        DataError: wavelengths, fwhm, the bad band list, gains or offsets are of another length.
    """
    wavelengths, fwhm, mask = (
        _numbers(header, key, bands, path) for key in ("wavelength", "fwhm", "bbl")
    )
    known: dict[str, Any] = {
        "band_mask": None if mask is None else mask != 0,
        "band_names": _names(header.get("band_names", ""), bands),
        "tags": _tags(header, path),
        **_calibration(header, bands, path),
    }
    if wavelengths is not None:
        units = header.get("wavelength_units", "")
        known["wavelengths"], known["fwhm"] = to_nanometers(wavelengths, fwhm, units)
        known["part_tags"] = {"wavelengths": {"units": units}} if units else {}
    return known


def _calibration(header: Mapping[str, str], bands: int, path: Path) -> dict[str, Any]:
    """Gains and offsets, a number a band or one for all; and the unit, of which ENVI itself has no field."""
    known: dict[str, Any] = {}
    for field, key in (("scale", "data_gain_values"), ("offset", "data_offset_values")):
        numbers = parse_numbers(header.get(key, "").strip("{} ").rstrip(", ").split(","))
        if numbers is not None:
            require_band_count(f"the header's {key}", numbers.size, bands, path, single=True)
            known[field] = per_band(numbers, bands)
    if units := header.get("data_units", "").strip("{} "):
        known["units"] = units
    return known


def _numbers(header: Mapping[str, str], key: str, bands: int, path: Path) -> np.ndarray | None:
    """A list "{1, 2, 3}", also with a comma at its end; None where it is none of numbers."""
    words = header.get(key, "").strip("{} ").rstrip(", ").split(",")
    numbers = parse_numbers(words)
    if numbers is not None:
        require_band_count(f"the header's {key}", len(numbers), bands, path)
    return numbers


def _names(text: str, bands: int) -> tuple[str, ...] | None:
    """None where there is not a name a band, as where names hold commas, or GDAL made all of them up."""
    names = [name.strip() for name in text.strip("{} ").rstrip(", ").split(",")]
    if len(names) != bands:
        return None
    given = tuple("" if name == f"Band {band}" else name for band, name in enumerate(names, 1))
    return given if any(given) else None


def require_layout(header: Mapping[str, str], path: Path) -> None:
    """Raises DataError where GDAL reads samples that the header does not place, or places otherwise.

    Args:
        header: as `normalize_keys` gives it.
        path: the file, for messages.
    """
    if not header.get("data_type", "").strip():
        raise DataError(
            f"{path}: its header has no 'data type', so nobody knows what its bytes are; add the line, such as"
            f" 'data type = 2' for int16, 12 for uint16 or 4 for float32"
        )
    for key in ("major_frame_offsets", "minor_frame_offsets"):
        offsets = parse_numbers(header.get(key, "0").strip("{} ").rstrip(", ").split(","))
        if offsets is None or offsets.any():
            raise DataError(
                f"{path}: its header tells of bytes between lines ({key.replace('_', ' ')} = {header[key]}),"
                f" which GDAL does not skip; export it without them"
            )


def header_nodata(header: Mapping[str, str]) -> float | None:
    """The data ignore value, for a header that GDAL has not read to its end."""
    number = parse_numbers([header.get("data_ignore_value")])
    return None if number is None else float(number[0])


def header_crs(header: Mapping[str, str]) -> str | None:
    """The coordinate system string, which GDAL passes over where there is no map, only points."""
    text = header.get("coordinate_system_string", "").strip("{} ")
    try:
        return CRS.from_wkt(text).to_wkt() if text else None
    except CRSError:
        return None


def _tags(header: Mapping[str, str], path: Path) -> dict[str, str]:
    tags = texts(header, without=NO_TAGS)
    description = tags.pop("description", "").strip("{} \n")
    # What GDAL writes where nobody described the scene.
    if description and Path(description).name not in (path.name, path.stem):
        tags["description"] = description
    return tags
