"""What a file says of its arrays, held against the bytes that it has, before anything is read."""

import math
from collections.abc import Mapping
from pathlib import Path

from btcnet_jax.errors import DataError
from data_pipeline.readers.choose import Entry
from data_pipeline.readers.sides import BAND_LISTS, is_side, side_name

# Deflate, the usual compression, takes no more than this out of a byte; of small arrays all is believed.
_MOST_A_BYTE, _FREE = 1_100, 1 << 27
_LONGEST_LIST = 1 << 20
"""Entries of a list of bands that is worth reading; damaged files claim more."""
_SIDE_FREE, _SIDES_A_CUBE = 1 << 26, 4
_ALONG_FREE = 1 << 25
"""Bytes of all lists along an axis; deflated, thousands of them take next to nothing."""


def require_stored(path: Path, name: str, claimed: int, stored: int) -> None:
    """Refuse an array of which most cannot be in the file: its chunks were never written, or it is hostile.

    Args:
        path, name: the file and the array, for messages.
        claimed: bytes of the array.
        stored: bytes of the file that hold it.

    Raises:
        DataError: it claims more than compression explains.
    """
    if claimed > max(_FREE, _MOST_A_BYTE * stored):
        raise DataError(
            f"{path}, {name}: {claimed} bytes of samples, but {stored} of the file hold them: most were never "
            "written; copy the file again, or save it anew as .npy"
        )


def worth_reading(entries: Mapping[str, Entry], cube: str) -> list[str]:
    """The cube, and what may describe it: arrays of a name that does, and lists along an axis.

    Those that are far too large for that are not among them.
    """
    shape = entries[cube].shape
    most = max(_SIDE_FREE, _SIDES_A_CUBE * 8 * math.prod(shape))
    sides = [name for name in entries if is_side(name) and name != cube]
    along, free = [], _ALONG_FREE
    for name, entry in entries.items():
        if name != cube and not is_side(name) and _is_along(entry, shape):
            free -= 8 * math.prod(entry.shape)
            along += [name] if free >= 0 else []
    return [cube, *(name for name in sides if _size(name, entries[name]) <= most), *along]


def _is_along(entry: Entry, shape: tuple[int, ...]) -> bool:
    """Whether it is a list of numbers with an entry for each row, column or band; MATLAB's have two axes."""
    count = math.prod(entry.shape)
    return (
        entry.numeric
        and 1 < count <= _LONGEST_LIST
        and count == max(entry.shape)
        and count in shape
    )


def _size(name: str, entry: Entry) -> int | float:
    """Bytes at most; a list of bands that no scene can have is larger than all."""
    count = math.prod(entry.shape)
    return math.inf if side_name(name) in BAND_LISTS and count > _LONGEST_LIST else 8 * count
