"""Which array of a file is the cube, and which lie beside it: the rules all containers share."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import usable_nodata
from data_pipeline.readers.wavelengths import to_nanometers

WAVELENGTH_NAMES = ("wavelengths", "wavelength_nm", "wavelength")
SIDE_NAMES = (*WAVELENGTH_NAMES, "fwhm", "bbl", "nodata")


class Entry(NamedTuple):
    """One array of a file: its shape, its type in words, and whether it holds real numbers."""

    shape: tuple[int, ...]
    type_name: str
    numeric: bool

    @classmethod
    def of(cls, array: Any) -> "Entry":
        """The entry of a numpy array, or of anything with its shape and dtype."""
        return cls(tuple(array.shape), str(array.dtype), array.dtype.kind in "iuf")


def choose_variable(entries: Mapping[str, Entry], variable: str | None, path: Path) -> str:
    """The array to read: `variable`, else the only array, else the only one of three axes.

    Args:
        entries: the file's arrays by name.
        variable: the name asked for, or None.
        path: the file, for messages.

    Raises:
        DataError: no such name, it holds no real numbers, or no array or several qualify.
    """
    if variable is None:
        variable = _only_cube(entries, path)
    if variable not in entries:
        raise DataError(f"{path}: holds no array '{variable}'; it holds {_listed(entries)}")
    entry = entries[variable]
    if not entry.numeric:
        raise DataError(
            f"{path}: '{variable}' holds {entry.type_name}, not integers or floats;"
            f" store it as real numbers or name another array with --variable"
        )
    return variable


def _only_cube(entries: Mapping[str, Entry], path: Path) -> str:
    if len(entries) == 1:
        # Whatever is wrong with a lone array is then told about that array.
        return next(iter(entries))
    cubes = {name: entry for name, entry in entries.items() if _is_cube(entry)}
    if not cubes:
        raise DataError(
            f"{path}: holds no array of numbers with three axes (rows, cols, bands);"
            f" it holds {_listed(entries)}"
        )
    if len(cubes) > 1:
        raise DataError(f"{path}: holds several cubes; choose with --variable: {_listed(cubes)}")
    return next(iter(cubes))


def _is_cube(entry: Entry) -> bool:
    return entry.numeric and len(entry.shape) == 3


def _listed(entries: Mapping[str, Entry]) -> str:
    """The arrays in words, at most twenty of them, so that the message stays a line."""
    words = [
        f"{name} ({'x'.join(map(str, shape)) or 'one value'} {type_name})"
        for name, (shape, type_name, _) in list(entries.items())[:20]
    ]
    if len(entries) > len(words):
        words.append(f"and {len(entries) - len(words)} more")
    return ", ".join(words) or "no array"


def side_arrays(arrays: Mapping[str, np.ndarray], bands: int, dtype: np.dtype) -> dict[str, Any]:
    """What arrays beside the cube say of its bands, as keyword arguments of a scene.

    Args:
        arrays: arrays by name; those not in `SIDE_NAMES` or not of `bands` entries are passed over.
        bands: the cube's bands.
        dtype: the cube's type.

    Returns:
        wavelengths and fwhm in nanometers, band_mask and nodata, each only where found.
    """
    found = {name: np.ravel(array) for name, array in arrays.items() if array.dtype.kind in "iufb"}
    known: dict[str, Any] = {}
    wavelengths = _first(found, WAVELENGTH_NAMES, bands)
    if wavelengths is not None:
        fwhm = _first(found, ("fwhm",), bands)
        # Without a unit, so by magnitude: files are about that name wavelength_nm in micrometers.
        known["wavelengths"], known["fwhm"] = to_nanometers(wavelengths, fwhm, units="")
    mask = _first(found, ("bbl",), bands)
    if mask is not None:
        known["band_mask"] = mask != 0
    if "nodata" in found and found["nodata"].size == 1:
        known["nodata"] = usable_nodata(found["nodata"][0].item(), dtype)
    return known


def _first(arrays: Mapping[str, np.ndarray], names: Iterable[str], bands: int) -> np.ndarray | None:
    matching = (arrays[name] for name in names if name in arrays and arrays[name].size == bands)
    return next(matching, None)
