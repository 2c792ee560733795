"""A hyperspectral scene in memory, and the same scene still on disk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Num, Shaped

from btcnet_jax.errors import CubeError, DataError
from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.masked import data_mask, joined


@dataclass(kw_only=True, eq=False, repr=False)
class Scene(SceneInfo):
    """A scene in memory.

    Attributes:
        values: samples (rows, cols, bands) in the file's own integer or float type; native order. Of a numpy
            masked array the mask goes into `mask`.
        mask: bool (rows, cols) or (rows, cols, bands), True for data, where the file has such a mask; or None.

    Raises:
        DataError: `values` is no cube (see `check_cube`), a list of bands has another length, or the
            mask another shape.
    """

    values: Num[np.ndarray, "rows cols bands"]
    mask: Bool[np.ndarray, "..."] | None = None

    def __post_init__(self) -> None:
        self.values = _as_array(self.values, f"{self.name}: values")
        check_cube(self.values.shape, self.values.dtype, self.name or "the cube")
        self._check(self.values.shape)
        if self.mask is not None:
            self.mask = _as_array(self.mask, f"{self.name}: the mask")
            if self.mask.dtype != np.bool_:
                raise DataError(
                    f"{self.name}: the mask is {self.mask.dtype}: give bool, True for data"
                )
        if isinstance(self.values, np.ma.MaskedArray):
            if np.ma.is_masked(self.values):
                self.mask = joined(self.mask, data_mask(np.ma.getmaskarray(self.values)))
            self.values = np.ma.getdata(self.values)
        if self.mask is not None and self.mask.shape not in (
            self.values.shape,
            self.values.shape[:2],
        ):
            raise DataError(
                f"{self.name}: the mask has shape {self.mask.shape}, the cube {self.values.shape[:2]}"
            )

    def __repr__(self) -> str:
        masked = () if self.mask is None else ("mask",)
        return self._facts(self.values.shape, self.values.dtype, *masked)

    def valid(self) -> Bool[np.ndarray, "rows cols bands"]:
        """True for samples that are data: in the mask, not the nodata value, not NaN or infinite."""
        valid = np.ones(self.values.shape, dtype=bool)
        if self.mask is not None:
            valid &= self.mask if self.mask.ndim == 3 else self.mask[..., None]
        if self.nodata is not None:
            valid &= self.values != self.nodata
        if self.values.dtype.kind == "f":
            valid &= np.isfinite(self.values)
        return valid


def as_scene(given: "Scene | Shaped[np.ndarray, '...']") -> Scene:
    """A scene as it is, or samples alone; of a masked array what is masked is no data.

    Raises:
        CubeError: not (rows, cols, bands), empty, or not integers or floats of up to 64 bits.
    """
    if isinstance(given, Scene):
        return given
    try:
        values = _as_array(given, "the cube")
    except DataError as error:
        raise CubeError(str(error)) from None
    if values.ndim != 3 or values.size == 0:
        raise CubeError(f"a cube has shape (rows, cols, bands), not {values.shape}")
    if values.dtype.kind not in "iuf" or values.dtype.itemsize > 8:
        raise CubeError(
            f"values of type {values.dtype} cannot be compressed: use integers or floats"
        )
    return Scene(values=values)


def _as_array(given: Any, what: str) -> np.ndarray:
    """Arrays of numpy as they are, those of others (JAX, lists) as numpy's."""
    if given is None or isinstance(given, (str, bytes, dict)) or np.isscalar(given):
        raise DataError(f"{what}: an array is wanted, not {type(given).__name__}".lstrip(": "))
    if isinstance(given, np.ndarray):
        return given
    try:
        return np.asarray(given)
    except (TypeError, ValueError) as error:
        raise DataError(f"{what}: no array can be made of it ({error})".lstrip(": ")) from None


@dataclass(kw_only=True, eq=False, repr=False)
class SceneSource(SceneInfo):
    """A scene on disk, of which windows can be read.

    Attributes:
        shape: (rows, cols, bands).
        dtype: type of the samples, native byte order.
        read_window: takes slices of rows and columns with whole bounds, gives (rows, cols, bands).
        read_mask: likewise, gives bool (rows, cols), True for pixels with data; None where the file has
            no mask.

    Raises:
        DataError: the array is no cube (see `check_cube`), or a list of bands has another length.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    read_window: Callable[[slice, slice], np.ndarray]
    read_mask: Callable[[slice, slice], np.ndarray] | None = None

    def __post_init__(self) -> None:
        check_cube(self.shape, self.dtype, self.name or "the cube")
        self._check(self.shape)

    @classmethod
    def of(cls, scene: Scene) -> "SceneSource":
        """A scene in memory, of which nothing is copied but what is read."""
        values, mask = scene.values, scene.mask
        return cls(
            **scene.info(),
            shape=values.shape,
            dtype=values.dtype.newbyteorder("="),
            read_window=lambda rows, cols: values[rows, cols],
            read_mask=None if mask is None else lambda rows, cols: mask[rows, cols],
        )

    def __repr__(self) -> str:
        return self._facts(self.shape, self.dtype)

    def read(self, rows: slice, cols: slice) -> Num[np.ndarray, "rows cols bands"]:
        """Samples of a window, (rows, cols, bands), contiguous, in `dtype`.

        Args:
            rows: lines wanted, as in indexing a list: bounds beyond the scene are cut.
            cols: samples wanted, likewise.

        Raises:
            DataError: a slice has a step or selects nothing, or the file cannot be read.
        """
        wanted = [self._whole(rows, 0, "rows"), self._whole(cols, 1, "columns")]
        window = self.read_window(*wanted)
        return np.ascontiguousarray(window, dtype=self.dtype)

    def read_all(self) -> Scene:
        """The whole scene in memory. Raises DataError where the file cannot be read."""
        whole = slice(0, self.shape[0]), slice(0, self.shape[1])
        mask = None if self.read_mask is None else self.read_mask(*whole)
        return Scene(values=self.read(*whole), mask=mask, **self.info())

    def _whole(self, wanted: slice, axis: int, what: str) -> slice:
        start, stop, step = wanted.indices(self.shape[axis])
        if step != 1 or stop <= start:
            raise DataError(
                f"{self.name}: {what} {wanted.start}:{wanted.stop}:{wanted.step} of"
                f" {self.shape[axis]} select no window; ask for consecutive {what} of the scene"
            )
        return slice(start, stop)


def check_cube(shape: tuple[int, ...], dtype: np.dtype, label: str) -> None:
    """Raises DataError unless this is a cube: three axes, real numbers, not empty.

    Args:
        shape: the array's shape.
        dtype: its type; integers and floats of up to 64 bits are taken.
        label: what to call the array in the message.
    """
    if len(shape) != 3:
        raise DataError(
            f"{label}: the array has {len(shape)} axes {shape}, a cube has three:"
            f" (rows, cols, bands); reshape it or name another array with --variable"
        )
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise DataError(
            f"{label}: samples are {dtype}; a cube holds integers or floats of up to 64 bits,"
            f" so convert them first"
        )
    if 0 in shape:
        raise DataError(f"{label}: the array is empty {shape}; a cube needs at least one sample")


def usable_nodata(nodata: int | float | None, dtype: np.dtype) -> int | float | None:
    """The nodata value as this type holds it; None where no sample of the type can equal it."""
    if nodata is None:
        return None
    if dtype.kind == "f":
        return float(nodata)
    bounds = np.iinfo(dtype)
    if not np.isfinite(nodata) or nodata != int(nodata):
        return None
    return int(nodata) if bounds.min <= int(nodata) <= bounds.max else None
