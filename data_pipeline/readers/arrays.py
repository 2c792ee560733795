"""Scenes of archives that are loaded whole: .npz and MATLAB before version 7.3."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.scene import SceneSource, check_cube
from data_pipeline.readers.axes import AxisOrder, settle_axes
from data_pipeline.readers.band_axis import sampled, spread_index
from data_pipeline.readers.choose import Entry
from data_pipeline.readers.left_out import sized, warn_of_left_out
from data_pipeline.readers.parts import beside_parts
from data_pipeline.readers.parts_text import read_parts
from data_pipeline.readers.sides import (
    band_lengths,
    is_side,
    number_of,
    side_facts,
    side_name,
    text_of_array,
)
from data_pipeline.readers.variable import Variable


def loaded_source(
    path: Path,
    name: str,
    values: np.ndarray,
    arrays: Mapping[str, np.ndarray],
    axes: AxisOrder | None,
    others: Mapping[str, Entry] | None = None,
) -> SceneSource:
    """The scene of an array in memory and of those beside it.

    Args:
        path: the file.
        name: the cube's name in it.
        values: the cube as stored.
        arrays: all arrays of the file by name; those that describe no cube are passed over.
        axes: the order that the user names, or None.
        others: arrays of the file that were not loaded.

    Warns:
        DataWarning: arrays that a scene has no place for.

    Raises:
        DataError: `values` is no cube, or a list of bands is of another length.
    """
    check_cube(values.shape, values.dtype, f"{path}, {name}")
    sides = {side_name(key): array for key, array in arrays.items() if is_side(key) and key != name}
    nodata = sides.get("nodata")
    order = settle_axes(
        values.shape,
        path,
        asked=axes,
        lengths=band_lengths(sides),
        sample=lambda: sampled(values[spread_index(values.shape)], number_of(nodata)),
    )
    facts = side_facts(sides, order, values.shape, values.dtype, path)
    beside = {key: each for key, each in arrays.items() if key != name and not is_side(key)}
    facts, left = _with_parts(
        facts, sides, beside, dict(zip(AXES, (values.shape[at] for at in order), strict=True))
    )
    unread = {key: entry.shape for key, entry in (others or {}).items() if key != name}
    warn_of_left_out(path, [*left, *(sized(key, shape) for key, shape in unread.items())])
    turned = values.transpose(order)
    return SceneSource(
        name=path.stem,
        variable=name,
        shape=turned.shape,
        dtype=values.dtype.newbyteorder("="),
        read_window=lambda rows, cols: turned[rows, cols],
        **facts,
    )


def _with_parts(
    facts: dict[str, Any],
    sides: Mapping[str, np.ndarray],
    beside: Mapping[str, np.ndarray],
    sizes: Mapping[str, int],
) -> tuple[dict[str, Any], list[str]]:
    """The facts, with names and attributes that this project's archives keep, and arrays along an axis."""
    known = read_parts(text_of_array(sides.get("parts")), beside, sizes)
    taken = {name for arrays in known["axis_arrays"].values() for name in arrays}
    variables = [_variable(name, each) for name, each in beside.items() if name not in taken]
    found, left = beside_parts(variables, sizes, {}, facts)
    for axis, arrays in found["axis_arrays"].items():
        known["axis_arrays"].setdefault(axis, {}).update(arrays)
    known["part_tags"] = {**found["part_tags"], **known["part_tags"]}
    return {**found, **known, **facts}, left


def _variable(name: str, array: np.ndarray) -> Variable:
    """MATLAB has no arrays of one axis."""
    line = array.ravel() if 1 < array.size == max(array.shape) else array
    return Variable(name, ("",) * line.ndim, line.shape, line.dtype, {}, lambda: line)
