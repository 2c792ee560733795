"""EnMAP's GeoTIFF with its METADATA.XML beside it.

Source: "EnMAP Ground Segment, Level 1B / 1C / 2A product specification", DLR.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from data_pipeline.readers.band_numbers import parse_numbers, require_band_count
from data_pipeline.readers.tags import texts
from data_pipeline.readers.wavelengths import to_nanometers

_ENDING = "metadata.xml"
_QUALITY = "-QL_"
_LARGEST = 1 << 26  # Bytes; EnMAP's are near one million.
# Elements kept as tags: what tells a scene from others.
_TAGS = ("startTime", "stopTime", "processingLevel", "datatakeID", "tileID", "missionID", "sensor")


def find_sidecar(path: Path) -> Path | None:
    """The description beside a GeoTIFF: its name without METADATA.XML begins the GeoTIFF's name."""
    if _QUALITY in path.name:
        return None  # Another raster of the product, which is not of the bands described.
    with contextlib.suppress(OSError):  # A folder may be closed to listing.
        return next(_descriptions(path), None)
    return None


def _descriptions(path: Path) -> Iterator[Path]:
    for other in sorted(path.parent.iterdir()):
        name = other.name.lower()
        start = name.removesuffix(_ENDING).rstrip("-_.")
        if name.endswith(_ENDING) and path.name.lower().startswith(start) and other.is_file():
            yield other


def sidecar_facts(sidecar: Path, path: Path, bands: int) -> dict[str, Any]:
    """Wavelengths and fwhm in nanometers, scale, offset, nodata and tags, as far as the description has them.

    Args:
        sidecar: the description.
        path: the GeoTIFF.
        bands: its bands.

    Raises:
        DataError: the description has another number of bands.
    """
    root = _parsed(sidecar)
    if root is None:
        return {}
    centers, widths = (
        parse_numbers(_of_detector(list(_all_texts(root, name)), path, bands))
        for name in ("wavelengthCenterOfBand", "FWHMOfBand")
    )
    known: dict[str, Any] = {}
    if centers is not None and centers.size:
        require_band_count(f"{sidecar.name}, wavelengthCenterOfBand", centers.size, bands, path)
        same = widths if widths is not None and widths.size == bands else None
        known["wavelengths"], known["fwhm"] = to_nanometers(centers, same, "")
    for field, name in (("scale", "GainOfBand"), ("offset", "OffsetOfBand")):
        numbers = parse_numbers(_of_detector(list(_all_texts(root, name)), path, bands))
        if numbers is not None and numbers.size == bands:
            known[field] = numbers
    background = parse_numbers(list(_all_texts(root, "backgroundValue"))[:1])
    if background is not None and background.size:
        known["nodata"] = float(background[0])
    found = {name: next(_all_texts(root, name), "") for name in _TAGS}
    return {**known, "tags": texts(found)}


def _of_detector(numbers: list[str], path: Path, bands: int) -> list[str]:
    """Level 1B has a file a detector: the first bands described are those of VNIR, the last of SWIR."""
    if "SPECTRAL_IMAGE_VNIR" in path.name:
        return numbers[:bands]
    return numbers[-bands:] if "SPECTRAL_IMAGE_SWIR" in path.name else numbers


def _parsed(sidecar: Path) -> ElementTree.Element | None:
    """None for what cannot be read: the GeoTIFF is a scene without it too."""
    try:
        if sidecar.stat().st_size > _LARGEST:
            return None
        return ElementTree.parse(sidecar).getroot()
    except (OSError, ElementTree.ParseError, LookupError, ValueError):
        return None


def _all_texts(root: ElementTree.Element, name: str) -> Iterator[str]:
    """Texts of all elements of this name, in whatever namespace and case, in the file's order."""
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2].lower() == name.lower():
            yield (element.text or "").strip()
