"""What a transform sees where a scene has no data: the nearest data, block by block, so that nothing is added
to what must be coded. The decoder never shows it.
"""

import numpy as np
from jaxtyping import Bool, Float32

from btcnet_jax.scene.missing_samples import Missing

SIDE = 4
"""Rows and columns of a block."""


def fill_missing(
    planes: Float32[np.ndarray, "rows cols bands"],
    missing: Missing,
    varying: Bool[np.ndarray, " _"],
) -> None:
    """Fill in samples that are no data, in place: the mean of the block's data, or of the nearest block's.

    Args:
        planes: the varying bands alone; what stands at missing samples is not read.
        missing: of the scene.
        varying: which of the scene's bands these are.
    """
    place = np.cumsum(varying) - 1
    for present, bands in missing.groups():
        chosen = place[bands[varying[bands]]]
        if len(chosen) and not present.all():
            for some in np.array_split(chosen, -(-len(chosen) // _BANDS)):
                planes[..., some] = _filled(planes[..., some], present)


# Bands filled at a time: sums of blocks are small, copies of planes are not.
_BANDS = 32


def _filled(
    planes: Float32[np.ndarray, "rows cols some"], present: Bool[np.ndarray, "rows cols"]
) -> Float32[np.ndarray, "rows cols some"]:
    data = np.where(present[..., None], planes, np.float32(0))
    counts = block_sums(present.astype(np.float64)[..., None])
    means = block_sums(data.astype(np.float64)) / np.maximum(counts, 1)
    empty = counts[..., 0] == 0
    # Of a tile without data, all is as far from everything: nothing.
    if empty.any() and not empty.all():
        from scipy.ndimage import distance_transform_edt

        nearest = distance_transform_edt(empty, return_distances=False, return_indices=True)
        means = means[tuple(nearest)]
    rows, cols = present.shape
    spread = means.repeat(SIDE, axis=0)[:rows].repeat(SIDE, axis=1)[:, :cols]
    return np.where(present[..., None], planes, spread.astype(np.float32))


def block_sums(planes: np.ndarray) -> np.ndarray:
    """Sums over blocks, the last of a row or column being narrower where the sides are no multiples."""
    down = np.add.reduceat(planes, np.arange(0, planes.shape[0], SIDE), axis=0)
    return np.add.reduceat(down, np.arange(0, planes.shape[1], SIDE), axis=1)
