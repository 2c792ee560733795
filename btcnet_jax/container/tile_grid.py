"""How a scene's grid of blocks is cut into tiles that are coded each on its own: the section TILE_GRID."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.container.header import Header
from btcnet_jax.errors import FileFormatError

SIDE = 4
"""Rows and columns of samples of a block."""


@dataclass(frozen=True)
class TileGrid:
    """Tiles of one size, from the upper left corner on, row by row; those at the far sides may be smaller.

    Attributes:
        rows, cols: blocks of the scene.
        tile_rows, tile_cols: blocks of a tile.
    """

    rows: int
    cols: int
    tile_rows: int
    tile_cols: int

    @classmethod
    def of(cls, rows: int, cols: int, side: int) -> "TileGrid":
        """Tiles of `side` to 2 `side` - 1 blocks a side, about alike; one where the scene is smaller."""
        return cls(rows, cols, *(-(-size // max(size // side, 1)) for size in (rows, cols)))

    @property
    def down(self) -> int:
        """Tiles from top to bottom."""
        return -(-self.rows // self.tile_rows)

    @property
    def across(self) -> int:
        """Tiles from left to right."""
        return -(-self.cols // self.tile_cols)

    @property
    def count(self) -> int:
        """All tiles."""
        return self.down * self.across

    def __str__(self) -> str:
        sides = SIDE * self.tile_rows, SIDE * self.tile_cols
        return f"{self.down} x {self.across} of {sides[0]} x {sides[1]} samples"

    def place(self, number: int) -> tuple[slice, slice]:
        """Rows and columns of blocks of a tile, counted from 0."""
        down, across = divmod(number, self.across)
        row, col = down * self.tile_rows, across * self.tile_cols
        return (
            slice(row, min(row + self.tile_rows, self.rows)),
            slice(col, min(col + self.tile_cols, self.cols)),
        )

    def touching(self, rows: slice, cols: slice) -> Iterator[int]:
        """The tiles of which some block lies in a window of blocks."""
        for down in range(rows.start // self.tile_rows, -(-rows.stop // self.tile_rows)):
            for across in range(cols.start // self.tile_cols, -(-cols.stop // self.tile_cols)):
                yield down * self.across + across

    def pack(self) -> bytes:
        """The payload of TILE_GRID."""
        return encode_varint(self.tile_rows) + encode_varint(self.tile_cols)

    @classmethod
    def unpack(cls, payload: bytes, rows: int, cols: int) -> "TileGrid":
        """Reads what `pack` wrote, for a scene of so many blocks.

        Raises:
            FileFormatError: no such payload, or tiles that are empty or larger than the scene.
        """
        file = io.BytesIO(payload)
        tile_rows, tile_cols = read_varint(file)[0], read_varint(file)[0]
        if file.read() or not (1 <= tile_rows <= rows and 1 <= tile_cols <= cols):
            raise FileFormatError("the file's tiles do not fit its scene: the file is damaged")
        return cls(rows, cols, tile_rows, tile_cols)


def block_grid(header: Header) -> tuple[int, int]:
    """Rows and columns of blocks of a file's scene."""
    return -(-header.rows // SIDE), -(-header.cols // SIDE)
