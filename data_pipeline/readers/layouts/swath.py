"""What layouts of swaths share: datasets read small, places of pixels, and bands put together."""

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
from jaxtyping import Num

from btcnet_jax.errors import DataError
from data_pipeline.readers.axes import AxisOrder, spell
from data_pipeline.readers.choose import choose_variable
from data_pipeline.readers.hdf5_file import entry_of, list_datasets
from data_pipeline.readers.left_out import groups_of, sized, warn_of_left_out


def choose_dataset(
    path: Path, file: h5py.File, names: Sequence[str], variable: str | None
) -> h5py.Dataset:
    """The dataset asked for, by its whole path or by the last part of it, else the only one of these.

    Args:
        path: the file, for messages.
        file: the file.
        names: datasets of the layout that may be the cube.
        variable: the name asked for, or None.

    Raises:
        DataError: no such dataset, or several and none is asked for.
    """
    if variable is not None and variable.strip("/") in file:
        names = [variable.strip("/")]
    elif variable is not None:
        names = [name for name in names if name.rsplit("/", 1)[-1] == variable] or names
        variable = names[0] if names[0].rsplit("/", 1)[-1] == variable else variable
    entries = {name: entry_of(file[name]) for name in names if isinstance(file[name], h5py.Dataset)}
    return file[choose_variable(entries, variable and variable.strip("/"), path)]


def read_list(file: h5py.File, name: str) -> Num[np.ndarray, " entries"] | None:
    """A dataset of numbers as float64 in one axis; None where the file has none of that name."""
    item = file.get(name)
    if not isinstance(item, h5py.Dataset) or item.dtype.kind not in "iuf" or item.ndim > 1:
        return None
    return np.ravel(item[()]).astype(np.float64)


def tell_left_out(
    path: Path, file: h5py.File, taken: Sequence[str], points: Sequence[str] = ()
) -> None:
    """Warns of the datasets of a file that a scene has no place for, and of its groups.

    Args:
        path: the file.
        file: the file.
        taken: datasets that are in the scene.
        points: datasets of which control points are.
    """
    names = {name.strip("/") for name in taken}
    left = [
        sized(name, item.shape) + (", but for control points of it" if name in points else "")
        for name, item in list_datasets(file).items()
        if name not in names
    ]
    warn_of_left_out(path, [*left, *groups_of([*taken, *points])])


def require_order(path: Path, order: AxisOrder, axes: AxisOrder | None) -> None:
    """Raises DataError where a user names another order than the layout prescribes."""
    if axes is not None and axes != order:
        raise DataError(
            f"{path}: in its publisher's layout axes lie as {spell(order)}, not {spell(axes)}; leave --axes out"
        )


def require_one_shape(path: Path, one: h5py.Dataset, other: h5py.Dataset) -> None:
    """Raises DataError where two cubes of a file are not of the same pixels."""
    if (one.shape[0], one.shape[2]) != (other.shape[0], other.shape[2]):
        raise DataError(
            f"{path}: {one.name} {one.shape} and {other.name} {other.shape} are not of the same pixels;"
            f" name one of them with --variable"
        )
