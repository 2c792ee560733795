"""Codes of bands as a base alone tells them."""

import numpy as np
from jaxtyping import Int, Int64

from btcnet_jax.coding.bounded.base_matrix import BaseMatrix


def synthesize(
    symbols: Int[np.ndarray, "components 16 block_rows block_cols"],
    matrix: BaseMatrix,
    largest: list[int],
    size: tuple[int, int],
) -> Int64[np.ndarray, "bands rows cols"]:
    """The codes of a tile, the same on every machine.

    Args:
        symbols: of the tile, of one quantizer.
        matrix: of the scene.
        largest: codes of its bands.
        size: rows and columns of samples; those of the blocks beyond are cut off.

    Raises:
        FileFormatError: symbols and matrix lead beyond 62 bits.
    """
    from btcnet_jax.coding.bounded.synthesis import to_bands, to_planes

    planes = np.zeros((len(symbols), *size), np.int32)
    most, room = np.zeros(len(symbols), np.int64), np.zeros(symbols.shape[1], np.int64)
    to_planes(np.ascontiguousarray(symbols, np.int32), planes, most, room)
    matrix.require_room(most)
    codes = np.zeros((len(largest), *size), np.int64)
    limits = np.array(largest, np.int64)
    to_bands(planes, matrix.entries, matrix.offsets, matrix.shift, limits, codes)
    return codes
