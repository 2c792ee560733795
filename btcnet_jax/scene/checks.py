"""Checks of a cube's values before they are trained on or compressed."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Num

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.valid import BandExtremes

_BLOCK_SAMPLES = 1 << 22  # 4 million: masks of one block stay at a few megabytes.


def require_finite(values: Num[np.ndarray, "rows cols bands"], name: str) -> None:
    """Raises DataError where samples are NaN or infinite, saying how many and in which bands.

    Args:
        values: the cube; integers pass at once.
        name: what to call it in the message.
    """
    if values.dtype.kind != "f":
        return
    nans, infinities = (np.zeros(values.shape[2], np.int64) for _ in range(2))
    for block in _blocks(values):
        nans += np.isnan(block).sum(axis=(0, 1))
        infinities += np.isinf(block).sum(axis=(0, 1))
    if not (nans.any() or infinities.any()):
        return
    pixels = values.shape[0] * values.shape[1]
    found = [
        *_told(nans, pixels, "NaN"),
        *_told(infinities, pixels, "infinite"),
    ]
    raise DataError(
        f"{name}: {nans.sum() + infinities.sum()} of {values.size} samples are not finite:"
        f" {'; '.join(found)} (counting from 1); remove these bands or fill these samples first"
    )


def require_valid_data(scene: Scene, name: str) -> None:
    """Raises DataError where a scene has no valid sample, or all that are valid are equal.

    Args:
        scene: with any number of missing samples.
        name: what to call it in the message.
    """
    extremes = BandExtremes.of_scene(scene)
    if not extremes.samples.any():
        raise DataError(
            f"{name}: none of {scene.values.size} samples is data: all are outside of the mask, the"
            f" nodata value, NaN or infinite; check the mask and the nodata value of the file"
        )
    if not extremes.spans():
        raise DataError(
            f"{name}: all {extremes.samples.sum()} samples that are data are {extremes.range()[0]};"
            f" nothing to learn or to compress in a constant cube, so check that the right array was read"
        )


def _blocks(values: np.ndarray) -> Iterator[np.ndarray]:
    """The cube in slabs of whole rows, so that masks of it need little memory."""
    step = max(1, _BLOCK_SAMPLES // (values.shape[1] * values.shape[2]))
    for start in range(0, values.shape[0], step):
        yield values[start : start + step]


def _told(counts: np.ndarray, pixels: int, what: str) -> list[str]:
    """Full and partly affected bands in words, in that order, each only where there are any."""
    words = []
    for chosen, how in ((counts == pixels, "all"), ((counts > 0) & (counts < pixels), "partly")):
        if chosen.any():
            number = int(chosen.sum())
            verb = "band is" if number == 1 else "bands are"
            words.append(
                f"{number} {verb} {how} {what}: {number_ranges(np.flatnonzero(chosen) + 1)}"
            )
    return words


def number_ranges(numbers: np.ndarray) -> str:
    """Increasing numbers with neighbors joined: 1, 2, 3, 7 becomes "1-3, 7"."""
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
