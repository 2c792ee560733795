"""A scene as the encoder sees it: bands that vary, in units of the scene's range, in whole blocks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Num

from btcnet_jax.cost import NORMALIZE, Stage, Tally
from btcnet_jax.parts.block_transform import SIDE, split_blocks
from btcnet_jax.parts.filling import fill_missing
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.lines import line_blocks, mirrored_lines, padded_size
from btcnet_jax.scene.missing_samples import Missing
from btcnet_jax.scene.value_range import above_minimum, value_span, within_range

# Lines that are looked at together; whole blocks.
_LINES = 16 * SIDE
# Samples that are computed with at a time: as float64 they stay in a cache, which takes half of the time.
_AT_ONCE = 1 << 16
# Pixels a band that a covariance needs.
_ENOUGH = 2
# Operations a sample: how far it is from what the bands beside it say, and which is the farthest.
_ROUGHNESS = 5


@dataclass(frozen=True, eq=False)
class Samples:
    """The varying bands of a scene.

    Attributes:
        deviations: from the mean of each band, in units of the scene's range; mirrored at the lower and
            right border up to whole blocks; where data are missing, the nearest data.
        mean: of each band, above the scene's minimum, in units of its range.
        counted: True for pixels of which covariances are: with data in all bands, or where these are too
            few in any; None where no sample is missing.
        held: True for blocks that hold any data; None likewise.
        jobs: threads that may work on them.
    """

    deviations: Float32[np.ndarray, "rows cols bands"]
    mean: Float64[np.ndarray, " bands"]
    counted: Bool[np.ndarray, "rows cols"] | None = None
    held: Bool[np.ndarray, "block_rows block_cols"] | None = None
    jobs: int = 1

    @property
    def places(self) -> int:
        """Blocks that count: those with data."""
        rows, cols = self.grid
        return rows * cols if self.held is None else int(self.held.sum())

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        rows, cols, _ = self.deviations.shape
        return rows // SIDE, cols // SIDE

    @property
    def highest(self) -> Float64[np.ndarray, " bands"]:
        """The greatest deviation of each band."""
        return self.deviations.max(axis=(0, 1)).astype(np.float64)

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
        total, count, operations = np.zeros((bands, bands)), 0, 0.0
        for lines in line_blocks(rows, _LINES):
            part = self.deviations[lines]
            picked = _scatter(len(part), cols, share).ravel()
            pixels = part.reshape(-1, bands)
            if self.counted is not None:
                pixels, picked = (
                    pixels[self.counted[lines].ravel()],
                    picked[self.counted[lines].ravel()],
                )
                if not len(pixels):
                    continue
            count += len(pixels)
            spikes = _find_spikes(pixels) if share > 1 else np.zeros(len(pixels), dtype=bool)
            if not (picked & ~spikes).any():
                spikes[:] = True
            factor = (~spikes).sum() / max((picked & ~spikes).sum(), 1)
            for chosen, each in ((spikes, 1.0), (picked & ~spikes, factor)):
                if not chosen.any():
                    continue
                deviations = (pixels if chosen.all() else pixels[chosen]).astype(np.float64)
                total += each * (deviations.T @ deviations)
                # A product with its own transpose is symmetric: half of it is computed.
                operations += chosen.sum() * bands * (bands + 1) / 2 + 2 * bands**2
            operations += _ROUGHNESS * pixels.size if share > 1 else 0
        if tally is not None:
            tally.add(Stage.STATISTICS, float(operations))
        return total / count

    def blocks(self, share: int) -> Float64[np.ndarray, "picked 16 bands"]:
        """One block of `share`, scattered, in raster order."""
        rows, cols = self.grid
        deviations = self.deviations.reshape(rows, SIDE, cols, SIDE, -1)
        picked = _scatter(rows, cols, share)
        if self.held is not None:
            picked = _scattered_among(self.held, share)
        row, col = np.nonzero(picked)
        return deviations[row, :, col].astype(np.float64).reshape(len(row), SIDE * SIDE, -1)


def _scatter(rows: int, cols: int, share: int) -> Bool[np.ndarray, "rows cols"]:
    """True at one place of `share`, so that rows and columns take part alike."""
    stride = next((s for s in (5, 3, 2) if s < share and np.gcd(s, share) == 1), 1)
    row, col = np.indices((rows, cols))
    return (row * stride + col) % share == 0


def _scattered_among(
    held: Bool[np.ndarray, "rows cols"], share: int
) -> Bool[np.ndarray, "rows cols"]:
    """True at one of `share` of the blocks that hold data, in their order; at least one."""
    picked = np.zeros_like(held)
    row, col = np.nonzero(held)
    picked[row[::share], col[::share]] = True
    return picked


def _find_spikes(pixels: Float32[np.ndarray, "pixels bands"]) -> Bool[np.ndarray, " pixels"]:
    """True for the first pixel of each band that differs the most from what the bands beside it say."""
    count, bands = pixels.shape
    greatest, place = np.full(bands, -1, np.float32), np.zeros(bands, np.int64)
    for lines in line_blocks(count, max(1, _AT_ONCE // bands)):
        rough = _roughness(pixels[lines])
        most = rough.max(axis=0)
        rougher = np.flatnonzero(most > greatest)
        place[rougher] = lines.start + rough[:, rougher].argmax(axis=0)
        np.maximum(greatest, most, out=greatest)
    found = np.zeros(count, bool)
    found[place] = True
    return found


def _roughness(
    pixels: Float32[np.ndarray, "pixels bands"],
) -> Float32[np.ndarray, "pixels bands"]:
    """How far samples are from what the bands beside them say; at either end a band is beside itself."""
    rough = 2 * pixels
    rough[:, :1] -= pixels[:, :1]
    rough[:, 1:] -= pixels[:, :-1]
    rough[:, :-1] -= pixels[:, 1:]
    rough[:, -1:] -= pixels[:, -1:]
    return np.abs(rough, out=rough)


def read_samples(
    cube: Num[np.ndarray, "rows cols bands"],
    facts: SceneFacts,
    tally: Tally | None = None,
    mean: Float64[np.ndarray, " varying"] | None = None,
) -> Samples:
    """The samples of the varying bands, at least one; what is missing is filled in.

    Args:
        cube: of the scene.
        facts: of the scene.
        tally: counts what is computed.
        mean: of each varying band of the scene of which this is a part; None of a whole scene.
    """
    rows, cols, _ = cube.shape
    mean = _mean(cube, facts) if mean is None else mean
    padded = padded_size(rows, cols, (SIDE, SIDE))
    deviations = np.empty((*padded, len(mean)), np.float32)
    for lines, block in _blocks(cube, facts, max(1, _AT_ONCE // (cols * len(mean)))):
        np.subtract(block, mean, out=deviations[lines, :cols], dtype=np.float64)
    if facts.missing is not None:
        fill_missing(deviations[:rows, :cols], facts.missing, facts.varying)
    deviations[:rows, cols:] = deviations[:rows, mirrored_lines(cols, SIDE)]
    deviations[rows:] = deviations[mirrored_lines(rows, SIDE)]
    if tally is not None:
        # Normalized for the means, and again for the deviations from them.
        tally.add(Stage.READING, rows * cols * len(mean) * (2 * NORMALIZE + 1))
        tally.add(Stage.STATISTICS, rows * cols * len(mean))
    return Samples(deviations, mean, *_counted_and_held(facts.missing, padded, len(mean)))


def _mean(
    cube: Num[np.ndarray, "rows cols bands"], facts: SceneFacts
) -> Float64[np.ndarray, " varying"]:
    """Of each varying band's data."""
    if facts.missing is None:
        total = sum(block.sum(axis=(0, 1)) for _, block in _blocks(cube, facts, _LINES))
        return np.asarray(total) / (cube.shape[0] * cube.shape[1])
    mean, place = np.zeros(int(facts.varying.sum())), np.cumsum(facts.varying) - 1
    for present, bands in facts.missing.groups():
        chosen = place[bands[facts.varying[bands]]]
        if len(chosen):
            parts = _blocks(cube, facts, _LINES)
            total = sum(block[..., chosen][present[part]].sum(axis=0) for part, block in parts)
            mean[chosen] = np.asarray(total) / np.count_nonzero(present)
    return mean


def _blocks(
    cube: Num[np.ndarray, "rows cols bands"], facts: SceneFacts, at_once: int
) -> Iterator[tuple[slice, Float[np.ndarray, "part cols varying"]]]:
    """Above the minimum, in units of the range; so many lines at a time, and which."""
    span = value_span(facts.value_range)
    for lines in line_blocks(len(cube), at_once):
        # All bands as they lie there: to pick some of them copies, sample by sample.
        block = cube[lines] if facts.varying.all() else cube[lines, :, facts.varying]
        if facts.missing is not None:
            block = within_range(block, facts.value_range)
        above = above_minimum(block, facts.value_range)
        yield lines, np.divide(above, span, out=above)


def _counted_and_held(
    missing: Missing | None, padded: tuple[int, int], bands: int
) -> tuple[Bool[np.ndarray, "rows cols"] | None, Bool[np.ndarray, "block_rows block_cols"] | None]:
    """`Samples.counted` and `Samples.held`."""
    if missing is None:
        return None, None
    some = _padded(~missing.everywhere(), padded)
    whole = _padded(~missing.somewhere(), padded)
    counted = whole if np.count_nonzero(whole) > _ENOUGH * bands else some
    blocks = some.reshape(padded[0] // SIDE, SIDE, padded[1] // SIDE, SIDE)
    return counted, np.asarray(blocks.any(axis=(1, 3)))


def _padded(
    mask: Bool[np.ndarray, "rows cols"], padded: tuple[int, int]
) -> Bool[np.ndarray, "padded_rows padded_cols"]:
    rows, cols = mask.shape
    whole = np.zeros(padded, dtype=bool)
    whole[:rows, :cols] = mask
    return whole
