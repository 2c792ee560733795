"""Least and greatest sample of a scene and its bands, in one pass by blocks of rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Num

from btcnet_jax.errors import DataError
from btcnet_jax.scene.checks import number_ranges
from btcnet_jax.scene.lines import line_blocks
from btcnet_jax.scene.scene import Scene, SceneSource
from btcnet_jax.scene.valid import BandExtremes
from btcnet_jax.scene.window import read_window

_BLOCK_SAMPLES = 1 << 24  # 16 million: 32 MB of 16 bits, and its masks.


@dataclass(frozen=True, kw_only=True)
class SceneStatistics:
    """Of the samples that are data, in the kept bands.

    Attributes:
        minimum: least sample.
        maximum: greatest sample.
        constant_bands: numbers, counting from 1 in the file, of bands with one value only.
    """

    minimum: float
    maximum: float
    constant_bands: tuple[int, ...]


def samples_with_data(
    scene: Scene, kept: Sequence[int], fill: int | float | None
) -> tuple[Num[np.ndarray, "rows cols kept"], Bool[np.ndarray, "rows cols kept"]]:
    """The kept bands of a scene or of a window of it, and which of their samples are data.

    Args:
        scene: with its mask and nodata value.
        kept: indices of the bands, from 0.
        fill: a pixel whose kept bands all equal this holds no data; None where there is no such value.
    """
    bands = np.asarray(kept)
    values, valid = scene.values[:, :, bands], scene.valid()[:, :, bands]
    if fill is not None:
        valid &= (values != fill).any(axis=2, keepdims=True)
    return values, valid


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
        fill: see `samples_with_data`.
        name: what to call the scene in messages.
        block_samples: samples read at a time, at least those of a row.

    Raises:
        DataError: a kept band has no data anywhere, no pixel has data in all of them, or all samples
            are equal.
    """
    bands = np.asarray(kept)
    blocks, complete = [], False
    for block in _blocks(source, block_samples):
        values, valid = samples_with_data(block, kept, fill)
        blocks.append(BandExtremes.of(values, valid))
        complete |= bool(valid.all(axis=2).any())
    extremes = sum(blocks[1:], blocks[0])
    _require_data(bands[extremes.samples == 0] + 1, complete, len(bands), name)
    low, high = extremes.range()
    if low == high:
        raise DataError(
            f"{name}: all samples of the kept bands are {low}; nothing to learn from a"
            f" constant scene, so leave it out or check that the right array was read"
        )
    return SceneStatistics(
        minimum=float(low),
        maximum=float(high),
        constant_bands=tuple(int(band) + 1 for band in bands[~extremes.varies]),
    )


def _blocks(source: SceneSource, samples: int) -> Iterator[Scene]:
    rows, cols, bands = source.shape
    for lines in line_blocks(rows, max(1, samples // (cols * bands))):
        yield read_window(source, lines, slice(None))


def _require_data(empty: np.ndarray, complete: bool, bands: int, name: str) -> None:
    if len(empty):
        raise DataError(
            f"{name}: {len(empty)} of {bands} kept bands hold only NaN or nodata:"
            f" {number_ranges(empty)} (counting from 1); remove these bands from the file"
        )
    if not complete:
        raise DataError(
            f"{name}: no pixel has data in all {bands} kept bands; check the nodata value in"
            f" the file, or leave the scene out"
        )
