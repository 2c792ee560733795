"""ENVI: a text header (.hdr) beside a file of raw samples in BSQ, BIL or BIP order.

Source: NV5 Geospatial, "ENVI header files"; parsed by GDAL's ENVI driver.
"""

import contextlib
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from btcnet_jax.errors import DataError, DataWarning
from btcnet_jax.scene.scene import SceneSource, usable_nodata
from data_pipeline.readers.axes import AxisOrder
from data_pipeline.readers.choose import refuse_variable
from data_pipeline.readers.envi_files import data_file, headers_beside
from data_pipeline.readers.envi_header import (
    header_crs,
    header_facts,
    header_nodata,
    normalize_keys,
    require_layout,
    unread_fields,
)
from data_pipeline.readers.envi_mark import UTF8_MARK, reading_without_mark, without_mark
from data_pipeline.readers.raster import opened, raster_arguments

_DRIVER, _FIRST = "ENVI", b"ENVI"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def open_envi(path: Path, variable: str | None, axes: AxisOrder | None) -> SceneSource:
    """Opens an ENVI scene by its header or by its data file.

    Wavelengths, fwhm, the bad band list (bbl) and band names come from the header, which also gives
    nodata (data ignore value) and georeferencing; its other fields are tags.

    A header with the byte order mark of UTF-8 is read without it, and a warning says so.

    Raises:
        DataError: header or data file is missing or damaged, the header does not say the type or has bytes
            between lines, the data file is shorter than the header says, a list of bands has another
            length, samples are complex, or a variable is asked for.
    """
    refuse_variable(path, variable)
    data = data_file(path) if path.suffix.lower() == ".hdr" else path
    file, marked = _require_header(path, data)
    with (
        without_mark(data, file) if marked else contextlib.nullcontext(data) as plain,
        opened(plain, _DRIVER) as raster,
    ):
        unread = unread_fields(file)
        header = {**normalize_keys(unread), **normalize_keys(raster.tags(ns="ENVI"))}
        arguments = raster_arguments(raster, plain, _DRIVER, axes)
    if marked:
        for name in ("read_window", "read_mask"):
            if arguments[name] is not None:
                arguments[name] = reading_without_mark(arguments[name], data, file)
    require_layout(header, data)
    _require_whole(data, header, arguments["shape"], arguments["dtype"])
    facts = header_facts(header, arguments["shape"][2], data)
    if arguments["nodata"] is None:
        arguments["nodata"] = usable_nodata(header_nodata(header), arguments["dtype"])
    facts["crs"] = arguments.pop("crs") or header_crs(header)
    return SceneSource(name=data.stem, **{**arguments, **facts})


def _require_header(path: Path, data: Path) -> tuple[Path, bool]:
    """The header of a data file, and whether it begins with a mark of UTF-8."""
    headers = headers_beside(data)
    if not headers:
        raise DataError(f"{path}: no ENVI header beside it; put {data.stem}.hdr into its folder")
    with headers[0].open("rb") as file:
        start = file.read(len(UTF8_MARK) + len(_FIRST))
    if start.startswith(_UTF16_MARKS):
        raise DataError(
            f"{path}: {headers[0].name} is text of 16 bits, which an editor has made of it; save it as UTF-8"
            f" without a byte order mark"
        )
    if not start.removeprefix(UTF8_MARK).startswith(_FIRST):
        # Other programs' headers have the same suffix.
        raise DataError(
            f"{path}: {headers[0].name} is no ENVI header, its first line is not 'ENVI';"
            f" export the scene as ENVI or GeoTIFF"
        )
    marked = start.startswith(UTF8_MARK)
    if marked:
        text = (
            f"{path}: {headers[0].name} begins with a byte order mark, which an editor has put there and other"
            f" programs stumble over; it is read without, save it as UTF-8 without that mark"
        )
        warnings.warn(text, DataWarning, stacklevel=3)
    return headers[0], marked


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
    if length > needed:
        text = (
            f"{data}: {length} bytes, {length - needed} more than its header tells of: rows x cols x bands ="
            f" {' x '.join(map(str, shape))} of {dtype}; is that header its own, and right?"
        )
        warnings.warn(text, DataWarning, stacklevel=2)
