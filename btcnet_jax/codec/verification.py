"""Whether a restored scene is what its file promised: errors by band, what is missing, what is known."""

import dataclasses
import math
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Num

from btcnet_jax.codec.regions import mask_of
from btcnet_jax.errors import CubeError
from btcnet_jax.metrics.blocks import distances
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.part import Part
from btcnet_jax.scene.scene import Scene, SceneSource
from btcnet_jax.scene.stream import SceneStream
from btcnet_jax.scene.window import read_window


@dataclasses.dataclass(frozen=True)
class BandError:
    """The greatest error of a band.

    Attributes:
        band: its number, from 0.
        error: of its valid samples; 0 of none.
        place: row and column of it; None where nothing differs.
        bound: that was promised; None where nothing was.
    """

    band: int
    error: float
    place: tuple[int, int] | None
    bound: float | None

    @property
    def broken(self) -> bool:
        """Whether the error is above the bound."""
        return self.bound is not None and not self.error <= self.bound


@dataclasses.dataclass(frozen=True)
class Verification:
    """What a comparison found.

    Attributes:
        bands: errors of each.
        samples_gone: valid samples that come back as no data, or missing ones as data.
        samples_refilled: missing samples that hold another value.
        differences: what is known of the scene and differs, by the names of `SceneInfo`.
    """

    bands: tuple[BandError, ...]
    samples_gone: int
    samples_refilled: int
    differences: tuple[str, ...]

    @property
    def worst(self) -> BandError:
        """The band of the greatest error, or of the greatest that breaks its bound."""
        broken = [band for band in self.bands if band.broken]
        return max(broken or self.bands, key=lambda band: band.error)

    @property
    def broken(self) -> bool:
        """Whether some bound is."""
        return any(band.broken for band in self.bands)

    def to_json(self) -> dict[str, Any]:
        """All of it, ready for `json.dumps(..., allow_nan=False)`."""
        told = dataclasses.asdict(self)
        for band in told["bands"]:
            band["error"] = band["error"] if math.isfinite(band["error"]) else None
        return {"broken": self.broken, **told}


def verify(
    original: Scene, restored: Scene, bounds: Float64[np.ndarray, " bands"] | None
) -> Verification:
    """Compare a restored scene with its original, sample by sample, exactly.

    Args:
        original: as it was compressed.
        restored: of the same shape.
        bounds: of each band, as the file or a user tells; None where nothing is promised.

    Raises:
        CubeError: the two are of two shapes.
    """
    found = _Comparison(original.values.shape[2], bounds)
    found.add(original, restored)
    return found.result(_differences(original, restored, original.values.dtype))


def verify_stream(
    source: SceneSource,
    stream: SceneStream,
    facts: SceneFacts,
    bounds: Float64[np.ndarray, " bands"] | None,
) -> Verification:
    """The same of a scene that is restored some lines at a time; its original is read likewise.

    Args:
        source: the original.
        stream: of its whole file.
        facts: that the file tells: which samples are missing.
        bounds: as of `verify`, and so are the errors.

    Raises:
        DataError: the original cannot be read.
    """
    found, row = _Comparison(source.shape[2], bounds), 0
    known, cols, bands = stream.known, slice(0, source.shape[1]), np.arange(source.shape[2])
    for group in stream.lines:
        rows = slice(row, row + len(group))
        missing = facts.part(Part(rows, cols, bands)).missing
        mask = None if missing is None else mask_of(missing)
        original = read_window(source, rows, slice(None))
        plain = Scene(values=original.values, mask=original.mask, nodata=source.nodata)
        found.add(plain, Scene(values=group, mask=mask, nodata=known.nodata))
        row += len(group)
    if row != source.shape[0]:
        raise CubeError(f"the original has {source.shape[0]} lines, but the restored has {row}")
    return found.result(_differences(source, stream.known, source.dtype))


class _Comparison:
    """Gathers what differs, lines after lines.

    Args:
        bands: of the scene.
        bounds: of each band.
    """

    def __init__(self, bands: int, bounds: Float64[np.ndarray, " bands"] | None) -> None:
        self._bands = [
            BandError(band, 0.0, None, None if bounds is None else float(bounds[band]))
            for band in range(bands)
        ]
        self._row, self._gone, self._refilled = 0, 0, 0

    def add(self, original: Scene, restored: Scene) -> None:
        """Compare the lines that follow.

        Raises:
            CubeError: the two are of two shapes.
        """
        if original.values.shape != restored.values.shape:
            raise CubeError(
                f"the original is {original.values.shape}, but the restored is {restored.values.shape}"
            )
        valid, back = original.valid(), restored.valid()
        for band, before in enumerate(self._bands):
            pair = original.values[..., band], restored.values[..., band]
            error, place = _greatest(*pair, valid[..., band])
            if error > before.error:
                row, col = place
                self._bands[band] = dataclasses.replace(
                    before, error=error, place=(self._row + row, col)
                )
        self._row += len(valid)
        self._gone += int(np.count_nonzero(valid != back))
        refilled = ~valid & ~_same(original.values, restored.values)
        self._refilled += int(np.count_nonzero(refilled))

    def result(self, differences: tuple[str, ...]) -> Verification:
        """What was found."""
        return Verification(tuple(self._bands), self._gone, self._refilled, differences)


def _greatest(
    original: Num[np.ndarray, "rows cols"],
    restored: Num[np.ndarray, "rows cols"],
    valid: Bool[np.ndarray, "rows cols"],
) -> tuple[float, tuple[int, int]]:
    """The greatest error of a band, and where it is first."""
    errors = np.where(valid, distances(original, restored), 0)
    # A valid sample that comes back as NaN is as wrong as can be.
    errors = np.where(np.isnan(errors), np.inf, errors)
    row, col = np.unravel_index(int(errors.argmax()), errors.shape)
    return errors[row, col].item(), (int(row), int(col))


def _same(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    same = one == other
    if one.dtype.kind == other.dtype.kind == "f":
        same |= np.isnan(one) & np.isnan(other)
    return same


def _differences(original: SceneInfo, restored: Scene, dtype: np.dtype) -> tuple[str, ...]:
    """What is known of the two and differs; `dtype` is the original's."""
    before, after = original.info(), restored.info()
    differing = [name for name in before if not _alike(before[name], after[name])]
    if dtype != restored.values.dtype:
        differing.append("type of the samples")
    return tuple(differing)


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        if one is None or other is None:
            return one is other
        one, other = np.asarray(one), np.asarray(other)
        return one.shape == other.shape and bool(_same(one, other).all())
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)
