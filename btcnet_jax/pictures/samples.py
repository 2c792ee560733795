"""What a picture shows of a large scene: fewer pixels, and a few pixels that stand for it."""

import numpy as np
from jaxtyping import Bool, Float64, Int, Num

_CANDIDATES_A_SIDE = 50
_ROUNDS = 10


def picture_step(rows: int, cols: int, longest: int = 600) -> int:
    """Every how-many-th row and column to show, so that no side is longer than `longest`."""
    return max(1, -(-max(rows, cols) // longest))


def samples_of(
    cube: Num[np.ndarray, "rows cols bands"],
    valid: Bool[np.ndarray, "rows cols bands"] | None,
    band: int,
) -> Num[np.ndarray, " samples"]:
    """The valid samples of a band, in reading order."""
    return cube[..., band].ravel() if valid is None else cube[..., band][valid[..., band]]


def band_ends(
    cube: Num[np.ndarray, "rows cols bands"], valid: Bool[np.ndarray, "rows cols bands"] | None
) -> tuple[Num[np.ndarray, " bands"], Num[np.ndarray, " bands"]]:
    """Least and greatest valid sample of each band; NaN for a band without any, or with a NaN."""
    if valid is None:
        return cube.min(axis=(0, 1)), cube.max(axis=(0, 1))
    ends = np.full((2, cube.shape[2]), np.nan)
    for band in range(cube.shape[2]):
        samples = samples_of(cube, valid, band)
        if samples.size:
            ends[:, band] = samples.min(), samples.max()
    return ends[0], ends[1]


def pick_pixels(
    cube: Num[np.ndarray, "rows cols bands"],
    used: Bool[np.ndarray, " bands"],
    count: int,
    valid: Bool[np.ndarray, "rows cols bands"] | None = None,
) -> Int[np.ndarray, "picked 2"]:
    """Rows and columns of pixels that stand for the scene, from dark to bright.

    Clusters of similar spectra (k-means, started at equal steps of brightness, so that the choice
    is the same each time), and of each cluster the pixel nearest its middle: typical surfaces, not
    hot pixels. A scene of fewer kinds than `count` gives fewer pixels.

    Args:
        cube: finite in the valid samples of the used bands, any real dtype and unit.
        used: bands to judge by; at least one.
        count: greatest number of pixels.
        valid: True for samples that are data; only pixels that are valid in all used bands are picked,
            none where no such pixel is looked at. None where all are.
    """
    steps = [picture_step(side, 1, longest=_CANDIDATES_A_SIDE) for side in cube.shape[:2]]
    part = cube[steps[0] // 2 :: steps[0], steps[1] // 2 :: steps[1]]
    spectra = part[..., used].reshape(-1, int(used.sum())).astype(np.float64)
    whole = np.arange(len(spectra))
    if valid is not None:
        there = valid[steps[0] // 2 :: steps[0], steps[1] // 2 :: steps[1]]
        whole = np.flatnonzero(there[..., used].all(axis=-1))
        spectra = spectra[whole]
    if not len(whole):
        return np.zeros((0, 2), np.int64)
    order = np.argsort(spectra.mean(axis=1), kind="stable")
    starts = np.linspace(0.02, 0.98, count) * (len(order) - 1)
    picked = _typical(spectra, spectra[order[np.round(starts).astype(int)]])
    picked = picked[np.argsort(spectra[picked].mean(axis=1), kind="stable")]
    places = np.stack(np.unravel_index(whole[picked], part.shape[:2]), axis=1)
    return places * steps + np.array(steps) // 2


def _typical(
    spectra: Float64[np.ndarray, "pixels bands"], starts: Float64[np.ndarray, "clusters bands"]
) -> Int[np.ndarray, " picked"]:
    """The member of each cluster that is nearest its middle; none of an empty cluster."""
    distances = _squared_distances(spectra, _cluster_centers(spectra, starts))
    member = distances.argmin(axis=1)[:, None] == np.arange(len(starts))
    nearest = np.where(member, distances, np.inf).argmin(axis=0)
    return nearest[member.any(axis=0)]


def _cluster_centers(
    spectra: Float64[np.ndarray, "pixels bands"], centers: Float64[np.ndarray, "clusters bands"]
) -> Float64[np.ndarray, "clusters bands"]:
    """Lloyd's rounds from given centers; an empty cluster stays where it is."""
    for _ in range(_ROUNDS):
        nearest = _squared_distances(spectra, centers).argmin(axis=1)
        centers = np.stack(
            [
                spectra[nearest == index].mean(axis=0) if (nearest == index).any() else center
                for index, center in enumerate(centers)
            ]
        )
    return centers


def _squared_distances(
    spectra: Float64[np.ndarray, "pixels bands"], centers: Float64[np.ndarray, "clusters bands"]
) -> Float64[np.ndarray, "pixels clusters"]:
    return np.stack([np.square(spectra - center).sum(axis=1) for center in centers], axis=1)
