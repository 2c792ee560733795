"""What must be known of a scene before it is coded, gathered some lines at a time: `SceneFacts` of any size."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int, Num, UInt8

from btcnet_jax.errors import CubeError
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.lines import block_lines, line_blocks
from btcnet_jax.scene.missing_samples import MOST_FILLS, Missing, bits_of, codes_of
from btcnet_jax.scene.scene import Scene, SceneSource, usable_nodata
from btcnet_jax.scene.valid import BandExtremes
from btcnet_jax.scene.value_range import ValueRange, value_span
from btcnet_jax.scene.window import read_window

# Samples that are read at once.
_AT_ONCE = 1 << 23


class Gathered(NamedTuple):
    """Facts of a scene that is read some lines at a time.

    Attributes:
        facts: as of the scene in memory.
        mean: of each varying band's data, above the scene's minimum, in units of its range.
        extremes: of each band's data.
    """

    facts: SceneFacts
    mean: Float64[np.ndarray, " varying"]
    extremes: BandExtremes


def gather_facts(source: SceneSource) -> Gathered:
    """The facts of a scene whose constant bands are kept apart; reads it, twice where data are missing.

    Raises:
        CubeError: a range that float64 cannot hold.
        DataError: the file cannot be read.
    """
    sums = _Sums(source)
    for _, part in scene_lines(source):
        sums.add(part)
    extremes = sums.extremes
    assert extremes is not None, "a scene has lines"
    value_range = ValueRange(*(source.dtype.type(0).item(),) * 2)
    if extremes.samples.any():
        value_range = ValueRange(*extremes.range())
    span = value_span(value_range)
    if not np.isfinite(span):
        raise CubeError("the values span more than float64 can hold: scale the cube first")
    missing = None
    if extremes.samples.sum() < np.prod(source.shape, dtype=np.int64):
        missing = _planes(source, *sums.fills())
    varying = extremes.varies
    mean = sums.total[varying] / np.maximum(extremes.samples[varying], 1)
    mean = np.clip((mean - float(value_range.minimum)) / (span or 1.0), 0, 1)
    rows, cols, bands = source.shape
    shape, good = (rows, cols, bands), source.band_mask
    facts = SceneFacts(shape, source.dtype, value_range, varying, sums.first, missing, good)
    return Gathered(facts, mean, extremes)


def scene_lines(source: SceneSource) -> Iterator[tuple[slice, Scene]]:
    """A scene some lines at a time."""
    for lines in line_blocks(source.shape[0], block_lines(source.shape, _AT_ONCE)):
        part = read_window(source, lines, slice(None))
        yield lines, Scene(values=part.values, mask=part.mask, nodata=source.nodata)


class _Sums:
    """Of what has been read: extremes, totals and first values of bands, and what missing samples hold."""

    def __init__(self, source: SceneSource) -> None:
        bands = source.shape[2]
        self._dtype, self._nodata = source.dtype, usable_nodata(source.nodata, source.dtype)
        self.extremes: BandExtremes | None = None
        self.total, self.first = np.zeros(bands), np.zeros(bands, source.dtype)
        self._known = np.zeros(bands, bool)
        self._patterns = np.zeros(0, bits_of(source.dtype))

    def add(self, part: Scene) -> None:
        values, valid = part.values, part.valid()
        found = BandExtremes.of(values, valid)
        self.extremes = found if self.extremes is None else self.extremes + found
        whole = found.samples.sum() == values.size
        held = True if whole else valid
        self.total += np.sum(values, axis=(0, 1), dtype=np.float64, where=held)
        for band in np.flatnonzero(~self._known & (found.samples > 0)):
            place = 0 if whole else valid[..., band].argmax()
            row, col = np.unravel_index(place, valid.shape[:2])
            self.first[band], self._known[band] = values[row, col, band], True
        if not whole and len(self._patterns) <= MOST_FILLS:
            lost = np.unique(values[~valid].view(self._patterns.dtype))
            self._patterns = np.union1d(self._patterns, lost)

    def fills(self) -> tuple[Num[np.ndarray, " fills"], bool]:
        """What missing samples hold, and whether that is all; as of `find_missing`."""
        if len(self._patterns) > MOST_FILLS:
            usual = np.nan if self._dtype.kind == "f" else 0
            return np.array([usual if self._nodata is None else self._nodata], self._dtype), False
        return self._patterns.astype(bits_of(self._dtype)).view(self._dtype), True


def _planes(source: SceneSource, fills: Num[np.ndarray, " fills"], exact: bool) -> Missing:
    """Where samples are missing: bands share a plane until a line tells them apart."""
    rows, cols, bands = source.shape
    planes = [np.zeros((rows, cols), np.uint8)]
    plane_of = np.zeros(bands, np.int64)
    for lines, part in scene_lines(source):
        codes = codes_of(part.values, part.valid(), fills, exact)
        for plane in range(len(planes)):
            for number, group in enumerate(_alike(codes, np.flatnonzero(plane_of == plane))):
                where = plane if number == 0 else len(planes)
                if number:
                    planes.append(planes[plane].copy())
                plane_of[group] = where
                planes[where][lines] = codes[..., group[0]]
    # In the order of the bands.
    _, first, place = np.unique(plane_of, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.argsort(order)
    return Missing(
        np.stack([planes[each] for each in order]), rank[place.reshape(-1)], fills, exact
    )


def _alike(
    codes: UInt8[np.ndarray, "some cols bands"], bands: Int[np.ndarray, " group"]
) -> list[Int[np.ndarray, " _"]]:
    """The bands in groups that have the same codes."""
    same: Bool[np.ndarray, " group"] = (codes[..., bands] == codes[..., bands[:1]]).all(axis=(0, 1))
    groups = [bands[same]]
    return groups if same.all() else [*groups, *_alike(codes, bands[~same])]
