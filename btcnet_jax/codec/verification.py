"""Whether a restored scene is what its file promised: errors by band, what is missing, what is known."""

import dataclasses
import math
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Num

from btcnet_jax.errors import CubeError
from btcnet_jax.scene.scene import Scene


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
    if original.values.shape != restored.values.shape:
        raise CubeError(
            f"the original is {original.values.shape}, but the restored is {restored.values.shape}"
        )
    valid, back = original.valid(), restored.valid()
    bands = []
    for band in range(original.values.shape[2]):
        bound = None if bounds is None else float(bounds[band])
        pair = original.values[..., band], restored.values[..., band]
        bands.append(_band(band, *pair, valid[..., band], bound))
    return Verification(
        tuple(bands),
        int(np.count_nonzero(valid != back)),
        int(np.count_nonzero(~valid & ~_same(original.values, restored.values))),
        _differences(original, restored),
    )


def _band(
    band: int,
    original: Num[np.ndarray, "rows cols"],
    restored: Num[np.ndarray, "rows cols"],
    valid: Bool[np.ndarray, "rows cols"],
    bound: float | None,
) -> BandError:
    errors = np.where(valid, distances(original, restored), 0)
    # A valid sample that comes back as NaN is as wrong as can be.
    errors = np.where(np.isnan(errors), np.inf, errors)
    row, col = np.unravel_index(int(errors.argmax()), errors.shape)
    error = errors[row, col].item()
    return BandError(band, error, (int(row), int(col)) if error else None, bound)


def distances(one: Num[np.ndarray, "..."], other: Num[np.ndarray, "..."]) -> Num[np.ndarray, "..."]:
    """How far two arrays are apart: of integers exactly, in uint64; of floats in float64."""
    if one.dtype.kind != "f" and other.dtype.kind != "f" and one.dtype == other.dtype:
        low, high = np.minimum(one, other), np.maximum(one, other)
        return high.astype(np.uint64) - low.astype(np.uint64)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.abs(one.astype(np.float64) - other.astype(np.float64))


def _same(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    same = one == other
    if one.dtype.kind == other.dtype.kind == "f":
        same |= np.isnan(one) & np.isnan(other)
    return same


def _differences(original: Scene, restored: Scene) -> tuple[str, ...]:
    before, after = original.info(), restored.info()
    differing = [name for name in before if not _alike(before[name], after[name])]
    if original.values.dtype != restored.values.dtype:
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
