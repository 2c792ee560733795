"""ENVI: which files belong together, a header and its samples; without GDAL, which takes time to import."""

import contextlib
from pathlib import Path

from btcnet_jax.errors import DataError

DATA_SUFFIXES = (".img", ".dat", ".raw", ".bsq", ".bil", ".bip", ".bin", ".cube")
"""Usual ones of samples."""
# Of other files that lie beside a header under its name.
_NOT_DATA = (
    *(".hdr", ".btcn", ".xml", ".txt", ".csv", ".json", ".md", ".pdf", ".log", ".enp", ".sta"),
    *(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".mat", ".npy", ".npz", ".h5", ".he5", ".nc"),
    *(".zip", ".gz", ".kml", ".kmz", ".prj", ".ovr", ".evf", ".roi", ".md5"),
)


def headers_beside(data: Path) -> list[Path]:
    """The headers that belong to this data file: cube.hdr and cube.img.hdr for cube.img."""
    names = {data.stem + ".hdr", data.stem + ".HDR", data.name + ".hdr", data.name + ".HDR"}
    return sorted(data.with_name(name) for name in names if data.with_name(name).is_file())


def data_file(header: Path) -> Path:
    """The data file of a header: of a usual suffix, else the only other file of the header's name.

    Raises:
        DataError: there is none, or several.
    """
    found = possible_data(header)
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


def possible_data(header: Path) -> list[Path]:
    """Files that a header may be of: those of a usual suffix, else whatever else has its name."""
    suffixes = ("", *DATA_SUFFIXES, *(suffix.upper() for suffix in DATA_SUFFIXES))
    names = [header.stem + suffix for suffix in suffixes]
    found = [header.with_name(name) for name in names if header.with_name(name).is_file()]
    return found or _others_beside(header)


def _others_beside(header: Path) -> list[Path]:
    """Files of the header's name and whatever suffix, but for those that are known to be no samples."""
    with contextlib.suppress(OSError):  # A folder may be closed to listing.
        return sorted(
            path
            for path in header.parent.iterdir()
            if path.stem == header.stem and path.suffix.lower() not in _NOT_DATA and path.is_file()
        )
    return []
