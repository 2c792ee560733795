"""What lies beside an output: files that writing it would replace, or that would be taken for its own."""

import contextlib
from pathlib import Path

from btcnet_jax.errors import DataError

_HEADER = ".hdr"
_OF_TIFF = {".msk": "mask", ".ovr": "overviews"}


def require_free_place(path: Path, suffix: str) -> None:
    """Refuses an output beside which lies what would be lost or would belong to it by its name.

    Args:
        path: as the user names it.
        suffix: of the format, as `require_known_suffix` gives it.

    Raises:
        DataError: says which file it is, and what to do.
    """
    if suffix == ".img":
        _require_free_pair(path)
    if suffix == ".tif":
        for more, what in _OF_TIFF.items():
            if (other := path.with_name(path.name + more)).exists():
                raise DataError(
                    f"{path}: {other.name} beside it would be taken for its {what}; remove that, or name"
                    f" another output"
                )


def _require_free_pair(path: Path) -> None:
    from data_pipeline.readers.envi_files import headers_beside, possible_data

    data, header = path.with_suffix(".img"), path.with_suffix(_HEADER)
    others = [other for other in headers_beside(data) if not _same(other, header)]
    if others:
        raise DataError(
            f"{path}: {others[0].name} beside it would be taken for the header of {data.name}; remove it, or"
            f" name another output"
        )
    if not header.exists():
        if data.exists() and path.suffix.lower() == _HEADER:
            raise DataError(
                f"{path}: its samples would replace {data.name}, which is no ENVI file; name another output"
            )
        return
    if not _is_envi(header):
        raise DataError(
            f"{path}: {header.name} is there and is no ENVI header, so it would be lost; name another output"
        )
    owned = [other.name for other in possible_data(header) if not _same(other, data)]
    if owned:
        raise DataError(
            f"{path}: {header.name} is the header of {owned[0]} and would be replaced by that of {data.name};"
            f" name another output"
        )


def _is_envi(header: Path) -> bool:
    try:
        with header.open("rb") as file:
            return file.read(16).lstrip(b"\xef\xbb\xbf").startswith(b"ENVI")
    except OSError:
        return True  # Writing will tell.


def _same(one: Path, other: Path) -> bool:
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return one == other
