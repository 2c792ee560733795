"""Scenes of archives that are loaded whole: .npz and MATLAB before version 7.3."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from btcnet_jax.scene.scene import SceneSource, check_cube
from data_pipeline.readers.axes import AxisOrder, settle_axes
from data_pipeline.readers.band_axis import sampled, spread_index
from data_pipeline.readers.sides import band_lengths, is_side, number_of, side_facts, side_name


def loaded_source(
    path: Path,
    name: str,
    values: np.ndarray,
    arrays: Mapping[str, np.ndarray],
    axes: AxisOrder | None,
) -> SceneSource:
    """The scene of an array in memory and of those beside it.

    Args:
        path: the file.
        name: the cube's name in it.
        values: the cube as stored.
        arrays: all arrays of the file by name; those that describe no cube are passed over.
        axes: the order that the user names, or None.

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
    turned = values.transpose(order)
    return SceneSource(
        name=path.stem,
        variable=name,
        shape=turned.shape,
        dtype=values.dtype.newbyteorder("="),
        read_window=lambda rows, cols: turned[rows, cols],
        **facts,
    )
