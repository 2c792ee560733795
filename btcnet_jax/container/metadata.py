"""The METADATA section: what is known of a scene besides its samples, as a deflated MessagePack map.

A reader takes the keys that it knows and leaves the others; so does one that knows no METADATA at all.
"""

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import msgpack
import numpy as np

from btcnet_jax.container.decimals import pack_numbers, unpack_numbers
from btcnet_jax.container.metadata_values import (
    array_of,
    axes_of,
    axis_arrays_of,
    bits_of,
    calibration_of,
    flattened,
    number_of,
    of_length,
    pack_rows,
    pack_table,
    pack_tag,
    pack_typed,
    text_of,
    unflattened,
    unpack_rows,
    unpack_table,
    unpack_tag,
    unpack_typed,
)
from btcnet_jax.container.packed_map import Form, read_map
from btcnet_jax.errors import DataError, FileFormatError
from btcnet_jax.scene.coordinates import centers_along
from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.numbers import Numbers

MOST_BYTES = 1 << 28
"""Of a section once inflated: more is refused."""

_TEXTS = ("name", "variable", "crs", "units")
_BAND_LISTS = ("wavelengths", "fwhm")
_CALIBRATION = ("scale", "offset")
_SINGLE = (*_TEXTS, *_BAND_LISTS, *_CALIBRATION, "band_mask", "nodata", "transform", "gcps", "axes")
_MAPS = ("tags", "tag_numbers", "names", "part_tags", "axis_arrays")
_FORMS = {
    **dict.fromkeys(_SINGLE, Form.ONE),
    **dict.fromkeys(("band_names", "glt"), Form.ARRAY),
    **dict.fromkeys(_MAPS, Form.MAP),
}
_NOTHING: tuple[Any, ...] = (None, "", {})
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
        name: text_of(value) for name in _TEXTS if (value := getattr(info, name)) is not None
    }
    for name in _BAND_LISTS:
        values = getattr(info, name)
        known[name] = None if values is None else pack_numbers(np.asarray(values, np.float64))
    known["band_names"] = None if info.band_names is None else list(info.band_names)
    known["band_mask"] = None if info.band_mask is None else np.packbits(info.band_mask).tobytes()
    known["nodata"] = None if info.nodata is None else number_of(np.asarray(info.nodata).item())
    known["transform"] = None if info.transform is None else pack_rows(info.transform)
    known["gcps"] = None if info.gcps is None else pack_rows(info.gcps)
    known["glt"] = None if info.glt is None else pack_table(info.glt)
    tags = _texts(info.tags, pack_tag)
    known["tags"] = {name: value for name, value in tags.items() if isinstance(value, str)}
    known["tag_numbers"] = {name: value for name, value in tags.items() if isinstance(value, bytes)}
    return {
        name: value for name, value in (known | _told_parts(info)).items() if value not in _NOTHING
    }


def _told_parts(info: SceneInfo) -> dict[str, Any]:
    """What came later than the rest: older readers pass over it."""
    known: dict[str, Any] = {}
    for name in _CALIBRATION:
        values = getattr(info, name)
        known[name] = None if values is None else pack_typed(Numbers.of(values))
    known["axes"] = None if info.axes is None else ",".join(info.axes)
    known["names"] = _texts(info.names, text_of)
    known["part_tags"] = _texts(flattened(info.part_tags), pack_tag)
    known["axis_arrays"] = _texts(flattened(_without_centers(info)), pack_typed)
    return known


def _without_centers(info: SceneInfo) -> dict[str, dict[str, Numbers]]:
    """Arrays along axes; of what the transform tells to the last bit, the type alone."""
    return {
        axis: {name: _without(axis, np.asarray(array), info) for name, array in arrays.items()}
        for axis, arrays in info.axis_arrays.items()
    }


def _without(axis: str, array: np.ndarray, info: SceneInfo) -> Numbers:
    told = centers_along(axis, info.transform, len(array))
    numbers = Numbers.of(array)
    if (
        told is not None
        and array.dtype.kind == "f"
        and Numbers.of(told.astype(array.dtype)) == numbers
    ):
        return Numbers.of(array[:0])
    return numbers


def _texts(given: Mapping[Any, Any], made: Callable[[Any], Any]) -> dict[str, Any]:
    return {text_of(name): made(value) for name, value in given.items()}


def _packed(info: SceneInfo) -> bytes:
    try:
        told = _told(info)
        return msgpack.packb(told, unicode_errors="surrogateescape") if told else b""
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{info.name or 'the scene'}: metadata that a file cannot hold: {error}; names, tags and texts "
            "are strings, nodata is one number"
        ) from error


def unpack_metadata(payload: bytes, shape: tuple[int, int, int]) -> dict[str, Any]:
    """Attributes of a `SceneInfo`, each only where the file has it.

    Args:
        payload: of METADATA.
        shape: of the scene: rows, columns, bands.

    Raises:
        FileFormatError: no such map, or an attribute that cannot be one.
    """
    try:
        told = read_map(_inflate(payload), _FORMS, max(shape[2], 3))
        readers = _readers(shape[2]) | _readers_of_parts(shape[2])
        known = {name: readers[name](told[name]) for name in readers if name in told}
        if numbers := known.pop("tag_numbers", None):
            known["tags"] = known.get("tags", {}) | numbers
        if "axis_arrays" in known:
            known["axis_arrays"] = axis_arrays_of(
                known["axis_arrays"], shape, known.get("transform")
            )
        return known
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
        "name": text_of,
        "variable": text_of,
        "crs": text_of,
        "wavelengths": lambda data: unpack_numbers(data, bands),
        "fwhm": lambda data: unpack_numbers(data, bands),
        "band_names": lambda names: tuple(
            text_of(name) for name in of_length(array_of(names), bands)
        ),
        "band_mask": lambda bits: bits_of(bits, bands),
        "nodata": number_of,
        "transform": lambda data: tuple(unpack_rows(data, 1, 6)[0]),
        "gcps": lambda data: tuple(tuple(point) for point in unpack_rows(data, None, 5)),
        "glt": unpack_table,
        "tags": lambda tags: _texts(tags, text_of),
    }


def _readers_of_parts(bands: int) -> dict[str, Callable[[Any], Any]]:
    return {
        "tag_numbers": lambda tags: _texts(tags, unpack_typed),
        "units": text_of,
        **dict.fromkeys(_CALIBRATION, lambda data: calibration_of(data, bands)),
        "axes": axes_of,
        "names": lambda names: _texts(names, text_of),
        "part_tags": lambda tags: unflattened(_texts(tags, unpack_tag)),
        "axis_arrays": lambda arrays: unflattened(_texts(arrays, unpack_typed)),
    }


def _inflate(payload: bytes) -> bytes:
    inflater = zlib.decompressobj()
    data = inflater.decompress(payload, _most_inflated(payload))
    if not inflater.eof or inflater.unused_data:
        raise FileFormatError("the metadata are cut short, or too large: the file is damaged")
    return data
