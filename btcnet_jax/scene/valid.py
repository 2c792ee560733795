"""What the valid samples of a scene span, and its pixels that lack none; a few lines at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64, Num

from btcnet_jax.scene.lines import line_blocks
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.window import window

_BLOCK_SAMPLES = 1 << 22  # 4 million: masks of one block stay at a few megabytes.


@dataclass(frozen=True, eq=False)
class BandExtremes:
    """Least and greatest valid sample of each band. Adding two joins their pixels.

    Attributes:
        low: in the cube's type; above `high` for a band without valid samples.
        high: likewise.
        samples: valid samples of each band.
    """

    low: Num[np.ndarray, " bands"]
    high: Num[np.ndarray, " bands"]
    samples: Int64[np.ndarray, " bands"]

    @classmethod
    def of(
        cls, values: Num[np.ndarray, "rows cols bands"], valid: Bool[np.ndarray, "rows cols bands"]
    ) -> "BandExtremes":
        """Of a cube of at least one pixel, at once."""
        if valid.all():
            # By far the usual case, and without a mask a third of the time.
            count = values.shape[0] * values.shape[1]
            low, high = values.min(axis=(0, 1)), values.max(axis=(0, 1))
            return cls(low, high, np.full(values.shape[2], count, np.int64))
        ends = (-np.inf, np.inf) if values.dtype.kind == "f" else _ends(values.dtype)
        return cls(
            low=np.min(values, axis=(0, 1), where=valid, initial=ends[1]),
            high=np.max(values, axis=(0, 1), where=valid, initial=ends[0]),
            samples=np.count_nonzero(valid, axis=(0, 1)),
        )

    @classmethod
    def of_scene(cls, scene: Scene) -> "BandExtremes":
        """Of a whole scene, a few lines at a time."""
        first, *others = (cls.of(part.values, part.valid()) for part in _parts(scene))
        return sum(others, first)

    def __add__(self, other: "BandExtremes") -> "BandExtremes":
        return BandExtremes(
            low=np.minimum(self.low, other.low),
            high=np.maximum(self.high, other.high),
            samples=self.samples + other.samples,
        )

    @property
    def varies(self) -> Bool[np.ndarray, " bands"]:
        """True for bands of more than one valid value."""
        return self.high > self.low

    def spans(self) -> bool:
        """Whether there are valid samples of more than one value, in whatever bands."""
        if not self.samples.any():
            return False
        low, high = self.range()
        return high > low

    def range(self) -> tuple[int | float, int | float]:
        """Least and greatest valid sample of all bands, exact; at least one is valid."""
        there = self.samples > 0
        return self.low[there].min().item(), self.high[there].max().item()


def complete_pixels(scene: Scene) -> Bool[np.ndarray, "rows cols"]:
    """True for pixels that are valid in every band."""
    return np.concatenate([part.valid().all(axis=2) for part in _parts(scene)])


def _parts(scene: Scene) -> Iterator[Scene]:
    rows, cols, bands = scene.values.shape
    for lines in line_blocks(rows, max(1, _BLOCK_SAMPLES // (cols * bands))):
        yield window(scene, lines, slice(None))


def _ends(dtype: np.dtype) -> tuple[int, int]:
    bounds = np.iinfo(dtype)
    return int(bounds.min), int(bounds.max)
