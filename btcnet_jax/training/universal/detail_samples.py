"""What the detail network is trained on: random crops of prepared scenes, quantized as they are drawn.

All of it runs on the accelerator. A crop starts at any pixel, so blocks lie anywhere; it is flipped,
transposed, scaled, its components are negated and mixed with their neighbors, and rounded with a random
strength of rate-distortion optimization. So thirteen small scenes go a long way.
"""

from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from btcnet_jax.training.universal.prepared import DETAIL_COMPONENTS, read_scene

CROP = 64
RATES_USED = 3
"""The lowest rates: at the highest the network has little to add."""
# Pieces of scenes: large enough that a crop can move, small enough to stack.
_LEAST, _MOST = CROP + 4, 152


class Pieces(NamedTuple):
    """Scenes in pieces of one size, with what belongs to each.

    `planes` are in steps; `sizes` their rows and columns without filling; `left` is the squared error of the
    components that the network does not see.
    """

    planes: Float[Array, "pieces side side 24"]
    sizes: Int[Array, "pieces 2"]
    left: Float[Array, " pieces"]
    block_matrix: Float[Array, "16 16"]


def load_pieces(paths: list[Path]) -> Pieces:
    """Pieces of prepared scenes at the lowest rates."""
    planes, left, matrix = [], [], np.eye(16)
    for path in paths:
        scene = read_scene(path)
        matrix = scene.block_matrix
        for values, rest in list(zip(scene.planes, scene.left, strict=True))[:RATES_USED]:
            cut = _cut(with_components(values))
            planes += cut
            left += [rest] * len(cut)
    sizes = np.array([piece.shape[:2] for piece in planes])
    side = int(sizes.max())
    filled = [np.pad(p, ((0, side - p.shape[0]), (0, side - p.shape[1]), (0, 0))) for p in planes]
    stacked = jnp.array(np.stack(filled), jnp.float32)
    return Pieces(
        stacked, jnp.array(sizes), jnp.array(left, jnp.float32), jnp.array(matrix, jnp.float32)
    )


def with_components(values: Float[np.ndarray, "rows cols k"]) -> Float[np.ndarray, "rows cols 24"]:
    """The components the network sees, zeros where the scene has fewer."""
    kept = values[..., :DETAIL_COMPONENTS]
    return np.pad(kept, ((0, 0), (0, 0), (0, DETAIL_COMPONENTS - kept.shape[2])))


def _cut(values: Float[np.ndarray, "rows cols 24"]) -> list[Float[np.ndarray, "r c 24"]]:
    grow = [(0, max(0, _LEAST - size)) for size in values.shape[:2]]
    values = np.pad(values, (*grow, (0, 0)), mode="symmetric")
    bands = np.array_split(values, -(-values.shape[0] // _MOST), axis=0)
    return [
        part for band in bands for part in np.array_split(band, -(-band.shape[1] // _MOST), axis=1)
    ]


def draw_sample(
    pieces: Pieces, key: PRNGKeyArray
) -> tuple[Float[Array, "r c 16 24"], Float[Array, "r c 16 24"], Float[Array, ""]]:
    """Symbols of a random crop, the coefficients they came from, and the error of what is left."""
    keys = jax.random.split(key, 5)
    index = jax.random.randint(keys[0], (), 0, len(pieces.planes))
    room = pieces.sizes[index] - CROP + 1
    row, col = (jax.random.uniform(keys[1], (2,)) * room).astype(int)
    planes = jax.lax.dynamic_slice(
        pieces.planes[index], (row, col, 0), (CROP, CROP, DETAIL_COMPONENTS)
    )
    planes = _mix(_turn(planes, keys[2]), keys[3])
    scale_key, strength_key = jax.random.split(keys[4])
    scale = jnp.exp(jax.random.uniform(scale_key, (), minval=-0.8, maxval=0.8))
    strength = jax.random.uniform(strength_key, (), minval=0.04, maxval=0.14)
    coefficients = transform_blocks(planes * scale, pieces.block_matrix)
    return round_to_symbols(coefficients, strength), coefficients, pieces.left[index] * scale**2


def _turn(planes: Float[Array, "crop crop 24"], key: PRNGKeyArray) -> Float[Array, "crop crop 24"]:
    """Flips, transpose, signs; half of the crops lose their mean."""
    keys = jax.random.split(key, 5)
    choose = [jax.random.bernoulli(each) for each in keys[:4]]
    planes = jnp.where(choose[0], planes - planes.mean(axis=(0, 1)), planes)
    planes = jnp.where(choose[1], planes[::-1], planes)
    planes = jnp.where(choose[2], planes[:, ::-1], planes)
    planes = jnp.where(choose[3], planes.swapaxes(0, 1), planes)
    return planes * jax.random.rademacher(keys[4], (DETAIL_COMPONENTS,))


def _mix(planes: Float[Array, "crop crop 24"], key: PRNGKeyArray) -> Float[Array, "crop crop 24"]:
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


def transform_blocks(
    planes: Float[Array, "rows cols k"], block_matrix: Float[Array, "16 16"]
) -> Float[Array, "r c 16 k"]:
    """Coefficients of the blocks of planes whose sides are multiples of 4."""
    rows, cols, count = planes.shape
    blocks = planes.reshape(rows // 4, 4, cols // 4, 4, count).swapaxes(1, 2)
    blocks = blocks.reshape(rows // 4, cols // 4, 16, count)
    return jnp.einsum("ps,rcsk->rcpk", block_matrix, blocks, precision="highest")


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
