"""Which part of a scene is wanted: rows, columns and bands, all of them inside it."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int

from btcnet_jax.errors import DataError


class Part(NamedTuple):
    """A window of a scene and some of its bands.

    Attributes:
        rows, cols: slices with whole bounds.
        bands: numbers of the bands, in the order in which they are wanted.
    """

    rows: slice
    cols: slice
    bands: Int[np.ndarray, " some"]

    @classmethod
    def of(
        cls,
        shape: tuple[int, int, int],
        rows: Any = None,
        cols: Any = None,
        bands: Any = None,
    ) -> "Part":
        """A part of a scene of this shape; what is None is all of an axis.

        Args:
            shape: rows, columns and bands.
            rows, cols: slices without a step, or whole numbers, which are one line or sample. Numbers below 0
                count from the end.
            bands: a slice, a whole number, an array of numbers, or of bool with an entry a band.

        Raises:
            DataError: some of it is outside of the scene, nothing is selected, or something else is given.
        """
        lines, samples = (
            _consecutive(rows, shape[0], "rows"),
            _consecutive(cols, shape[1], "columns"),
        )
        return cls(lines, samples, _numbers(bands, shape[2]))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns and bands."""
        rows, cols = (each.stop - each.start for each in (self.rows, self.cols))
        return rows, cols, len(self.bands)


def _consecutive(wanted: Any, size: int, what: str) -> slice:
    if isinstance(wanted, (int, np.integer)) and not isinstance(wanted, bool):
        wanted = slice(wanted, wanted + 1 or None)
    wanted = slice(None) if wanted is None else wanted
    if not isinstance(wanted, slice) or wanted.step not in (None, 1):
        raise DataError(f"{what} are a slice without a step, such as 0:{size}")
    return slice(*_inside(wanted, size, what))


def _inside(wanted: slice, size: int, what: str) -> tuple[int, int]:
    """Start and stop within an axis; unlike a list's, they may not reach beyond it."""
    bounds = []
    for bound, missing in ((wanted.start, 0), (wanted.stop, size)):
        if bound is not None and not isinstance(bound, (int, np.integer)):
            raise DataError(f"{what} {bound!r:.40}: whole numbers are wanted")
        bound = missing if bound is None else int(bound)
        bounds.append(bound + size if bound < 0 else bound)
    start, stop = bounds
    if not 0 <= start < stop <= size:
        told = ":".join("" if each is None else str(each) for each in (wanted.start, wanted.stop))
        raise DataError(f"{what} {told}: the scene has {what} 0:{size}")
    return start, stop


def _numbers(wanted: Any, size: int) -> Int[np.ndarray, " some"]:
    if wanted is None:
        return np.arange(size)
    if isinstance(wanted, slice):
        if wanted.step not in (None, 1):
            chosen = np.arange(size)[wanted]
            if not len(chosen):
                raise DataError(f"bands {wanted}: the scene has bands 0:{size}")
            return chosen
        return np.arange(*_inside(wanted, size, "bands"))
    numbers = np.atleast_1d(np.asarray(wanted))
    if numbers.dtype == np.bool_ and numbers.shape == (size,):
        numbers = np.flatnonzero(numbers)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or not numbers.size:
        raise DataError(
            f"bands are a slice, numbers of 0:{size} or {size} times true or false, at least one"
        )
    numbers = np.where(numbers < 0, numbers + size, numbers).astype(np.int64)
    if numbers.min() < 0 or numbers.max() >= size:
        raise DataError(f"bands {wanted!r:.60}: the scene has bands 0:{size}")
    return numbers
