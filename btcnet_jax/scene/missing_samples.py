"""Samples without data: where they are, and what stands there, so that all come back as they went in."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, Num, UInt8

from btcnet_jax.errors import DataError
from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.scene import Scene, SceneSource, usable_nodata

MOST_FILLS = 254
"""Different values that missing samples may hold; of more none is kept."""


@dataclass(frozen=True, eq=False)
class Missing:
    """The samples of a scene that are no data.

    Bands of which the same samples are missing, and hold the same, share a plane.

    Attributes:
        planes: 0 where a sample is data, else 1 + the index of what it holds.
        plane_of_band: which plane each band has.
        fills: what missing samples hold, in the samples' type: nodata, NaN, infinity.
        exact: whether that is what they held; else they held too many values, and `fills` is one for all.
    """

    planes: UInt8[np.ndarray, "planes rows cols"]
    plane_of_band: Int[np.ndarray, " bands"]
    fills: Num[np.ndarray, " fills"]
    exact: bool = True

    def part(self, rows: slice, cols: slice, bands: Int[np.ndarray, " some"]) -> "Missing":
        """Of a window and some bands."""
        used, plane_of_band = np.unique(self.plane_of_band[bands], return_inverse=True)
        planes = np.ascontiguousarray(self.planes[used, rows, cols])
        return Missing(planes, plane_of_band.reshape(-1), self.fills, self.exact)

    def groups(self) -> Iterator[tuple[Bool[np.ndarray, "rows cols"], Int[np.ndarray, " some"]]]:
        """Where the bands of each plane have data, and which bands they are."""
        for index, plane in enumerate(self.planes):
            yield plane == 0, np.flatnonzero(self.plane_of_band == index)

    def somewhere(self) -> Bool[np.ndarray, "rows cols"]:
        """True for pixels that lack data in some band that has any."""
        present = [plane for plane in self.planes if not plane.all()]
        lacking = np.zeros(self.planes.shape[1:], dtype=bool)
        return np.any([lacking, *(plane > 0 for plane in present)], axis=0)

    def everywhere(self) -> Bool[np.ndarray, "rows cols"]:
        """True for pixels that have no data in any band."""
        return np.asarray((self.planes > 0).all(axis=0))

    def count(self) -> int:
        """How many samples are missing."""
        counts = np.count_nonzero(self.planes, axis=(1, 2))
        return int(counts[self.plane_of_band].sum())

    def fill_in(self, cube: Num[np.ndarray, "rows cols bands"]) -> None:
        """Put what missing samples hold into a cube of the scene's size."""
        for index, plane in enumerate(self.planes):
            where = plane > 0
            if where.any():
                bands = np.flatnonzero(self.plane_of_band == index)
                held = self.fills[plane[where].astype(int) - 1]
                for band in bands.tolist():
                    cube[where, band] = held


def find_missing(scene: Scene) -> Missing | None:
    """The samples that are no data; None where all are data."""
    valid = scene.valid()
    if valid.all():
        return None
    fills, exact = _fills(scene, valid)
    planes: dict[bytes, int] = {}
    stored: list[UInt8[np.ndarray, "rows cols"]] = []
    plane_of_band = []
    for band in range(valid.shape[2]):
        codes = codes_of(scene.values[..., band], valid[..., band], fills, exact)
        key = codes.tobytes()
        if key not in planes:
            planes[key] = len(stored)
            stored.append(codes)
        plane_of_band.append(planes[key])
    return Missing(np.stack(stored), np.array(plane_of_band), fills, exact)


def without_bad_bands(scene: Scene) -> Scene:
    """The scene with its bad bands emptied: every sample the nodata value, or NaN of floats that have none.

    Raises:
        DataError: all bands are bad, or integers have no nodata value.
    """
    if scene.band_mask is None or scene.band_mask.all():
        return scene
    values = scene.values.copy()
    values[..., ~scene.band_mask] = _of_bad_bands(scene, values.dtype)
    return Scene(values=values, mask=scene.mask, **scene.info())


def source_without_bad_bands(source: SceneSource) -> SceneSource:
    """The same of a scene on disk, whose windows come so; errors are those of `without_bad_bands`."""
    bad = None if source.band_mask is None else ~source.band_mask
    if bad is None or not bad.any():
        return source
    nodata, read = _of_bad_bands(source, source.dtype), source.read_window

    def window(rows: slice, cols: slice) -> np.ndarray:
        values = np.array(read(rows, cols), source.dtype)
        values[..., bad] = nodata
        return values

    return dataclasses.replace(source, read_window=window)


def _of_bad_bands(known: SceneInfo, dtype: np.dtype) -> int | float:
    assert known.band_mask is not None, "some are bad"
    if not known.band_mask.any():
        raise DataError(f"{known.name}: all bands are bad: keep them, or correct the list")
    if known.nodata is not None:
        return known.nodata
    if dtype.kind != "f":
        raise DataError(
            f"{known.name}: dropped bands come back as nodata, and the scene has no nodata value: "
            "name one (--nodata), or keep the bands"
        )
    return float("nan")


def _fills(
    scene: Scene, valid: Bool[np.ndarray, "rows cols bands"]
) -> tuple[Num[np.ndarray, " fills"], bool]:
    """Values that missing samples hold, told apart by their bits; one for all where they are too many."""
    dtype = scene.values.dtype
    patterns = np.zeros(0, bits_of(dtype))
    for line, present in zip(scene.values, valid, strict=True):
        held = np.ascontiguousarray(line[~present]).view(bits_of(dtype))
        patterns = np.union1d(patterns, held)
        if len(patterns) > MOST_FILLS:
            nodata = usable_nodata(scene.nodata, dtype)
            if nodata is None:
                nodata = np.nan if dtype.kind == "f" else 0
            return np.array([nodata], dtype), False
    # Sets are made in native order.
    return patterns.astype(bits_of(dtype)).view(dtype), True


def codes_of(
    values: Num[np.ndarray, "rows cols *bands"],
    valid: Bool[np.ndarray, "rows cols *bands"],
    fills: Num[np.ndarray, " fills"],
    exact: bool,
) -> UInt8[np.ndarray, "rows cols *bands"]:
    """0 where a sample is data, else 1 + the index of what it holds; of fills that are not exact, 1."""
    codes = np.zeros(valid.shape, np.uint8)
    missing = ~valid
    if not exact:
        codes[missing] = 1
        return codes
    held = np.ascontiguousarray(values[missing]).view(bits_of(values.dtype))
    codes[missing] = 1 + np.searchsorted(fills.view(bits_of(values.dtype)), held)
    return codes


def bits_of(dtype: np.dtype) -> np.dtype:
    """The unsigned type of the same size and byte order."""
    return np.dtype(f"{dtype.str[0]}u{dtype.itemsize}")
