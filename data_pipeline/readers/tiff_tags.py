"""The directories of a TIFF, one for each image, found before libtiff looks for them.

Offsets that no file reaches make libtiff speak on the terminal itself. And it finds a page by its number by
walking through all before it; by its place it is found at once.

Sources: "TIFF 6.0", Adobe; "BigTIFF Design", libtiff.
"""

import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from btcnet_jax.errors import DataError


class _Layout(NamedTuple):
    """Of one kind of TIFF: where the first directory is told, and how its parts are packed."""

    start: int
    number: struct.Struct
    entry: struct.Struct
    place: struct.Struct


_LAYOUTS = {
    mark: _Layout(
        8 if big else 4,
        struct.Struct(order + ("Q" if big else "H")),
        struct.Struct(order + ("HHQ8s" if big else "HHI4s")),
        struct.Struct(order + ("Q" if big else "I")),
    )
    for mark, order, big in (
        (b"II*\0", "<", False),
        (b"MM\0*", ">", False),
        (b"II+\0", "<", True),
        (b"MM\0+", ">", True),
    )
}
# Bytes of a value by its type; of those that are no types of TIFF, one.
_SIZES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_LONG8 = (16, 18)
_OFFSETS = (273, 324)
"""Tags whose values are where strips and tiles lie."""
_MOST_ENTRIES, _MOST_DIRECTORIES, _MOST_READ = 1 << 12, 1 << 16, 1 << 26


def directory_places(path: Path) -> list[int]:
    """Where each directory of a file lies, in their order; empty where it is no TIFF.

    Raises:
        DataError: it points behind its end, or is cut short.
    """
    size, places = path.stat().st_size, dict[int, None]()
    with path.open("rb") as file:
        layout = _LAYOUTS.get(file.read(4))
        if layout is None:
            return []
        file.seek(layout.start)
        try:
            place = _number(file, layout.place)
            while place and place not in places and len(places) < _MOST_DIRECTORIES:
                places[place] = None
                place = _check_directory(file, layout, place, size)
        except (ValueError, struct.error) as error:
            raise DataError(
                f"{path}: not a readable GTiff file ({error}); copy or export it anew"
            ) from None
    return list(places)


def _check_directory(file: BinaryIO, layout: _Layout, place: int, size: int) -> int:
    """Checks one directory; gives the place of the next."""
    file.seek(_within(place, size))
    count = _number(file, layout.number)
    if count > _MOST_ENTRIES:
        raise ValueError(f"a directory of {count} entries")
    entries = file.read(count * layout.entry.size)
    following = _number(file, layout.place)
    if layout.place.size == 8:
        for entry in layout.entry.iter_unpack(entries):
            _check_entry(file, entry, layout.place, size)
    return following


def _check_entry(
    file: BinaryIO, entry: tuple[int, int, int, bytes], place: struct.Struct, size: int
) -> None:
    """Of a BigTIFF: of others no offset is beyond what systems can look for."""
    tag, kind, values, data = entry
    length = values * _SIZES.get(kind, 1)
    if length > place.size:
        file.seek(_within(place.unpack(data)[0], size))
        data = file.read(min(length, _MOST_READ)) if tag in _OFFSETS else b""
    if tag in _OFFSETS and kind in _LONG8:
        offsets = np.frombuffer(data[: len(data) // 8 * 8], place.format[0] + "u8")
        _within(int(offsets.max(initial=0)), size)


def _within(offset: int, size: int) -> int:
    if offset > size:
        raise ValueError(f"it points to byte {offset} and has {size}")
    return offset


def _number(file: BinaryIO, packed: struct.Struct) -> int:
    return int(packed.unpack(file.read(packed.size))[0])
