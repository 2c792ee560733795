"""Which array of a file is the cube, and which lie beside it: the rules all containers share."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from btcnet_jax.errors import DataError
from data_pipeline.readers.sides import is_side


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
    # A table of places has three axes too.
    cubes = {name: entry for name, entry in cubes.items() if not is_side(name)} or cubes
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


def refuse_variable(path: Path, variable: str | None) -> None:
    """Raises DataError where a variable is asked of a format that holds one unnamed cube."""
    if variable is not None:
        raise DataError(
            f"{path}: this format holds one cube without a name, so '{variable}' is not in it;"
            f" leave --variable out"
        )
