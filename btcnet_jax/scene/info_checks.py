"""Checks of what is said of a scene besides its values: types, and one entry a band."""

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np

from btcnet_jax.errors import DataError

AXES = ("rows", "cols", "bands")
_LISTS = ("wavelengths", "fwhm", "band_names", "band_mask", "scale", "offset")


def check_info(info: Mapping[str, Any], shape: tuple[int, ...]) -> None:
    """Raises DataError where a field of `SceneInfo` has another type, or a list another length.

    Args:
        info: fields by name.
        shape: of the cube: rows, columns, bands.
    """
    label = info["name"] if isinstance(info["name"], str) and info["name"] else "the scene"
    try:
        _need(isinstance(info["name"], str), "name", "a text", info["name"])
        for name in ("variable", "crs", "units"):
            _need(info[name] is None or isinstance(info[name], str), name, "a text", info[name])
        _need(isinstance(info["tags"], dict), "tags", "a dict of texts", info["tags"])
        _need(isinstance(info["names"], dict), "names", "a dict of texts", info["names"])
        nodata = info["nodata"]
        _need(nodata is None or isinstance(nodata, numbers.Real), "nodata", "one number", nodata)
        _check_places(info)
        _check_scale(info)
        _check_parts(info, dict(zip(AXES, shape, strict=True)))
    except DataError as error:
        raise DataError(f"{label}: {error}") from None
    bands = shape[2]
    for name in _LISTS:
        entries = info[name]
        if entries is not None and np.shape(entries) != (bands,):
            raise DataError(
                f"{label}: {name} has shape {np.shape(entries)}, the cube has {bands} bands;"
                f" give one entry a band, or None"
            )


def _check_places(info: Mapping[str, Any]) -> None:
    wanted = {
        "transform": ((6,), "six numbers"),
        "gcps": ((len(_sized(info["gcps"])), 5), "points of five numbers each"),
    }
    for name, (shape, words) in wanted.items():
        given = info[name]
        _need(given is None or _shape(given) == shape, name, words, given)
    glt = info["glt"]
    there = isinstance(glt, np.ndarray) and glt.dtype.kind in "iu"
    table = there and glt.ndim == 3 and glt.shape[2] == 2
    _need(glt is None or table, "glt", "integers (map rows, map cols, 2)", glt)


def _check_scale(info: Mapping[str, Any]) -> None:
    for name in ("scale", "offset"):
        given = info[name]
        floats = isinstance(given, np.ndarray) and given.dtype.name in ("float32", "float64")
        _need(given is None or floats, name, "an array of floats, one a band,", given)


def _check_parts(info: Mapping[str, Any], sizes: Mapping[str, int]) -> None:
    axes, arrays, tags = info["axes"], info["axis_arrays"], info["part_tags"]
    order = axes is None or (len(_sized(axes)) == 3 and set(axes) == set(AXES))
    _need(order, "axes", "rows, cols and bands in some order", axes)
    _need(_of_dicts(tags), "part_tags", "a dict of dicts of texts", tags)
    _need(_of_dicts(arrays) and set(arrays) <= set(AXES), "axis_arrays", "a dict by axes", arrays)
    for axis, named in arrays.items():
        for name, array in named.items():
            if np.shape(array) != (sizes[axis],):
                raise DataError(
                    f"axis_arrays: {name!r} has shape {np.shape(array)}, the cube has {sizes[axis]} {axis}"
                )


def _of_dicts(given: Any) -> bool:
    return isinstance(given, dict) and all(isinstance(each, dict) for each in given.values())


def _sized(given: Any) -> Any:
    return given if hasattr(given, "__len__") else ()


def _shape(given: Any) -> tuple[int, ...] | None:
    """Of numbers; None of what is no array of them."""
    try:
        return np.shape(np.asarray(given, np.float64))
    except (TypeError, ValueError):
        return None


def _need(fits: bool, name: str, wanted: str, given: Any) -> None:
    if not fits:
        shape = f" of shape {given.shape}" if isinstance(given, np.ndarray) else ""
        raise DataError(f"{name}: {wanted} is wanted, not {type(given).__name__}{shape}")
