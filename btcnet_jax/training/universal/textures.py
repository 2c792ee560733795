"""Semi-synthetic planes: spatial texture from photographs, variances and noise from real scenes.

A scene's components are linear in its spectra, and spectra are no linear function of the few colors of a
photograph. So random functions of a pixel's color make many channels, and their principal components the
planes: edges lie at the same places in all of them, as in a real scene. How strong each is beside its noise is
then drawn from a real one.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32, Shaped, UInt8

from btcnet_jax.training.universal.prepared import DETAIL_COMPONENTS, write_arrays

Image = Shaped[np.ndarray, "rows cols channels"]

FOLDER = "textures"
# Photographs are sharper after halving, which also hides what their cameras did.
_MOST_SIDE = 512
_FUNCTIONS, _STEEPNESS, _SPREAD = 32, 1.2, 0.7
# Components weaker than this share of the strongest are rounding of 8 bits more than picture.
_LEAST_SHARE = 1e-4


def prepare_textures(images: Sequence[tuple[str, Callable[[], Image]]], folder: Path) -> None:
    """Writes folder/NAME.npz of images that are not there yet: `channels` (rows, cols, channels), 8 bits.

    Args:
        images: each one's name, and what reads it.
        folder: made if missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, read) in enumerate(images, start=1):
        done = folder / f"{name}.npz"
        if not done.exists():
            write_arrays(done, {"channels": _to_bytes(read())})
        print(f"textures {number}/{len(images)}: {name}", flush=True)


def halve(image: Image) -> Float[np.ndarray, "r c channels"]:
    """Means over 2 x 2 pixels."""
    rows, cols = (size // 2 * 2 for size in image.shape[:2])
    blocks = image[:rows, :cols].reshape(rows // 2, 2, cols // 2, 2, -1)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float64))


def _to_bytes(image: Shaped[np.ndarray, "rows cols channels"]) -> UInt8[np.ndarray, "r c channels"]:
    image = image[:_MOST_SIDE, :_MOST_SIDE]
    low, high = np.quantile(image, (0.001, 0.999), axis=(0, 1))
    scaled = (image - low) / np.maximum(high - low, 1e-12) * 255
    return np.asarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8))


def load_planes(
    paths: Sequence[Path], variants: int, seed: int
) -> list[Float32[np.ndarray, "rows cols 24"]]:
    """Planes of mean 0 and variance at most 1, so many variants of each texture."""
    out = []
    for number, path in enumerate(paths):
        with np.load(path) as file:
            channels = file["channels"]
        for variant in range(variants):
            out.append(_planes(channels, np.random.default_rng((seed, number, variant))))
    return out


def _planes(
    channels: UInt8[np.ndarray, "rows cols channels"], rng: np.random.Generator
) -> Float32[np.ndarray, "rows cols 24"]:
    rows, cols, count = channels.shape
    colors = channels.reshape(-1, count).astype(np.float32)
    colors = (colors - colors.mean(axis=0)) / (colors.std(axis=0) + 1e-6)
    weights = rng.normal(0, _STEEPNESS, (count, _FUNCTIONS)).astype(np.float32)
    functions = np.tanh(colors @ weights + rng.normal(0, 1, _FUNCTIONS).astype(np.float32))
    values = np.concatenate([colors, functions], axis=1)
    values *= np.exp(rng.normal(0, _SPREAD, values.shape[1])).astype(np.float32)
    values -= values.mean(axis=0)
    variances, vectors = np.linalg.eigh(values.T @ values / len(values))
    variances, vectors = variances[::-1][:DETAIL_COMPONENTS], vectors[:, ::-1]
    deviations = np.sqrt(np.maximum(variances, _LEAST_SHARE * variances[0]))
    planes = values @ vectors[:, :DETAIL_COMPONENTS] / deviations
    return np.asarray(planes.reshape(rows, cols, -1), np.float32)
