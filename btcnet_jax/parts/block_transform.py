"""Block transform of component planes: orthonormal 4 x 4 DCT, which is one strided convolution."""

import numpy as np
from jaxtyping import Float, Float64

from btcnet_jax.coding.context import POSITIONS
from btcnet_jax.parallel import in_order
from btcnet_jax.scene.lines import line_blocks

SIDE = 4
"""Rows and columns of a block."""
BLOCK = SIDE * SIDE
"""Samples, and coefficients, of a block."""
MULTIPLY_ADDS = 2 * SIDE
"""Of the transform, a sample of a plane, done on rows and then on columns; `to_coefficients` takes `BLOCK`."""

# Blocks that a thread projects at a time, and components that it transforms.
_PROJECTED, _TRANSFORMED = 256, 8


def _dct() -> Float64[np.ndarray, "4 4"]:
    k, x = np.arange(SIDE)[:, None], np.arange(SIDE)[None]
    matrix = np.cos(np.pi * (x + 0.5) * k / SIDE) * np.sqrt(2 / SIDE)
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix)


def _block_matrix() -> Float64[np.ndarray, "16 16"]:
    rows, cols = np.array(POSITIONS).T
    return np.einsum("pi,pj->pij", _dct()[rows], _dct()[cols]).reshape(BLOCK, BLOCK)


BLOCK_MATRIX = _block_matrix()
"""Position (in the order of `POSITIONS`) by sample of the block in raster order; orthonormal."""


def to_coefficients(
    samples: Float[np.ndarray, "blocks 16 components"],
) -> Float[np.ndarray, "components 16 blocks"]:
    """Coefficients of blocks of component planes."""
    matrix = BLOCK_MATRIX.astype(samples.dtype)
    return np.matmul(matrix, samples.transpose(2, 1, 0))


def project_blocks(
    blocks: Float[np.ndarray, "blocks 16 bands"],
    projection: Float[np.ndarray, "bands components"],
    jobs: int = 1,
) -> Float[np.ndarray, "components 16 blocks"]:
    """Coefficients of the components of blocks: `to_coefficients(blocks @ projection)` on several threads.

    Each block is a product of its own, and so is each component: whoever does them, they are the same.
    """
    count, components = len(blocks), projection.shape[1]
    samples = np.empty((count, BLOCK, components), blocks.dtype)
    coefficients = np.empty((components, BLOCK, count), blocks.dtype)

    def project(part: slice) -> None:
        np.matmul(blocks[part], projection, out=samples[part])

    def transform(part: slice) -> None:
        coefficients[part] = to_coefficients(samples[:, :, part])

    for work, number, each in ((project, count, _PROJECTED), (transform, components, _TRANSFORMED)):
        for _ in in_order(work, line_blocks(number, each), jobs):
            pass
    return coefficients


def to_planes(
    coefficients: Float[np.ndarray, "components 16 rows cols"],
) -> Float[np.ndarray, "components height width"]:
    """Component planes of blocks: the inverse of `to_coefficients` and `split_blocks`."""
    components, block, rows, cols = coefficients.shape
    matrix = BLOCK_MATRIX.T.astype(coefficients.dtype)
    samples = np.matmul(matrix, coefficients.reshape(components, block, -1))
    planes = samples.reshape(components, SIDE, SIDE, rows, cols).transpose(0, 3, 1, 4, 2)
    return planes.reshape(components, rows * SIDE, cols * SIDE)


def split_blocks(
    rows: Float[np.ndarray, "rows cols bands"],
) -> Float[np.ndarray, "blocks 16 bands"]:
    """Whole blocks in raster order, their samples in raster order; sides are multiples of SIDE."""
    height, width, bands = rows.shape
    blocks = rows.reshape(height // SIDE, SIDE, width // SIDE, SIDE, bands)
    return blocks.transpose(0, 2, 1, 3, 4).reshape(-1, BLOCK, bands)
