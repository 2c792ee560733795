"""Random crops for the detail networks, drawn and quantized on the accelerator.

Three kinds. A crop of a scene starts at any pixel, so blocks lie anywhere; another scene may take the place of
some components; it is flipped, transposed, scaled, its components are negated and mixed with their neighbors,
and rounded with a random strength of rate-distortion optimization. A crop of a view has the encoder's own
symbols, and is flipped, transposed and negated with them. A crop of a texture gets the variances and the noise
of a scene, then all that a scene's crop gets. So a score of small scenes goes a long way.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, Shaped

from btcnet_jax.models.pixel_net import to_blocks, to_planes
from btcnet_jax.training.universal.detail_data import DetailData, Pieces, Textures, Views
from btcnet_jax.training.universal.prepared import CROP, DETAIL_COMPONENTS

_BLOCKS = CROP // 4
# Of the crops that are rounded here, the share in far finer steps, and how much finer (logarithm) at most: a
# deep network that never saw such steps makes the error of a smooth scene in them many times as large.
_FINE_SHARE, _FINEST = 0.06, 4.0
# Of a mixed crop, the greatest share of components that are another scene's; and by how much these may grow.
_MOST_MIXED, _MOST_GROWN = 0.6, 20.0
_Planes = Float[Array, "crop crop 24"]


class Sample(NamedTuple):
    """Symbols of a crop, the coefficients they came from, and the squared error of what is left."""

    symbols: Float[Array, "*b r c 16 24"]
    coefficients: Float[Array, "*b r c 16 24"]
    left: Float[Array, "*b"]


def draw_batch(
    data: DetailData, key: PRNGKeyArray, batch: int, views: int, textures: int, mixed: float = 0.0
) -> Sample:
    """Crops, so many of them of views and of textures; of scenes' crops a share is mixed."""
    kinds: list[tuple[int, Callable[[PRNGKeyArray], Sample]]] = [
        (
            batch - views - textures,
            partial(draw_sample, data.pieces, data.block_matrix, mixed=mixed),
        )
    ]
    if data.views is not None:
        kinds.append((views, partial(draw_view, data.views, data.block_matrix)))
    if data.textures is not None:
        draw = partial(draw_texture, data.textures, data.pieces, data.block_matrix)
        kinds.append((textures, draw))
    parts = [
        jax.vmap(draw)(jax.random.split(jax.random.fold_in(key, index), count))
        for index, (count, draw) in enumerate(kinds)
        if count
    ]
    return Sample(*(jnp.concatenate(fields) for fields in zip(*parts, strict=True)))


def draw_sample(
    pieces: Pieces, block_matrix: Float[Array, "16 16"], key: PRNGKeyArray, mixed: float = 0.0
) -> Sample:
    """A crop of a scene, rounded nearly as the encoder does; mixed with another one with this chance."""
    keys = jax.random.split(key, 4)
    index = jax.random.randint(keys[0], (), 0, len(pieces.planes))
    planes = _crop(pieces.planes, pieces.sizes, index, CROP, keys[1])
    if mixed:
        planes = _with_others(pieces, planes, index, mixed, keys[3])
    return _vary_and_round(planes, pieces.left[index], block_matrix, keys[2])


def _with_others(
    pieces: Pieces, planes: _Planes, index: Int[Array, ""], mixed: float, key: PRNGKeyArray
) -> _Planes:
    """Another scene, turned and of the same variance, in the place of some components.

    What components have to do with each other is then not what a few scenes have it be.
    """
    keys = jax.random.split(key, 6)
    other = jax.random.randint(keys[0], (), 0, len(pieces.planes))
    theirs = _turn(_crop(pieces.planes, pieces.sizes, other, CROP, keys[1]), keys[2])
    factors = pieces.deviations[index] / jnp.maximum(pieces.deviations[other], 1e-3)
    share = jax.random.uniform(keys[3], (), maxval=_MOST_MIXED)
    share *= jax.random.bernoulli(keys[4], mixed)
    chosen = jax.random.bernoulli(keys[5], share, (DETAIL_COMPONENTS,))
    return jnp.where(chosen, theirs * jnp.minimum(factors, _MOST_GROWN), planes)


def draw_texture(
    textures: Textures, pieces: Pieces, block_matrix: Float[Array, "16 16"], key: PRNGKeyArray
) -> Sample:
    """A crop of a texture with the variances and noise of a scene's components."""
    keys = jax.random.split(key, 6)
    index = jax.random.randint(keys[0], (), 0, len(textures.planes))
    like = jax.random.randint(keys[1], (), 0, len(pieces.planes))
    planes = _crop(textures.planes, textures.sizes, index, CROP, keys[2]).astype(jnp.float32)
    noise = pieces.noise[like]
    # What noise was taken for is often texture: some of the variance is left for the picture.
    variances = jnp.square(pieces.deviations[like]) - jnp.square(noise)
    deviations = jnp.sqrt(jnp.maximum(variances, 0.05 * jnp.square(noise)))
    factors = jnp.exp(0.3 * jax.random.normal(keys[3], (2, DETAIL_COMPONENTS)))
    planes = planes * deviations * factors[0]
    planes += jax.random.normal(keys[4], planes.shape) * noise * jnp.minimum(factors[1], 1.2)
    return _vary_and_round(planes, pieces.left[like], block_matrix, keys[5])


def draw_view(views: Views, block_matrix: Float[Array, "16 16"], key: PRNGKeyArray) -> Sample:
    """A crop of a scene with the encoder's own symbols."""
    keys = jax.random.split(key, 3)
    index = jax.random.randint(keys[0], (), 0, len(views.symbols))
    symbols, rounding = (
        _crop(values, views.sizes, index, _BLOCKS, keys[1]).astype(jnp.float32)
        for values in (views.symbols, views.rounding)
    )
    both = to_planes(jnp.stack([symbols, symbols + rounding]), block_matrix)
    turned = jax.vmap(_turn, in_axes=(0, None))(both, keys[2])
    symbols, coefficients = to_blocks(turned, block_matrix)
    return Sample(jnp.round(symbols), coefficients, views.left[index])


def _crop(
    values: Shaped[Array, "n height width *k"],
    sizes: Int[Array, "n 2"],
    index: Int[Array, ""],
    crop: int,
    key: PRNGKeyArray,
) -> Shaped[Array, "crop crop *k"]:
    room = sizes[index] - crop + 1
    row, col = (jax.random.uniform(key, (2,)) * room).astype(int)
    rest = values.shape[3:]
    start = (index, row, col, *(0 for _ in rest))
    return jax.lax.dynamic_slice(values, start, (1, crop, crop, *rest))[0]


def _vary_and_round(
    planes: _Planes,
    left: Float[Array, ""],
    block_matrix: Float[Array, "16 16"],
    key: PRNGKeyArray,
) -> Sample:
    """Half of the crops lose their mean; turned, mixed, scaled and rounded at random."""
    keys = jax.random.split(key, 7)
    level = jnp.where(jax.random.bernoulli(keys[0]), planes.mean(axis=(0, 1)), 0.0)
    planes = _mix(_turn(planes - level, keys[1]), keys[2])
    scale = jnp.exp(jax.random.uniform(keys[3], (), minval=-0.8, maxval=0.8))
    finer = jnp.exp(jax.random.uniform(keys[5], (), minval=0.8, maxval=_FINEST))
    scale = jnp.where(jax.random.bernoulli(keys[6], _FINE_SHARE), finer, scale)
    strength = jax.random.uniform(keys[4], (), minval=0.04, maxval=0.14)
    coefficients = to_blocks((planes * scale)[None], block_matrix)[0]
    return Sample(round_to_symbols(coefficients, strength), coefficients, left * scale**2)


def _turn(planes: _Planes, key: PRNGKeyArray) -> _Planes:
    """Flips, transpose, signs."""
    keys = jax.random.split(key, 4)
    choose = [jax.random.bernoulli(each) for each in keys[:3]]
    planes = jnp.where(choose[0], planes[::-1], planes)
    planes = jnp.where(choose[1], planes[:, ::-1], planes)
    planes = jnp.where(choose[2], planes.swapaxes(0, 1), planes)
    return planes * jax.random.rademacher(keys[3], (DETAIL_COMPONENTS,))


def _mix(planes: _Planes, key: PRNGKeyArray) -> _Planes:
    """Turns pairs of neighboring components into each other by random angles, in half of the crops."""
    keys = jax.random.split(key, 3)
    first = jax.random.randint(keys[0], (), 0, 2)
    angles = 0.35 * jax.random.normal(keys[1], (DETAIL_COMPONENTS // 2,))
    angles *= jax.random.bernoulli(keys[2])
    # The last pair would join the last component and the first one.
    angles = angles.at[-1].multiply(1 - first)
    pairs = jnp.roll(planes, -first, axis=-1).reshape(CROP, CROP, -1, 2)
    a, b = pairs[..., 0], pairs[..., 1]
    turned = (jnp.cos(angles) * a + jnp.sin(angles) * b, jnp.cos(angles) * b - jnp.sin(angles) * a)
    return jnp.roll(jnp.stack(turned, axis=-1).reshape(planes.shape), first, axis=-1)


def round_to_symbols(
    coefficients: Float[Array, "r c 16 k"], strength: float | Float[Array, ""]
) -> Float[Array, "r c 16 k"]:
    """Rounds as rate-distortion optimization does, nearly: harder to zero where all around is small.

    The real one needs the coder. The bits that a symbol costs over the next smaller one are guessed from the
    magnitudes around it and in its block.
    """
    size = jnp.abs(jnp.round(coefficients))
    padded = jnp.pad(size, ((1, 1), (1, 1), (0, 0), (0, 0)))
    rows, cols = size.shape[:2]
    windows = [padded[i : i + rows, j : j + cols] for i in range(3) for j in range(3)]
    around, block = sum(windows) / 9, size.mean(axis=2, keepdims=True)
    bits = jnp.minimum(1.44 / (0.12 + 0.4 * around + 0.3 * block), 5.0)
    offset = jnp.maximum(0.5 - strength * bits / 2, 0.1)
    return jnp.sign(coefficients) * jnp.floor(jnp.abs(coefficients) + offset)
