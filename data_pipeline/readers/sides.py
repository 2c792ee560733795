"""Arrays beside a cube that describe it, under the names that archives and HDF5 files give them."""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.scene.masked import data_mask, joined
from btcnet_jax.scene.scene import usable_nodata
from data_pipeline.readers.axes import AxisOrder
from data_pipeline.readers.band_numbers import require_band_count
from data_pipeline.readers.calibration import per_band
from data_pipeline.readers.parts_text import read_tags
from data_pipeline.readers.tags import as_text
from data_pipeline.readers.wavelengths import to_nanometers

CALIBRATION = {"scale_factor": "scale", "add_offset": "offset"}
"""Fields of a scene by the arrays that tell them."""
WAVELENGTH_NAMES = ("wavelengths", "wavelength_nm", "wavelength")
BAD_BANDS_NAMES = ("bbl", "good_wavelengths")
BAND_LISTS = (*WAVELENGTH_NAMES, "fwhm", *BAD_BANDS_NAMES, *CALIBRATION)
SIDE_NAMES = (
    *(*BAND_LISTS, "band_names", "nodata", "valid", "mask"),
    *("crs", "transform", "gcps", "glt", "tags", "units", "parts"),
)
"""Names that are never the cube where another array could be, in small letters."""

_LONGEST = 1 << 24  # Characters of all tags together.


def side_name(name: str) -> str:
    """An array's name without its groups, in small letters."""
    return name.rsplit("/", 1)[-1].lower()


def is_side(name: str) -> bool:
    """Whether an array of this name describes a cube rather than being one."""
    return side_name(name) in SIDE_NAMES


def band_lengths(arrays: Mapping[str, np.ndarray]) -> list[int]:
    """How many bands there are by each list of wavelengths, for `settle_axes`."""
    return [arrays[name].size for name in WAVELENGTH_NAMES if name in arrays]


def side_facts(
    arrays: Mapping[str, np.ndarray],
    order: AxisOrder,
    stored: tuple[int, ...],
    dtype: np.dtype,
    path: Path,
) -> dict[str, Any]:
    """What arrays beside the cube say of it, as keyword arguments of a `SceneSource`.

    Args:
        arrays: arrays by name in small letters; those not in `SIDE_NAMES` are passed over.
        order: stored axes of rows, columns and bands.
        stored: the cube's shape as stored.
        dtype: the cube's type.
        path: the file, for messages.

    Returns:
        wavelengths and fwhm in nanometers, band_mask, band_names, nodata, read_mask, crs, transform,
        gcps, glt and tags, each only where found.

    Raises:
        DataError: a list of bands has an entry for something else than the bands.
    """
    bands = stored[order[2]]
    known = {**_band_lists(arrays, bands, path), **_place(arrays)}
    valid = _numpy_mask(arrays.get("mask"), order, stored)
    pixels = arrays.get("valid")
    if pixels is not None and pixels.shape == (stored[order[0]], stored[order[1]]):
        valid = joined(valid, pixels != 0)
    if valid is not None:
        known["read_mask"] = partial(_window, valid)
    listed = _list(arrays, BAD_BANDS_NAMES, bands, path)
    if listed is not None:
        known["band_mask"] = listed != 0
    nodata = number_of(arrays.get("nodata"))
    if nodata is not None:
        known["nodata"] = usable_nodata(nodata, dtype)
    return known


def _band_lists(arrays: Mapping[str, np.ndarray], bands: int, path: Path) -> dict[str, Any]:
    known: dict[str, Any] = {}
    wavelengths = _list(arrays, WAVELENGTH_NAMES, bands, path)
    fwhm = _list(arrays, ["fwhm"], bands, path)
    if wavelengths is not None:
        # Without a unit, so by magnitude: files are about that name wavelength_nm in micrometers.
        known["wavelengths"], known["fwhm"] = to_nanometers(wavelengths, fwhm, units="")
    names = [as_text(_unwrapped(name)) for name in np.ravel(arrays.get("band_names", []))]
    if len(names) == bands:
        known["band_names"] = tuple(names)
    for name, field in CALIBRATION.items():
        if name in arrays and (values := per_band(arrays[name], bands)) is not None:
            known[field] = values
    return known


def _list(
    arrays: Mapping[str, np.ndarray], names: Iterable[str], bands: int, path: Path
) -> np.ndarray | None:
    """The first of these arrays that has an entry a band; arrays of no numbers do not count."""
    found = {name: np.ravel(arrays[name]) for name in names if name in arrays}
    found = {name: array for name, array in found.items() if array.dtype.kind in "iufb"}
    for array in found.values():
        if array.size == bands:
            return array
    for name, array in found.items():
        if array.size == 1:
            continue  # One value for all bands, or of something else.
        require_band_count(f"'{name}'", array.size, bands, path)
    return None


def _numpy_mask(
    masked: np.ndarray | None, order: AxisOrder, stored: tuple[int, ...]
) -> np.ndarray | None:
    """Samples with data by numpy's mask, an entry a sample, True where it is missing."""
    # Of another shape or type it is anybody's, and nobody knows which of its values is "missing".
    if masked is None or masked.shape != stored or masked.dtype != np.bool_ or not masked.any():
        return None
    return data_mask(masked.transpose(order))


def _window(mask: np.ndarray, rows: slice, cols: slice) -> np.ndarray:
    return mask[rows, cols]


def _place(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Georeferencing and tags under the names that this project's own archives use."""
    known: dict[str, Any] = {}
    crs, tags, units = (text_of_array(arrays.get(name)) for name in ("crs", "tags", "units"))
    if crs:
        known["crs"] = crs
    transform, points, glt = (arrays.get(name) for name in ("transform", "gcps", "glt"))
    if transform is not None and transform.size == 6 and transform.dtype.kind in "iuf":
        known["transform"] = tuple(map(float, np.ravel(transform)))
    if points is not None and points.ndim == 2 and points.shape[1] == 5:
        known["gcps"] = tuple(tuple(map(float, point)) for point in points)
    if glt is not None and glt.ndim == 3 and glt.shape[2] == 2:
        known["glt"] = glt.astype(np.int32)
    if tags.startswith("{"):
        known["tags"] = read_tags(tags)
    if units:
        known["units"] = units
    return known


def number_of(array: np.ndarray | None) -> int | float | None:
    """The number that an array of one holds; None of any other."""
    if array is None or array.size != 1 or array.dtype.kind not in "iuf":
        return None
    number: int | float = np.ravel(array)[0].item()
    return number


def text_of_array(array: np.ndarray | None) -> str:
    """The text that an array of one holds; empty of any other."""
    return as_text(_unwrapped(array), _LONGEST)


def _unwrapped(value: Any) -> Any:
    """What MATLAB's cells and numpy's arrays of one text hold."""
    while isinstance(value, np.ndarray) and value.size == 1:
        value = value.ravel()[0]
    return value
