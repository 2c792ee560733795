"""Checks the tags of a MATLAB 5 file, each kind of data that it names, which scipy's reader trusts blindly.

That reader looks tables up with numbers from the file; one beyond them ends the process, and no `except` helps.
Source: "MAT-File Format", MathWorks, chapter 1.
"""

import struct
import zlib
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from btcnet_jax.errors import DataError

_HEADER, _MATRIX, _COMPRESSED = 128, 14, 15
_NUMBERS = {1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 17, 18}
_FLAGS, _FLAGS_BYTES, _OPAQUE, _LAST_CLASS = 6, 16, 17, 18
_SIZES, _MOST_AXES = (5, 6), 32
_STEP, _DEEPEST = 1 << 20, 32
# What deflate makes of a byte at most, about, and of those of a scene with wide borders; of a file, all.
_MOST_A_BYTE, _LIKELY_A_BYTE, _FREE = 1_100, 1 << 6, 1 << 27


@runtime_checkable
class _Source(Protocol):
    def read(self, count: int) -> bytes: ...

    def skip(self, count: int) -> None: ...


class _Plain:
    """Bytes of the file itself."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, count: int) -> bytes:
        return self._file.read(count)

    def skip(self, count: int) -> None:
        self._file.seek(count, 1)


class _Inflated:
    """Bytes of a compressed element, of which no more is kept than is asked for."""

    def __init__(self, data: bytes) -> None:
        self._inflater, self._rest = zlib.decompressobj(), data

    def read(self, count: int) -> bytes:
        found = b""
        while len(found) < count and (self._rest or not self._inflater.eof):
            part = self._inflater.decompress(self._rest, count - len(found))
            self._rest = self._inflater.unconsumed_tail
            if not part and not self._rest:
                break
            found += part
        return found

    def skip(self, count: int) -> None:
        while count > 0 and (part := self.read(min(count, _STEP))):
            count -= len(part)


def require_sound_tags(path: Path) -> int:
    """Refuse a MATLAB 5 file that names a kind of data there is not; others than version 5 pass.

    Returns:
        Bytes of all elements, unfolded, at most.

    Raises:
        DataError: a tag makes no sense, or far more is deflated in it than a scene would be: scipy unfolds
            arrays to tell what they are.
    """
    size, unfolded = path.stat().st_size, 0
    with path.open("rb") as file:
        head = file.read(_HEADER)
        order = {b"MI": ">", b"IM": "<"}.get(head[126:128])
        if order is None or 0 in head[:4]:
            return size
        try:
            while file.tell() < size:
                kind, length = struct.unpack(f"{order}II", file.read(8))
                start = file.tell()
                if kind == _COMPRESSED:
                    inflated = _Inflated(file.read(length))
                    kind, whole = struct.unpack(f"{order}II", inflated.read(8))
                    _check(kind, whole, inflated, order, 0)
                    unfolded += min(whole, _MOST_A_BYTE * length)
                else:
                    _check(kind, length, _Plain(file), order, 0)
                    unfolded += length
                # Compressed elements are not filled up to whole words.
                file.seek(start + length)
        except (struct.error, ValueError, zlib.error) as error:
            raise DataError(
                f"{path}: not a whole MATLAB file (a tag of it makes no sense: {error}); copy it again or save "
                "it anew"
            ) from None
    if unfolded > max(_FREE, _LIKELY_A_BYTE * size):
        raise DataError(
            f"{path}: {size} bytes that unfold to {unfolded}, which no scene's would; save the cube as .npy"
        )
    return unfolded


def _check(kind: int, length: int, source: _Source, order: str, depth: int) -> None:
    """Of one element whose tag was read; arrays hold others, one after another."""
    if kind != _MATRIX:
        if kind not in _NUMBERS:
            raise ValueError(f"data of type {kind}")
        source.skip(length)
        return
    if depth > _DEEPEST:
        raise ValueError("arrays nested too deep")
    if not length:
        return
    array_class, left = _array_class(source, order), length - _FLAGS_BYTES
    sizes_next = array_class != _OPAQUE
    while left > 0:
        kind, length = struct.unpack(f"{order}II", source.read(8))
        # An array of no axes at all, or of absurdly many, is more than scipy's reader stands.
        if sizes_next and (kind not in _SIZES or not 8 <= length <= _MOST_AXES * 4 or length % 4):
            raise ValueError("an array without sizes")
        sizes_next = False
        if kind >> 16:
            # Up to four bytes within the tag.
            kind, length = kind & 0xFFFF, 0
        _check(kind, length, source, order, depth + 1)
        padding = 0 if kind == _MATRIX else -length % 8
        source.skip(padding)
        left -= 8 + length + padding


def _array_class(source: _Source, order: str) -> int:
    """What every array begins with."""
    kind, length, flags, _ = struct.unpack(f"{order}IIII", source.read(16))
    if (kind, length) != (_FLAGS, 8) or not 1 <= flags & 0xFF <= _LAST_CLASS:
        raise ValueError("an array of an unknown class")
    return int(flags & 0xFF)
