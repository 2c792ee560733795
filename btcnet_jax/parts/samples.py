"""A scene as the encoder sees it: bands that vary, in units of the scene's range, in whole blocks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Num

from btcnet_jax.parts.block_transform import SIDE, split_blocks
from btcnet_jax.scene.value_range import ValueRange, above_minimum, value_span

# Lines that are converted at a time, so that no float64 copy of a scene is made; whole blocks.
_ROWS = 16 * SIDE
# Pixels of so many lines that stand out in a band.
_SPIKES = 1


@dataclass(frozen=True, eq=False)
class Samples:
    """The varying bands of a scene.

    Attributes:
        deviations: from the mean of each band, in units of the scene's range; mirrored at the lower and
            right border up to whole blocks.
        mean: of each band, above the scene's minimum, in units of its range.
    """

    deviations: Float32[np.ndarray, "rows cols bands"]
    mean: Float64[np.ndarray, " bands"]

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        rows, cols, _ = self.deviations.shape
        return rows // SIDE, cols // SIDE

    def parts(self) -> Iterator[Float32[np.ndarray, "blocks 16 bands"]]:
        """All blocks, some rows of them at a time."""
        for start in range(0, len(self.deviations), _ROWS):
            yield split_blocks(self.deviations[start : start + _ROWS])

    def covariance(self, share: int) -> Float64[np.ndarray, "bands bands"]:
        """Of one pixel of `share`, scattered, and of those that stand out in a band.

        A band that is quiet but for a few pixels would else look as if it were quiet: each pixel
        that stands out counts for itself, one of the others for all that it stands for.
        """
        rows, cols, bands = self.deviations.shape
        total = np.zeros((bands, bands))
        for start in range(0, rows, _ROWS):
            part = self.deviations[start : start + _ROWS]
            picked = _scatter(len(part), cols, share).ravel()
            pixels = part.reshape(-1, bands)
            spikes = _find_spikes(pixels) if share > 1 else np.zeros(len(pixels), dtype=bool)
            if not (picked & ~spikes).any():
                spikes[:] = True
            factor = (~spikes).sum() / max((picked & ~spikes).sum(), 1)
            for chosen, each in ((spikes, 1.0), (picked & ~spikes, factor)):
                deviations = pixels[chosen].astype(np.float64)
                total += each * (deviations.T @ deviations)
        return total / (rows * cols)

    def blocks(self, share: int) -> Float64[np.ndarray, "picked 16 bands"]:
        """One block of `share`, scattered, in raster order."""
        rows, cols = self.grid
        deviations = self.deviations.reshape(rows, SIDE, cols, SIDE, -1)
        row, col = np.nonzero(_scatter(rows, cols, share))
        return deviations[row, :, col].astype(np.float64).reshape(len(row), SIDE * SIDE, -1)


def _scatter(rows: int, cols: int, share: int) -> Bool[np.ndarray, "rows cols"]:
    """True at one place of `share`, so that rows and columns take part alike."""
    stride = next((s for s in (5, 3, 2) if s < share and np.gcd(s, share) == 1), 1)
    row, col = np.indices((rows, cols))
    return (row * stride + col) % share == 0


def _find_spikes(pixels: Float32[np.ndarray, "pixels bands"]) -> Bool[np.ndarray, " pixels"]:
    """True for the pixels that in some band differ the most from what the bands beside it say."""
    left = np.concatenate([pixels[:, :1], pixels[:, :-1]], axis=1)
    right = np.concatenate([pixels[:, 1:], pixels[:, -1:]], axis=1)
    count = min(_SPIKES, len(pixels))
    rough = np.abs(2 * pixels - left - right)
    found = np.zeros(len(pixels), dtype=bool)
    found[np.argpartition(rough, len(pixels) - count, axis=0)[len(pixels) - count :]] = True
    return found


def find_varying(cube: Num[np.ndarray, "rows cols bands"]) -> Bool[np.ndarray, " bands"]:
    """True for the bands that hold more than one value."""
    varying = np.zeros(cube.shape[2], dtype=bool)
    for rows in cube:
        varying |= (rows != cube[0, 0]).any(axis=0)
    return varying


def read_samples(
    cube: Num[np.ndarray, "rows cols bands"],
    value_range: ValueRange,
    varying: Bool[np.ndarray, " bands"],
) -> Samples:
    """The samples of the varying bands, at least one."""
    rows, cols, _ = cube.shape
    mean = sum(block.sum(axis=(0, 1)) for block in _blocks(cube, value_range, varying))
    mean = np.asarray(mean) / (rows * cols)
    padded = rows + -rows % SIDE, cols + -cols % SIDE
    deviations = np.empty((*padded, int(varying.sum())), np.float32)
    start = 0
    for block in _blocks(cube, value_range, varying):
        deviations[start : start + len(block), :cols] = block - mean
        start += len(block)
    deviations[:rows, cols:] = deviations[:rows, _mirror(cols)]
    deviations[rows:] = deviations[_mirror(rows)]
    return Samples(deviations, mean)


def _blocks(
    cube: Num[np.ndarray, "rows cols bands"],
    value_range: ValueRange,
    varying: Bool[np.ndarray, " bands"],
) -> Iterator[Float[np.ndarray, "part cols varying"]]:
    span = value_span(value_range)
    for start in range(0, len(cube), _ROWS):
        yield above_minimum(cube[start : start + _ROWS, :, varying], value_range) / span


def _mirror(size: int) -> list[int]:
    """Which lines stand, mirrored, behind the last one up to a whole block."""
    return np.pad(np.arange(size), (0, -size % SIDE), mode="symmetric")[size:].tolist()
