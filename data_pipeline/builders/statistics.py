"""Least and greatest sample of a scene and its bands, in one pass by blocks of rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Num

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import SceneSource

_BLOCK_SAMPLES = 1 << 24  # 16 million: 32 MB of 16 bits, and its masks.


@dataclass(frozen=True, kw_only=True)
class SceneStatistics:
    """Of the pixels with data, in the kept bands.

    Attributes:
        minimum: least sample.
        maximum: greatest sample.
        constant_bands: numbers, counting from 1 in the file, of bands with one value only.
    """

    minimum: float
    maximum: float
    constant_bands: tuple[int, ...]


def pixels_with_data(
    values: Num[np.ndarray, "rows cols bands"],
    nodata: int | float | None,
    fill: int | float | None,
) -> Bool[np.ndarray, "rows cols"]:
    """Where a pixel can be used: every band finite and not `nodata`, not all bands `fill`."""
    return _samples_with_data(values, nodata).all(axis=2) & _unfilled(values, fill)


def scene_statistics(
    source: SceneSource,
    kept: Sequence[int],
    fill: int | float | None,
    name: str,
    block_samples: int = _BLOCK_SAMPLES,
) -> SceneStatistics:
    """Reads the scene once, a block of rows at a time.

    Args:
        source: the scene.
        kept: indices of the bands that count, from 0.
        fill: see `pixels_with_data`.
        name: what to call the scene in messages.
        block_samples: samples read at a time, at least those of a row.

    Raises:
        DataError: a kept band has no data anywhere, no pixel has data in all of them, or all samples
            are equal.
    """
    bands = np.asarray(kept)
    filled = np.zeros(len(bands), np.int64)
    least, greatest = [], []
    for block, mask in _blocks(source, bands, block_samples):
        valid = _samples_with_data(block, source.nodata) & mask[..., None]
        filled += valid.sum(axis=(0, 1))
        pixels = block[valid.all(axis=2) & _unfilled(block, fill)]
        if len(pixels):
            least.append(pixels.min(axis=0))
            greatest.append(pixels.max(axis=0))
    _require_data(filled, len(least), bands, name)
    low, high = np.min(least, axis=0), np.max(greatest, axis=0)
    if low.min() == high.max():
        raise DataError(
            f"{name}: all samples of the kept bands are {low.min()}; nothing to learn from a"
            f" constant scene, so leave it out or check that the right array was read"
        )
    return SceneStatistics(
        minimum=float(low.min()),
        maximum=float(high.max()),
        constant_bands=tuple(int(band) + 1 for band in bands[low == high]),
    )


def band_ranges(bands: Sequence[int]) -> str:
    """Increasing numbers with neighbors joined: 1, 2, 3, 7 becomes "1-3, 7"."""
    runs = np.split(np.asarray(bands), np.flatnonzero(np.diff(bands) > 1) + 1)
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _blocks(
    source: SceneSource, bands: np.ndarray, samples: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Samples of the kept bands, and the file's own mask of their pixels."""
    rows, cols, count = source.shape
    step = max(1, samples // (cols * count))
    for start in range(0, rows, step):
        window = slice(start, start + step), slice(None)
        yield source.read(*window)[:, :, bands], source.mask_of(*window)


def _samples_with_data(values: np.ndarray, nodata: int | float | None) -> np.ndarray:
    valid = np.isfinite(values)
    # NaN as nodata value equals nothing and is not finite already.
    return valid if nodata is None else valid & (values != nodata)


def _unfilled(values: np.ndarray, fill: int | float | None) -> np.ndarray:
    if fill is None:
        return np.ones(values.shape[:2], bool)
    return (values != fill).any(axis=2)


def _require_data(filled: np.ndarray, blocks: int, bands: np.ndarray, name: str) -> None:
    empty = bands[filled == 0] + 1
    if len(empty):
        raise DataError(
            f"{name}: {len(empty)} of {len(bands)} kept bands hold only NaN or nodata:"
            f" {band_ranges(empty.tolist())} (counting from 1); remove these bands from the file"
        )
    if not blocks:
        raise DataError(
            f"{name}: no pixel has data in all {len(bands)} kept bands; check the nodata value in"
            f" the file, or leave the scene out"
        )
