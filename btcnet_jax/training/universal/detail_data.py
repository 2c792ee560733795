"""What the detail networks are trained on, as arrays of one shape that an accelerator can draw crops from."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Shaped

from btcnet_jax.training.universal.prepared import (
    DETAIL_COMPONENTS,
    RATES_USED,
    PreparedScene,
    large_enough,
    read_scene,
    with_components,
)
from btcnet_jax.training.universal.rounded import read_views
from btcnet_jax.training.universal.textures import load_planes

# Large enough that a crop can move, small enough to stack.
_MOST = 152
_MOST_BLOCKS = _MOST // 4
# The median magnitude of a normal distribution, in deviations.
_MEDIAN = 0.6745


class Pieces(NamedTuple):
    """Scenes in pieces of one size, with what belongs to each.

    `planes` are in steps; `sizes` their rows and columns without filling; `left` is the squared error of the
    components that the network does not see; `deviations` and `noise` are those of each component.
    """

    planes: Float[Array, "pieces height width 24"]
    sizes: Int[Array, "pieces 2"]
    left: Float[Array, " pieces"]
    deviations: Float[Array, "pieces 24"]
    noise: Float[Array, "pieces 24"]


class Views(NamedTuple):
    """Symbols as the encoder chose them, and what rounding took; sizes in blocks."""

    symbols: Int[Array, "views height width 16 24"]
    rounding: Float[Array, "views height width 16 24"]
    sizes: Int[Array, "views 2"]
    left: Float[Array, " views"]


class Textures(NamedTuple):
    """Planes of variance 1 without a scene's noise; `sizes` as in `Pieces`."""

    planes: Float[Array, "textures height width 24"]
    sizes: Int[Array, "textures 2"]


class DetailData(NamedTuple):
    """All that crops are drawn from; no views or no textures where none were prepared."""

    pieces: Pieces
    views: Views | None
    textures: Textures | None
    block_matrix: Float[Array, "16 16"]


def load_data(paths: list[Path], symbols: Path, textures: Path, variants: int) -> DetailData:
    """Scenes, views and textures.

    Args:
        paths: prepared scenes to train on.
        symbols: folder of their views; scenes without any are used without.
        textures: folder of textures; may be missing.
        variants: planes made of each texture.
    """
    scenes = [read_scene(path) for path in paths]
    names = sorted(textures.glob("*.npz"))
    return DetailData(
        load_pieces(scenes),
        _load_views(scenes, symbols),
        _load_textures(names, variants) if names and variants else None,
        jnp.array(scenes[0].block_matrix, jnp.float32),
    )


def load_pieces(scenes: Iterable[PreparedScene]) -> Pieces:
    """Pieces of prepared scenes at the lowest rates."""
    planes, left = [], []
    for scene in scenes:
        for values, rest in list(zip(scene.planes, scene.left, strict=True))[:RATES_USED]:
            cut = _cut(large_enough(with_components(values)), _MOST)
            planes += cut
            left += [rest] * len(cut)
    noise = np.array([_noise(piece) for piece in planes], np.float32)
    deviations = np.array([piece.std(axis=(0, 1)) for piece in planes], np.float32)
    stacked, sizes = _stack(planes, np.float32)
    return Pieces(
        stacked, sizes, jnp.array(left, jnp.float32), jnp.array(deviations), jnp.array(noise)
    )


def _load_views(scenes: list[PreparedScene], folder: Path) -> Views | None:
    symbols, rounding, left = [], [], []
    for scene in scenes:
        path = folder / f"{scene.name}.npz"
        for view in read_views(scene, path) if path.exists() else ():
            cut = _cut(view.symbols, _MOST_BLOCKS)
            symbols += cut
            rounding += _cut(view.coefficients - view.symbols, _MOST_BLOCKS)
            left += [view.left] * len(cut)
    if not symbols:
        return None
    integers, sizes = _stack(symbols, np.int16)
    return Views(integers, _stack(rounding, np.float16)[0], sizes, jnp.array(left, jnp.float32))


def _load_textures(paths: list[Path], variants: int) -> Textures:
    pieces = [part for planes in load_planes(paths, variants, 0) for part in _cut(planes, _MOST)]
    return Textures(*_stack(pieces, np.float16))


def _cut(values: Shaped[np.ndarray, "rows cols *k"], most: int) -> list[Shaped[np.ndarray, "..."]]:
    bands = np.array_split(values, -(-values.shape[0] // most), axis=0)
    return [
        part for band in bands for part in np.array_split(band, -(-band.shape[1] // most), axis=1)
    ]


def _stack(
    parts: list[Shaped[np.ndarray, "..."]], dtype: type[np.generic]
) -> tuple[Array, Int[Array, "n 2"]]:
    """All parts filled up to the largest, and their sizes before."""
    sizes = np.array([part.shape[:2] for part in parts])
    whole = np.zeros((len(parts), *sizes.max(axis=0), *parts[0].shape[2:]), dtype)
    for index, part in enumerate(parts):
        whole[index, : part.shape[0], : part.shape[1]] = part
    return jax.device_put(whole), jax.device_put(sizes)


def _noise(planes: Float[np.ndarray, "rows cols 24"]) -> Float[np.ndarray, "24"]:
    """Deviation of what is alike in no two neighbors, by the median of the finest diagonal differences.

    Source: Donoho & Johnstone 1994, Biometrika 81(3), section 4.
    """
    rows, cols = (size // 2 * 2 for size in planes.shape[:2])
    even, odd = planes[0:rows:2, :cols], planes[1:rows:2, :cols]
    diagonal = (even[:, 0::2] - even[:, 1::2] - odd[:, 0::2] + odd[:, 1::2]) / 2
    return np.asarray(np.median(np.abs(diagonal).reshape(-1, DETAIL_COMPONENTS), axis=0) / _MEDIAN)
