"""Where the patches lie in a TFRecord file, so that any of them is read in one piece by its number.

A TFRecord is the length of its content (8 bytes), a checksum (4), the content and a checksum (4);
the content is a `tf.train.Example`, a protocol buffer: Example.features (1) .feature (1), a map whose
entries have a key (1) and a value (2), and that is of bytes (1), floats (2) or int64 (3), with the
values, numbers packed, in field 1. TensorFlow copies a patch four times on the way out of it.
"""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from btcnet_jax.errors import DataError
from data_pipeline.crc32c import masked_crc32c
from data_pipeline.patch_source import PatchKey

_HEAD, _FOOT = 12, 4
_VARINT_BYTES = 10


@dataclass(frozen=True, kw_only=True)
class StoredPatch:
    """A record's content, but for the samples.

    Attributes:
        key: which patch it is.
        path: of the file.
        offset: of the samples' first byte in the file.
        content: first byte of the record's content, and the one after its last; the checksum follows.
        minimum, maximum: of its scene.
    """

    key: PatchKey
    path: Path
    offset: int
    content: tuple[int, int]
    minimum: float
    maximum: float


def stored_patches(path: Path, patch_bytes: int) -> list[StoredPatch]:
    """All patches in a file of `convert`'s. Of the samples nothing is read; `is_whole` tells of their checksum.

    Args:
        path: of the file.
        patch_bytes: bytes of a patch's samples.

    Raises:
        DataError: the file cannot be read, ends within a record, or holds something else.
    """
    try:
        if not path.stat().st_size:
            return []
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return [_patch(path, data, *span, patch_bytes) for span in _records(data)]
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    except (_BrokenError, KeyError, UnicodeDecodeError):
        raise DataError(
            f"{path}: is cut off or holds no patches of {patch_bytes} bytes with their scene and"
            f" place; convert again"
        ) from None


def sealed_bytes(patch: StoredPatch) -> int:
    """Bytes of a record's content and checksum, from the content's first one on."""
    return patch.content[1] - patch.content[0] + _FOOT


def is_whole(sealed: UInt8[np.ndarray, " bytes"]) -> bool:
    """Whether a record's content, which its checksum follows, is what was written."""
    return masked_crc32c(sealed[:-_FOOT]) == int.from_bytes(sealed[-_FOOT:].tobytes(), "little")


class _BrokenError(Exception):
    """Bytes that are no record of this kind."""


def _records(data: mmap.mmap) -> Iterator[tuple[int, int]]:
    """First byte of each record's content, and the one after its last."""
    at = 0
    while at < len(data):
        start = at + _HEAD
        stop = start + int.from_bytes(data[at : at + 8], "little")
        at = stop + _FOOT
        if at > len(data):
            raise _BrokenError
        yield start, stop


def _patch(path: Path, data: mmap.mmap, start: int, stop: int, patch_bytes: int) -> StoredPatch:
    values = dict(_features(data, start, stop))
    first, last = values["patch"]
    if last - first != patch_bytes:
        raise _BrokenError
    numbers = {name: _varint(data, *values[name])[0] for name in ("row", "col")}
    low, high = (_float32(data, *values[name]) for name in ("minimum", "maximum"))
    scene = data[slice(*values["scene"])].decode()
    key = PatchKey(scene, **numbers)
    return StoredPatch(
        key=key, path=path, offset=first, content=(start, stop), minimum=low, maximum=high
    )


def _features(data: mmap.mmap, start: int, stop: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Name of each feature, and where its value's bytes are."""
    features = _only(data, start, stop, 1)
    for number, first, last in _fields(data, *features):
        if number == 1:
            name = data[slice(*_only(data, first, last, 1))].decode()
            kinds = list(_fields(data, *_only(data, first, last, 2)))
            if len(kinds) != 1:
                raise _BrokenError
            yield name, _only(data, *kinds[0][1:], 1)


def _only(data: mmap.mmap, start: int, stop: int, wanted: int) -> tuple[int, int]:
    """Where the one field of a number is."""
    found = [
        (first, last) for number, first, last in _fields(data, start, stop) if number == wanted
    ]
    if len(found) != 1:
        raise _BrokenError
    return found[0]


def _fields(data: mmap.mmap, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """Number, first byte and end of each field; all fields here are counted bytes (wire type 2)."""
    while start < stop:
        tag, at = _varint(data, start, stop)
        size, at = _varint(data, at, stop)
        start = at + size
        if tag & 7 != 2 or start > stop:
            raise _BrokenError
        yield tag >> 3, at, start


def _varint(data: mmap.mmap, start: int, stop: int) -> tuple[int, int]:
    """A number in groups of 7 bits, the lowest first, and where it ends."""
    value = 0
    for index, byte in enumerate(data[start : min(stop, start + _VARINT_BYTES)]):
        value |= (byte & 127) << 7 * index
        if byte < 128:
            return value, start + index + 1
    raise _BrokenError


def _float32(data: mmap.mmap, start: int, stop: int) -> float:
    if stop - start != 4:
        raise _BrokenError
    return float(np.frombuffer(data[start:stop], "<f4")[0])
