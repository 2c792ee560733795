"""Attributes of HDF5 and NetCDF, and what is said of a scene where a file has tags alone."""

from collections.abc import Iterator, Mapping

import h5py
import numpy as np

from btcnet_jax.scene.calibration import uniform
from btcnet_jax.scene.numbers import Numbers, Tag
from btcnet_jax.scene.scene import Scene
from data_pipeline.readers.calibration import CF_NAMES

# Of NetCDF alone: which conventions it follows, and which of its variables are coordinates.
_OF_NETCDF = ("Conventions", "coordinates")
NODATA = "_FillValue"


def write_attributes(item: h5py.Dataset | h5py.Group, tags: Mapping[str, Tag]) -> None:
    """Writes attributes as `attribute_values` has them."""
    dtype = item.dtype if isinstance(item, h5py.Dataset) else None
    for name, value in attribute_values(tags, dtype):
        item.attrs[name] = value


def attribute_values(
    tags: Mapping[str, Tag], dtype: np.dtype | None
) -> Iterator[tuple[str, str | np.ndarray]]:
    """Attributes of a variable of this type, or of a file: texts, and typed numbers; "/" becomes "_"."""
    for name, tag in tags.items():
        value = tag.array() if isinstance(tag, Numbers) else tag
        if name == NODATA and dtype is not None and np.asarray(value).dtype != dtype:
            continue  # NetCDF wants the type of the variable.
        yield name.replace("/", "_"), value


def in_own_type(array: np.ndarray, tags: Mapping[str, Tag]) -> np.ndarray:
    """Numbers in the type that the original has them in, by its fill value, where that holds them."""
    fill = tags.get(NODATA)
    if not isinstance(fill, Numbers) or array.dtype.kind not in "iufb":
        return array
    own = array.astype(fill.array().dtype)
    return own if np.array_equal(own, array, equal_nan=array.dtype.kind == "f") else array


def cube_attributes(scene: Scene) -> dict[str, Tag]:
    """Attributes of the cube: those that the original has, nodata, scale, offset and unit.

    A scale of each band on its own is no attribute of CF, so it is not among them: see `uniform`.
    """
    tags = dict(scene.part_tags.get("cube", {}))
    if scene.nodata is not None:
        nodata = np.array([scene.nodata], scene.values.dtype)
        tags[scene.names.get("nodata", NODATA)] = Numbers.of(nodata)
    for field, name in CF_NAMES.items():
        values = getattr(scene, field)
        if values is not None and uniform(values):
            tags[name] = Numbers.of(values[0])
    if scene.units is not None:
        tags["units"] = scene.units
    return tags


def differing(scene: Scene) -> dict[str, np.ndarray]:
    """Scale and offset that differ from band to band, by CF's names."""
    found = {name: getattr(scene, field) for field, name in CF_NAMES.items()}
    return {
        name: values for name, values in found.items() if values is not None and not uniform(values)
    }


def flat_tags(scene: Scene) -> tuple[dict[str, str], list[str]]:
    """Attributes of the file and of the cube as texts by name; and what is lost where names are the same."""
    tags = {name: str(tag) for name, tag in scene.tags.items()}
    lost = []
    for name, tag in scene.part_tags.get("cube", {}).items():
        if tags.setdefault(name, str(tag)) != str(tag):
            lost.append(f"attribute {name[:40]!r} of the cube")
    return {name: text for name, text in tags.items() if name not in _OF_NETCDF}, lost
