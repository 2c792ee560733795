"""What is known of a scene besides its samples."""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float64, Int32, Num

from btcnet_jax.scene.info_checks import check_info
from btcnet_jax.scene.numbers import Tag


@dataclass(kw_only=True, eq=False)
class SceneInfo:
    """What is known of a scene besides its values.

    Attributes:
        name: the file's name without folder and suffix; empty for a scene of no file.
        variable: the array's name inside the file; None where a file holds a single unnamed one.
        wavelengths: center of each band in nanometers, float64 (bands,), or None.
        fwhm: full width of each band at half maximum in nanometers, float64 (bands,), or None.
        band_names: what the bands are called, one name each, or None.
        band_mask: bool (bands,), True for a good band, from the bad band list, or None.
        nodata: the value that marks a sample without data, or None.
        crs: coordinate reference system as WKT, of the transform or of the control points, or None.
        transform: affine map from (column, row) to (x, y) as six numbers a, b, c, d, e, f with
            x = a column + b row + c and y = d column + e row + f; or None.
        gcps: ground control points where there is no such map, each row, column, x, y, z; or None.
        glt: geometry lookup table, int32 (map rows, map cols, 2): column and row of the sample, counted
            from 1, that lies at a place of the map, 0 where none does; or None.
        tags: what else the file says of its acquisition, by name: texts, or numbers where it has them as such.
        scale, offset: a physical value is scale x sample + offset; float32 or float64 (bands,), as the
            file gives them, or None. Samples are never scaled.
        units: of the physical value, as the file spells it; or None.
        axes: "rows", "cols" and "bands" in the order in which the file stores the array; None where nothing is
            known of that, as of rasters.
        names: what the file calls its parts, where it may choose: axes ("rows", "cols", "bands"), arrays
            beside the cube ("wavelengths", "fwhm", "band_mask", "band_names", "crs") and the attribute that
            tells "nodata".
        part_tags: attributes of the cube ("cube") and of these parts, by name; those of `axis_arrays` under
            "rows:NAME".
        axis_arrays: other numbers that the file has along one axis ("rows", "cols", "bands") of the cube, by
            name: places that no transform tells, times of lines.
    """

    name: str = ""
    variable: str | None = None
    wavelengths: Float64[np.ndarray, " _"] | None = None
    fwhm: Float64[np.ndarray, " _"] | None = None
    band_names: tuple[str, ...] | None = None
    band_mask: Bool[np.ndarray, " _"] | None = None
    nodata: int | float | None = None
    crs: str | None = None
    transform: tuple[float, float, float, float, float, float] | None = None
    gcps: tuple[tuple[float, float, float, float, float], ...] | None = None
    glt: Int32[np.ndarray, "_ _ 2"] | None = None
    tags: dict[str, Tag] = field(default_factory=dict)
    scale: Float[np.ndarray, " _"] | None = None
    offset: Float[np.ndarray, " _"] | None = None
    units: str | None = None
    axes: tuple[str, str, str] | None = None
    names: dict[str, str] = field(default_factory=dict)
    part_tags: dict[str, dict[str, Tag]] = field(default_factory=dict)
    axis_arrays: dict[str, dict[str, Num[np.ndarray, " _"]]] = field(default_factory=dict)

    def info(self) -> dict[str, Any]:
        """These attributes by name, to pass on to another scene."""
        return {known.name: getattr(self, known.name) for known in fields(SceneInfo)}

    def _facts(self, shape: tuple[int, ...], dtype: np.dtype, *more: str) -> str:
        """What it is in one line, for `repr`: of arrays that they are there."""
        name = f"{self.name!r}: " if self.name else ""
        size = f"{' x '.join(map(str, shape))} (rows x cols x bands), {dtype}"
        known = [what.name for what in fields(SceneInfo)[1:] if _is_told(getattr(self, what.name))]
        told = f"; {', '.join([*known, *more])}" if known or more else ""
        return f"{type(self).__name__}({name}{size}{told})"

    def _check(self, shape: tuple[int, ...]) -> None:
        """Types and lengths, for a cube of this shape. Raises DataError."""
        check_info(self.info(), shape)
        if self.band_mask is not None:
            self.band_mask = np.asarray(self.band_mask, bool)


def _is_told(value: Any) -> bool:
    return value is not None and not (isinstance(value, dict) and not value)
