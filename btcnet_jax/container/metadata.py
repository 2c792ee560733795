"""The METADATA section: what is known of a scene besides its samples, as a deflated MessagePack map.

A reader takes the keys that it knows and leaves the others; so does one that knows no METADATA at all.
"""

import zlib
from collections.abc import Callable
from typing import Any

import msgpack
import numpy as np

from btcnet_jax.container.decimals import pack_numbers, unpack_numbers
from btcnet_jax.container.packed_map import Form, read_map
from btcnet_jax.errors import DataError, FileFormatError
from btcnet_jax.scene.scene import SceneInfo

MOST_BYTES = 1 << 28
"""Of a section once inflated: more is refused."""

_TEXTS = ("name", "variable", "crs")
_BAND_LISTS = ("wavelengths", "fwhm")
_FORMS = {
    **dict.fromkeys((*_TEXTS, *_BAND_LISTS, "band_mask", "nodata", "transform", "gcps"), Form.ONE),
    **dict.fromkeys(("band_names", "glt"), Form.ARRAY),
    "tags": Form.MAP,
}
# Geometry tables, which deflate best, take a hundredth; text less.
_INFLATED_FREE, _INFLATED_A_BYTE = 1 << 26, 1 << 8


def pack_metadata(info: SceneInfo) -> bytes:
    """The payload of METADATA; empty where nothing is known.

    Raises:
        DataError: more than `MOST_BYTES`, or no texts and numbers.
    """
    packed = _packed(info)
    payload = zlib.compress(packed, 9) if packed else b""
    if len(packed) > _most_inflated(payload):
        raise DataError(
            f"{info.name or 'the scene'}: the metadata take {len(packed)} bytes, and a file may hold "
            f"{_most_inflated(payload)}: leave out the geometry table or the largest tags"
        )
    return payload


def _most_inflated(payload: bytes) -> int:
    """Bytes that a payload may inflate to; a writer holds to what a reader takes."""
    return min(MOST_BYTES, _INFLATED_FREE + _INFLATED_A_BYTE * len(payload))


def _told(info: SceneInfo) -> dict[str, Any]:
    known: dict[str, Any] = {
        name: _text(value) for name in _TEXTS if (value := getattr(info, name)) is not None
    }
    for name in _BAND_LISTS:
        values = getattr(info, name)
        known[name] = None if values is None else pack_numbers(np.asarray(values, np.float64))
    known["band_names"] = None if info.band_names is None else list(info.band_names)
    known["band_mask"] = None if info.band_mask is None else np.packbits(info.band_mask).tobytes()
    known["nodata"] = None if info.nodata is None else _number(np.asarray(info.nodata).item())
    known["transform"] = None if info.transform is None else _numbers(info.transform)
    known["gcps"] = None if info.gcps is None else _numbers(info.gcps)
    known["glt"] = None if info.glt is None else _pack_table(info.glt)
    known["tags"] = {_text(name): _text(value) for name, value in info.tags.items()} or None
    return {name: value for name, value in known.items() if value not in (None, "")}


def _packed(info: SceneInfo) -> bytes:
    try:
        told = _told(info)
        return msgpack.packb(told, unicode_errors="surrogateescape") if told else b""
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{info.name or 'the scene'}: metadata that a file cannot hold: {error}; names, tags and texts "
            "are strings, nodata is one number"
        ) from error


def unpack_metadata(payload: bytes, bands: int) -> dict[str, Any]:
    """Attributes of a `SceneInfo`, each only where the file has it.

    Args:
        payload: of METADATA.
        bands: of the scene.

    Raises:
        FileFormatError: no such map, or an attribute that cannot be one.
    """
    try:
        told = read_map(_inflate(payload), _FORMS, max(bands, 3))
        readers = _readers(bands)
        return {name: readers[name](told[name]) for name in readers if name in told}
    except (
        ValueError,
        TypeError,
        LookupError,
        OverflowError,
        zlib.error,
        msgpack.exceptions.UnpackException,
    ) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError("the metadata make no sense: the file is damaged") from error


def _readers(bands: int) -> dict[str, Callable[[Any], Any]]:
    """What makes each attribute of what the map holds."""
    return {
        "name": _text,
        "variable": _text,
        "crs": _text,
        "wavelengths": lambda data: unpack_numbers(data, bands),
        "fwhm": lambda data: unpack_numbers(data, bands),
        "band_names": lambda names: tuple(_text(name) for name in _of_length(_array(names), bands)),
        "band_mask": lambda bits: _bits(bits, bands),
        "nodata": _number,
        "transform": lambda data: tuple(_table(data, 1, 6)[0]),
        "gcps": lambda data: tuple(tuple(point) for point in _table(data, None, 5)),
        "glt": _unpack_table,
        "tags": lambda tags: {_text(name): _text(value) for name, value in tags.items()},
    }


def _inflate(payload: bytes) -> bytes:
    inflater = zlib.decompressobj()
    data = inflater.decompress(payload, _most_inflated(payload))
    if not inflater.eof or inflater.unused_data:
        raise FileFormatError("the metadata are cut short, or too large: the file is damaged")
    return data


def _numbers(rows: Any) -> bytes:
    return np.asarray(rows, "<f8").tobytes()


def _table(data: bytes, rows: int | None, cols: int) -> list[list[float]]:
    return np.frombuffer(data, "<f8").reshape(-1 if rows is None else rows, cols).tolist()


def _pack_table(table: np.ndarray) -> list[Any]:
    """Sizes and differences along the map's columns, which deflate well."""
    steps = np.diff(table.astype(np.int32), axis=1, prepend=np.int32(0))
    return [*table.shape[:2], steps.astype("<i4").tobytes()]


def _unpack_table(told: list[Any]) -> np.ndarray:
    rows, cols, data = _array(told)
    if type(rows) is not int or type(cols) is not int or min(rows, cols) < 1:
        raise ValueError("no table")
    steps = np.frombuffer(data, "<i4").reshape(rows, cols, 2)
    return steps.cumsum(axis=1, dtype=np.int32)


def _bits(data: bytes, count: int) -> np.ndarray:
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    if not count <= len(bits) < count + 8:
        raise ValueError("another number of bits")
    return bits[:count].astype(bool)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _number(value: Any) -> int | float:
    if type(value) not in (int, float):
        raise TypeError("no number")
    return value


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no array")
    return value


def _of_length(values: list[Any], length: int) -> list[Any]:
    if len(values) != length:
        raise ValueError("another number of entries")
    return values
