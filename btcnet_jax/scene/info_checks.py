"""Checks of what is said of a scene besides its values: types, and one entry a band."""

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np

from btcnet_jax.errors import DataError

_LISTS = ("wavelengths", "fwhm", "band_names", "band_mask")


def check_info(info: Mapping[str, Any], shape: tuple[int, ...]) -> None:
    """Raises DataError where a field of `SceneInfo` has another type, or a list another length.

    Args:
        info: fields by name.
        shape: of the cube: rows, columns, bands.
    """
    label = info["name"] if isinstance(info["name"], str) and info["name"] else "the scene"
    try:
        _need(isinstance(info["name"], str), "name", "a text", info["name"])
        for name in ("variable", "crs"):
            _need(info[name] is None or isinstance(info[name], str), name, "a text", info[name])
        _need(isinstance(info["tags"], dict), "tags", "a dict of texts", info["tags"])
        nodata = info["nodata"]
        _need(nodata is None or isinstance(nodata, numbers.Real), "nodata", "one number", nodata)
        _check_places(info)
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
