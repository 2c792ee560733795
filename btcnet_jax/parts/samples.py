"""A scene as the encoder sees it: bands that vary, in units of the scene's range, in whole blocks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Num

from btcnet_jax.cost import NORMALIZE, Stage, Tally
from btcnet_jax.parts.block_transform import SIDE, split_blocks
from btcnet_jax.scene.lines import line_blocks, mirrored_lines, padded_size
from btcnet_jax.scene.value_range import ValueRange, above_minimum, value_span

# Lines that are converted at a time, so that no float64 copy of a scene is made; whole blocks.
_LINES = 16 * SIDE
# Pixels of so many lines that stand out in a band.
_SPIKES = 1
# Operations a sample: how far it is from what the bands beside it say, and which is the farthest.
_ROUGHNESS = 5


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
        for lines in line_blocks(len(self.deviations), _LINES):
            yield split_blocks(self.deviations[lines])

    def covariance(
        self, share: int, tally: Tally | None = None
    ) -> Float64[np.ndarray, "bands bands"]:
        """Of one pixel of `share`, scattered, and of those that stand out in a band.

        A band that is quiet but for a few pixels would else look as if it were quiet: each pixel
        that stands out counts for itself, one of the others for all that it stands for.

        Args:
            share: of the pixels.
            tally: counts what is computed: how many stand out depends on the scene.
        """
        rows, cols, bands = self.deviations.shape
        total, operations = np.zeros((bands, bands)), 0.0
        for lines in line_blocks(rows, _LINES):
            part = self.deviations[lines]
            picked = _scatter(len(part), cols, share).ravel()
            pixels = part.reshape(-1, bands)
            spikes = _find_spikes(pixels) if share > 1 else np.zeros(len(pixels), dtype=bool)
            if not (picked & ~spikes).any():
                spikes[:] = True
            factor = (~spikes).sum() / max((picked & ~spikes).sum(), 1)
            for chosen, each in ((spikes, 1.0), (picked & ~spikes, factor)):
                deviations = pixels[chosen].astype(np.float64)
                total += each * (deviations.T @ deviations)
                # A product with its own transpose is symmetric: half of it is computed.
                operations += chosen.sum() * bands * (bands + 1) / 2 + 2 * bands**2
            operations += _ROUGHNESS * pixels.size if share > 1 else 0
        if tally is not None:
            tally.add(Stage.STATISTICS, float(operations))
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


def read_samples(
    cube: Num[np.ndarray, "rows cols bands"],
    value_range: ValueRange,
    varying: Bool[np.ndarray, " bands"],
    tally: Tally | None = None,
) -> Samples:
    """The samples of the varying bands, at least one; `tally` counts what is computed."""
    rows, cols, _ = cube.shape
    mean = sum(block.sum(axis=(0, 1)) for block in _blocks(cube, value_range, varying))
    mean = np.asarray(mean) / (rows * cols)
    padded = padded_size(rows, cols, (SIDE, SIDE))
    deviations = np.empty((*padded, int(varying.sum())), np.float32)
    blocks = _blocks(cube, value_range, varying)
    for lines, block in zip(line_blocks(rows, _LINES), blocks, strict=True):
        deviations[lines, :cols] = block - mean
    deviations[:rows, cols:] = deviations[:rows, mirrored_lines(cols, SIDE)]
    deviations[rows:] = deviations[mirrored_lines(rows, SIDE)]
    if tally is not None:
        # Normalized for the means, and again for the deviations from them.
        tally.add(Stage.READING, rows * cols * len(mean) * (2 * NORMALIZE + 1))
        tally.add(Stage.STATISTICS, rows * cols * len(mean))
    return Samples(deviations, mean)


def _blocks(
    cube: Num[np.ndarray, "rows cols bands"],
    value_range: ValueRange,
    varying: Bool[np.ndarray, " bands"],
) -> Iterator[Float[np.ndarray, "part cols varying"]]:
    span = value_span(value_range)
    for lines in line_blocks(len(cube), _LINES):
        yield above_minimum(cube[lines, :, varying], value_range) / span
