"""ENVI: a text header (.hdr) beside a file of raw samples in BSQ, BIL or BIP order.

Source: NV5 Geospatial, "ENVI header files"; parsed by GDAL's ENVI driver.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import SceneSource, usable_nodata
from data_pipeline.readers.envi_header import (
    header_crs,
    header_facts,
    header_nodata,
    normalize_keys,
    unread_fields,
)
from data_pipeline.readers.raster import opened, raster_arguments, refuse_variable

DATA_SUFFIXES = (".img", ".dat", ".raw", ".bsq", ".bil", ".bip", ".bin", ".cube")
_DRIVER = "ENVI"


def open_envi(path: Path, variable: str | None) -> SceneSource:
    """Opens an ENVI scene by its header or by its data file.

    Wavelengths, fwhm, the bad band list (bbl) and band names come from the header, which also gives
    nodata (data ignore value) and georeferencing; its other fields are tags.

    Raises:
        DataError: header or data file is missing or damaged, the data file is shorter than the header
            says, a list of bands has another length, samples are complex, or a variable is asked for.
    """
    refuse_variable(path, variable)
    data = _data_file(path) if path.suffix.lower() == ".hdr" else path
    _require_header(path, data)
    with opened(data, _DRIVER) as raster:
        unread = unread_fields(headers_beside(data)[0])
        header = {**normalize_keys(unread), **normalize_keys(raster.tags(ns="ENVI"))}
        arguments = raster_arguments(raster, data, _DRIVER)
    _require_whole(data, header, arguments["shape"], arguments["dtype"])
    facts = header_facts(header, arguments["shape"][2], data)
    if arguments["nodata"] is None:
        arguments["nodata"] = usable_nodata(header_nodata(header), arguments["dtype"])
    facts["crs"] = arguments.pop("crs") or header_crs(header)
    return SceneSource(name=data.stem, **arguments, **facts)


def _require_header(path: Path, data: Path) -> None:
    headers = headers_beside(data)
    if not headers:
        raise DataError(f"{path}: no ENVI header beside it; put {data.stem}.hdr into its folder")
    with headers[0].open("rb") as file:
        if file.read(4) != b"ENVI":
            # Other programs' headers have the same suffix.
            raise DataError(
                f"{path}: {headers[0].name} is no ENVI header, its first line is not 'ENVI';"
                f" export the scene as ENVI or GeoTIFF"
            )


def headers_beside(data: Path) -> list[Path]:
    """The headers that belong to this data file: cube.hdr and cube.img.hdr for cube.img."""
    names = {data.stem + ".hdr", data.stem + ".HDR", data.name + ".hdr", data.name + ".HDR"}
    return sorted(data.with_name(name) for name in names if data.with_name(name).is_file())


def _data_file(header: Path) -> Path:
    suffixes = ("", *DATA_SUFFIXES, *(suffix.upper() for suffix in DATA_SUFFIXES))
    names = [header.stem + suffix for suffix in suffixes]
    found = [header.with_name(name) for name in names if header.with_name(name).is_file()]
    if not found:
        raise DataError(
            f"{header}: its data file is missing; put {header.stem}.img into the same folder"
        )
    if len(found) > 1:
        several = ", ".join(path.name for path in found)
        raise DataError(
            f"{header}: several files could be its data ({several}); name the data file"
        )
    return found[0]


def _require_whole(
    data: Path, header: Mapping[str, str], shape: tuple[int, int, int], dtype: np.dtype
) -> None:
    """GDAL fills what a short file lacks with zeros, so its length is checked here."""
    if header.get("file_compression", "0").strip() != "0":
        return  # The length of compressed data says nothing.
    try:
        offset = int(header.get("header_offset", "0"))
    except ValueError:
        words = header["header_offset"]
        raise DataError(
            f"{data}: header offset '{words}' is no number; correct the header"
        ) from None
    needed = offset + int(np.prod(shape)) * dtype.itemsize
    length = data.stat().st_size
    if length < needed:
        raise DataError(
            f"{data}: {length} bytes, but its header promises {needed}: rows x cols x bands ="
            f" {' x '.join(map(str, shape))} of {dtype}; copy the file again or correct the header"
        )
