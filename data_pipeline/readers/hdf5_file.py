"""HDF5 files: opened, listed, and one dataset of them as a scene."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.scene.numbers import Tag
from btcnet_jax.scene.scene import SceneSource, check_cube
from data_pipeline.readers.attributes import axis_names, declared_nodata
from data_pipeline.readers.axes import AxisOrder, stored_window
from data_pipeline.readers.choose import Entry
from data_pipeline.readers.claims import require_stored
from data_pipeline.readers.left_out import warn_of_left_out
from data_pipeline.readers.parts import cube_parts
from data_pipeline.readers.tags import as_text, tags_of

_NOT_NUMBERS = (b"logical", b"char", b"cell", b"struct")
_ONLY_A_DIMENSION = "This is a netCDF dimension but not a netCDF variable"


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """The file, open for reading; its errors become DataError."""
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"{path}: not a whole HDF5 file ({reason}); copy it again or export it anew"
        ) from None


def list_datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    """All datasets by path, without MATLAB's own (#refs#) and dimensions that hold no values."""
    found: dict[str, h5py.Dataset] = {}

    def visit(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if not isinstance(item, h5py.Dataset) or name.startswith("#") or item.shape is None:
            return
        if not as_text(read_attributes(item).get("NAME", "")).startswith(_ONLY_A_DIMENSION):
            found[name] = item

    file.visititems(visit)
    return found


def read_attributes(item: h5py.Dataset | h5py.Group) -> dict[str, Any]:
    """The attributes by name, without those of types that cannot be read."""
    found = {}
    for name in item.attrs:
        try:
            value = item.attrs[name]
        except (OSError, TypeError, ValueError, UnicodeDecodeError):
            continue
        if isinstance(value, h5py.Empty):
            if value.dtype.kind not in "SO":
                continue
            value = ""
        # Of one type for one thing: h5py tells texts of fixed length as bytes of numpy.
        found[name] = bytes(value) if isinstance(value, np.bytes_) else value
    return found


def entry_of(dataset: h5py.Dataset) -> Entry:
    """The dataset for `choose_variable`: MATLAB's texts and structures count as no numbers."""
    matlab_class = dataset.attrs.get("MATLAB_class", b"")
    if matlab_class in _NOT_NUMBERS or "MATLAB_empty" in dataset.attrs:
        return Entry(dataset.shape, f"MATLAB {matlab_class.decode()}", False)
    return Entry.of(dataset)


def dimension_name(dataset: h5py.Dataset, axis: int) -> str:
    """The axis's label, else the name of its scale, which is where NetCDF 4 keeps it."""
    dimension = dataset.dims[axis]
    if dimension.label or not len(dimension):
        return dimension.label
    return str(dimension[0].name).rsplit("/", 1)[-1]


def dataset_source(
    path: Path, dataset: h5py.Dataset, order: AxisOrder, facts: Mapping[str, Any]
) -> SceneSource:
    """A dataset as a scene; windows are read from disk as they are asked for.

    Args:
        path: the file.
        dataset: of three axes.
        order: stored axes of rows, columns and bands.
        facts: what is known of the scene otherwise, by attribute; it goes before what the dataset's
            attributes say, in tags, names and the tags of parts one by one.

    Warns:
        DataWarning: attributes that a scene has no place for.

    Raises:
        DataError: the dataset is no cube.
    """
    name, dtype = dataset.name.strip("/"), dataset.dtype.newbyteorder("=")
    check_cube(dataset.shape, dataset.dtype, f"{path}, {name}")
    claimed = math.prod(dataset.shape) * dataset.dtype.itemsize
    require_stored(path, name, claimed, dataset.id.get_storage_size())
    attributes, bands = read_attributes(dataset), dataset.shape[order[2]]
    dims = axis_names([dimension_name(dataset, axis) for axis in range(3)], attributes)
    own, lost = cube_parts(path, attributes, dims, order, bands, dtype)
    own["tags"], more = _file_tags(dataset)
    own["nodata"] = declared_nodata(attributes, dtype)
    warn_of_left_out(path, [*lost, *more])
    merged = {name: {**own[name], **facts.get(name, {})} for name in ("tags", "names", "part_tags")}
    return SceneSource(
        name=path.stem,
        variable=name,
        shape=tuple(dataset.shape[axis] for axis in order),
        dtype=dtype,
        read_window=partial(read_window, path, name, order),
        **{**own, **facts, **merged},
    )


def _file_tags(dataset: h5py.Dataset) -> tuple[dict[str, Tag], list[str]]:
    """Attributes of the file and of the groups around a dataset, the nearest before others; and those lost."""
    tags: dict[str, Tag] = {}
    lost: list[str] = []
    item = dataset
    while item.name != "/":
        item = item.parent
        told, more = tags_of(read_attributes(item))
        tags, lost = {**told, **tags}, [*lost, *(f"attribute {name}" for name in more)]
    return tags, lost


def read_window(path: Path, name: str, order: AxisOrder, rows: slice, cols: slice) -> np.ndarray:
    """Samples of a window of a dataset, (rows, cols, bands), in the type they are stored in."""
    with opened(path) as file:
        stored: np.ndarray = file[name][stored_window(order, rows, cols)]
    return stored.transpose(order)
