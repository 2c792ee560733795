"""Attributes, names and axes as texts, JSON, for archives that hold arrays alone: written and read."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.numbers import Numbers, Tag
from data_pipeline.readers.tags import as_text

_TYPES = [f"<{kind}{size}" for kind in "iuf" for size in (2, 4, 8)] + ["|u1", "|i1"]


def tags_text(tags: Mapping[str, Tag]) -> str:
    """Attributes as JSON: texts as they are, numbers with their type."""
    return json.dumps({name: _told(tag) for name, tag in tags.items()})


def read_tags(text: str) -> dict[str, Tag]:
    """Inverse of `tags_text`; what is neither a text nor such numbers is passed over."""
    return _tags(_loaded(text))


def parts_text(info: SceneInfo, written: Mapping[tuple[str, str], str]) -> str:
    """Axes, names, attributes of parts, names of arrays along axes, as JSON; empty where none is known.

    Args:
        info: of the scene.
        written: what the archive calls arrays along axes, by axis and name.
    """
    arrays: dict[str, list[str]] = {}
    for (axis, _), name in written.items():
        arrays.setdefault(axis, []).append(name)
    told: dict[str, Any] = {
        "axes": info.axes,
        "names": info.names,
        "tags": {
            part: {name: _told(tag) for name, tag in tags.items()}
            for part, tags in info.part_tags.items()
        },
        "arrays": arrays,
    }
    known = {name: value for name, value in told.items() if value}
    return json.dumps(known) if known else ""


def read_parts(
    text: str, arrays: Mapping[str, np.ndarray], sizes: Mapping[str, int]
) -> dict[str, Any]:
    """Inverse of `parts_text`, as keyword arguments of a scene; what fits no such cube is passed over.

    Args:
        text: the JSON.
        arrays: of the archive, by name.
        sizes: of the cube's rows, cols and bands.
    """
    told = _loaded(text)
    known: dict[str, Any] = {
        "names": {
            name: each for name, each in _dict(told, "names").items() if isinstance(each, str)
        },
        "part_tags": {
            part: _tags(tags) for part, tags in _dict(told, "tags").items() if "/" not in part
        },
        "axis_arrays": {
            axis: {
                name: np.ravel(arrays[name])
                for name in listed
                if isinstance(name, str) and name in arrays and arrays[name].size == sizes[axis]
            }
            for axis, listed in _dict(told, "arrays").items()
            if axis in AXES and isinstance(listed, list)
        },
    }
    axes = told.get("axes")
    if isinstance(axes, list) and sorted(map(str, axes)) == sorted(AXES):
        known["axes"] = tuple(axes)
    return known


def _told(tag: Tag) -> Any:
    if not isinstance(tag, Numbers):
        return tag
    return {"type": tag.dtype, "shape": tag.shape, "numbers": tag.array().ravel().tolist()}


def _tags(told: Any) -> dict[str, Tag]:
    found: dict[str, Tag] = {}
    for name, value in told.items() if isinstance(told, dict) else ():
        if isinstance(value, str):
            found[name] = as_text(value)
        elif (numbers := _numbers(value)) is not None:
            found[name] = numbers
    return found


def _numbers(value: Any) -> Numbers | None:
    try:
        if isinstance(value, dict):
            if value["type"] not in _TYPES:
                return None
            return Numbers.of(np.array(value["numbers"], value["type"]).reshape(value["shape"]))
        return Numbers.of(value)
    except (DataError, LookupError, ValueError, TypeError, OverflowError):
        return None


def _loaded(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _dict(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = told.get(name)
    return value if isinstance(value, dict) else {}
