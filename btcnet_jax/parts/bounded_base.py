"""The base of a file of bounded errors: a coarse picture of blocks and components, restored in integers.

It is what the universal codec writes: symbols of one quantizer by integer contexts, and an adaptive basis. But
here matrix and inverse transform are integers too (`coding.bounded`), in steps of each band's errors. What
codes are beside it is coded as they are themselves without one.
"""

import io
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, Int64

from btcnet_jax.coding.adaptive_basis import read_entries
from btcnet_jax.coding.bounded.base import synthesize
from btcnet_jax.coding.bounded.base_matrix import BaseMatrix
from btcnet_jax.coding.bounded.coder import TileWriter, decode_apart, start_apart
from btcnet_jax.coding.context import ContextCoder
from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.container.tile_grid import SIDE
from btcnet_jax.parts.bounded_tiles import CodeLimits
from btcnet_jax.parts.context_latent import decode_piece, encode_piece


@dataclass(frozen=True)
class Base:
    """What restores the base of a scene's tiles.

    Attributes:
        coder: of its symbols.
        matrix: from its planes to codes.
        limits: of the codes.
        lanes: in which a tile's bands are coded.
    """

    coder: ContextCoder
    matrix: BaseMatrix
    limits: CodeLimits
    lanes: int = 1

    @classmethod
    def of(
        cls, coder: ContextCoder, basis: bytes, components: int, limits: CodeLimits, lanes: int = 1
    ) -> "Base":
        """Of the basis that a file has.

        Raises:
            FileFormatError: it is damaged.
        """
        entries = read_entries(basis, components, len(limits.bands))
        return cls(coder, BaseMatrix.of(entries, limits.widths, limits.octaves), limits, lanes)

    def writer(
        self,
        symbols: Int[np.ndarray, "components 16 block_rows block_cols"],
        codes: Int64[np.ndarray, "bands rows cols"],
        missing: Bool[np.ndarray, "bands rows cols"] | None,
    ) -> TileWriter:
        """What makes a tile's bytes, as TILE has them behind its number.

        Args:
            symbols: of its base.
            codes, missing: of its samples.

        Raises:
            FileFormatError: symbols and matrix lead beyond 62 bits.
        """
        known = synthesize(symbols, self.matrix, self.limits.largest, codes.shape[1:])

        def told() -> bytes:
            piece = encode_piece(self.coder, np.ascontiguousarray(symbols))
            return encode_varint(len(piece)) + piece

        return start_apart(told, codes, known, missing, self.limits.most, self.lanes)

    def read(
        self,
        data: bytes,
        shape: tuple[int, int, int],
        missing: Bool[np.ndarray, "bands rows cols"] | None,
        jobs: int = 1,
    ) -> Int64[np.ndarray, "bands rows cols"]:
        """Codes of a tile, restored.

        Args:
            data: of a `writer`.
            shape: bands, rows and columns of the tile.
            missing: as there.
            jobs: threads, as many as there are lanes at most.

        Raises:
            FileFormatError: the data are damaged, or do not fit.
        """
        file = io.BytesIO(data)
        piece = file.read(read_varint(file)[0])
        down, across = (-(-size // SIDE) for size in shape[1:])
        components = len(self.matrix.entries)

        def known() -> Int64[np.ndarray, "bands rows cols"]:
            symbols, _ = decode_piece(self.coder, piece, (components, down, across))
            return synthesize(symbols, self.matrix, self.limits.largest, shape[1:])

        limits = self.limits.most, self.limits.largest
        return decode_apart(file.read(), known, shape, missing, *limits, self.lanes, jobs)
