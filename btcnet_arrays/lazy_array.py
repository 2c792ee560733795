"""A cube of which xarray reads what it is asked for, when it is."""

import dataclasses
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int, Num
from xarray.backends import BackendArray
from xarray.core import indexing

from btcnet_arrays.fill_value import FillValue
from btcnet_arrays.scene_file import SceneFile
from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.part import Part


@runtime_checkable
class Reader(Protocol):
    """What gives the numbers of a part."""

    @property
    def dtype(self) -> np.dtype:
        """Of the numbers."""

    def __call__(self, part: Part) -> Num[np.ndarray, "rows cols bands"]:
        """Of this part of the scene."""


@dataclasses.dataclass(frozen=True)
class Samples:
    """Reads samples.

    Attributes:
        file: that holds them.
        fill: what those hold that are missing.
    """

    file: SceneFile
    fill: FillValue

    @property
    def dtype(self) -> np.dtype:
        """Of the samples."""
        return self.file.facts.dtype

    def __call__(self, part: Part) -> Num[np.ndarray, "rows cols bands"]:
        """The samples of a part."""
        values, missing = self.file.read(part), self.file.facts.missing
        if self.fill.replaces and missing is not None:
            there = missing.part(*part)
            fills = np.full_like(there.fills, self.fill.value)
            dataclasses.replace(there, fills=fills).fill_in(values)
        return values


@dataclasses.dataclass(frozen=True)
class Valid:
    """Reads which samples are data, 1, and which are missing, 0.

    Attributes:
        file: that says so.
    """

    file: SceneFile

    @property
    def dtype(self) -> np.dtype:
        """Of flags."""
        return np.dtype(np.int8)

    def __call__(self, part: Part) -> Num[np.ndarray, "rows cols bands"]:
        """Of the samples of a part."""
        valid, missing = np.ones(part.shape, self.dtype), self.file.facts.missing
        if missing is not None:
            there = missing.part(*part)
            zeros = np.zeros(there.fills.shape, self.dtype)
            dataclasses.replace(there, fills=zeros).fill_in(valid)
        return valid


class LazyArray(BackendArray):
    """Numbers of each sample of a scene, read window by window by any thread.

    Args:
        read: gives the numbers of a part.
        shape: rows, columns and bands of the scene.
        order: "rows", "cols" and "bands" as the array's axes lie.
    """

    def __init__(
        self, read: Reader, shape: tuple[int, int, int], order: tuple[str, str, str]
    ) -> None:
        self._read, self._scene, self._order = read, shape, order
        sizes = dict(zip(AXES, shape, strict=True))
        self.shape = tuple(sizes[axis] for axis in order)
        self.dtype = read.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        support = indexing.IndexingSupport.OUTER
        return indexing.explicit_indexing_adapter(key, self.shape, support, self._outer)

    def _outer(self, key: tuple[Any, ...]) -> Any:
        """What each axis is asked for on its own: numbers, slices or one number, which takes the axis away."""
        chosen = dict(zip(self._order, key, strict=True))
        wanted = [
            np.arange(size)[chosen[axis]] for axis, size in zip(AXES, self._scene, strict=True)
        ]
        rows, cols, bands = (np.atleast_1d(numbers) for numbers in wanted)
        values = self._window(rows, cols, bands)
        kept = tuple(slice(None) if numbers.ndim else 0 for numbers in wanted)
        left = [axis for axis, numbers in zip(AXES, wanted, strict=True) if numbers.ndim]
        stored = [axis for axis in self._order if axis in left]
        return values[kept].transpose([left.index(axis) for axis in stored])

    def _window(
        self, rows: Int[np.ndarray, " _"], cols: Int[np.ndarray, " _"], bands: Int[np.ndarray, " _"]
    ) -> Num[np.ndarray, "rows cols bands"]:
        """Of these rows, columns and bands, of which the least window around them is read."""
        if 0 in (rows.size, cols.size, bands.size):
            return np.empty((rows.size, cols.size, bands.size), self.dtype)
        around = tuple(slice(int(each.min()), int(each.max()) + 1) for each in (rows, cols))
        values = self._read(Part(around[0], around[1], bands))
        for axis, (numbers, window) in enumerate(zip((rows, cols), around, strict=True)):
            if not np.array_equal(numbers, np.arange(window.start, window.stop)):
                values = np.take(values, numbers - window.start, axis)
        return values
