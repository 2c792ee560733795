"""What the C program of a plan takes of memory."""

from typing import NamedTuple

from btcnet_jax.parts.block_transform import BLOCK, SIDE
from btcnet_jax.parts.integers.block_encoder import GROUP

_LAG, _PRODUCTS, _GAP = 19, 200, 3
# A tile at some bits a symbol; one that takes more is coded twice.
_BUFFER = 1 << 15
# Bytes of the context model's weights and tables, which are those of all plans.
_TABLES = 4 * 16 * 7 * (7 + 14) + 4 * 504 * 66 + 56 + 4096 + 4 * 35


class PlanSizes(NamedTuple):
    """Of what a program holds.

    Attributes:
        samples, lines: of a scene, at most.
        bands: of a line.
        components: that are coded.
        group: lines that are coded together.
        side: least blocks of a tile from left to right.
        wide: whether expectations take 64 bits.
    """

    samples: int
    lines: int
    bands: int
    components: int
    group: int
    side: int
    wide: bool

    @property
    def padded_bands(self) -> int:
        """Whole groups of bands."""
        return -(-self.bands // GROUP) * GROUP

    @property
    def cols(self) -> int:
        """Blocks of a line, at most."""
        return -(-self.samples // SIDE)

    @property
    def rows(self) -> int:
        """Blocks of a group from top to bottom."""
        return self.group // SIDE

    @property
    def tile_cols(self) -> int:
        """Blocks of a tile from left to right, at most, of lines of any width up to the greatest."""
        return min(self.cols, 2 * self.side - 1)

    @property
    def tiles(self) -> int:
        """Of a scene, at most."""
        return -(-self.lines // self.group) * max(self.cols // self.side, 1)

    @property
    def buffer(self) -> int:
        """Bytes of a tile that are kept until its length is known."""
        return _BUFFER


class PlanMemory(NamedTuple):
    """In bytes.

    Attributes:
        constants: weights, tables, and what all files have.
        lines: a line, and the components of four.
        symbols: of a group of lines.
        contexts: of a tile.
        output: of a tile that is coded, and the lengths of all.
        program: what `compress.c` holds besides.
    """

    constants: int
    lines: int
    symbols: int
    contexts: int
    output: int
    program: int

    @property
    def state(self) -> int:
        """That an encoder writes to."""
        return self.lines + self.symbols + self.contexts + self.output


def plan_memory(sizes: PlanSizes, head: int) -> PlanMemory:
    """Of a program.

    Args:
        sizes: of what it holds.
        head: bytes that all files have before their tiles.
    """
    components, stride = sizes.components, sizes.tile_cols + _GAP
    flat, plane = sizes.rows * stride, (sizes.rows + 3) * stride + 8
    under_way = (BLOCK - 1 + 2 * (sizes.rows - 1) + sizes.tile_cols) // _LAG + 1
    wave = BLOCK * (under_way + 1) * sizes.rows
    # Of each place: two of four planes of gradients, patterns, products, energies, targets, what is found.
    place = 4 * 8 + 2 * 18 + 4 * _PRODUCTS + 12 * BLOCK + (8 if sizes.wide else 4) + 4 * 11
    return PlanMemory(
        constants=_TABLES + components * (2 * sizes.padded_bands + 9) + head,
        lines=2 * sizes.padded_bands * sizes.samples + 4 * components * SIDE * SIDE * sizes.cols,
        symbols=2 * components * BLOCK * sizes.rows * sizes.cols,
        contexts=4 * (4 * BLOCK + 2) * plane
        + place * flat
        + 6 * under_way * BLOCK * flat
        + 10 * wave
        + 2 * components,
        output=4 * sizes.tiles + sizes.buffer,
        program=4 * sizes.bands * sizes.samples,
    )
