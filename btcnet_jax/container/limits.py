"""How much a file may ask for before it is believed: by its own size, and by limits that a caller may raise.

A header of thirty bytes can tell of 2**40 samples, and a checksum proves nothing about who wrote it. So before
anything is allocated or computed, what a file tells of is held against the bytes that it has.
"""

import math
from collections.abc import Container
from dataclasses import dataclass

import numpy as np

from btcnet_jax.container.header import BASED, CONTEXTS, MAX_SAMPLES, EntropyModelId, Header
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_grid import SIDE, TileGrid, block_grid
from btcnet_jax.errors import FileFormatError

# A byte of a file may stand for so many bytes of samples, 0.001 bits a sample of 16 bits, and for so many
# symbols of the latent, a thirtieth of a bit each: an order of magnitude beyond scenes at the lowest rates.
_BYTES_A_BYTE, _SYMBOLS_A_BYTE = 1 << 14, 1 << 8
# What the context coder takes besides its symbols, in the time of one, a fifth of a microsecond: for what it
# codes together, a position of a component on a diagonal, a microsecond and a half; for a tile, a millisecond
# and a half.
_SYMBOLS_A_RUN, _SYMBOLS_A_TILE = 1 << 3, 1 << 13
# Samples of a bounded error are allowed a second where the context coder has a tenth: rates may be 0.01 bits.
_SAMPLES_A_SYMBOL = 8
# Planes, mask and what is compared with them, a sample.
_BYTES_OF_MASK = 3


@dataclass(frozen=True)
class Limits:
    """What a file may ask for whatever its size; more only in proportion to its size.

    Attributes:
        bytes: of the restored samples and their mask: by default 512 x 512 x 256 samples of 16 bits.
        symbols: of the latent, which is time: by default a tenth of a second of one core for the context coder;
            the decoder's network, on as many pixels where there is but one component, some six seconds.
        bands: of the scene; a file's size does not raise it.
    """

    bytes: int = 1 << 27
    symbols: int = 3 << 17
    bands: int = 1 << 16

    @classmethod
    def of_bytes(cls, allowed: int) -> "Limits":
        """Limits for scenes of up to so many bytes; never below the default."""
        least = cls()
        return cls(*(max(allowed, limit) for limit in (least.bytes, least.symbols, least.bands)))

    @classmethod
    def none(cls) -> "Limits":
        """For files that the same process wrote."""
        return cls.of_bytes(MAX_SAMPLES << 10)

    def needed(
        self,
        header: Header,
        sections: Container[SectionKind],
        size: int,
        grid: TileGrid | None = None,
    ) -> int:
        """What `of_bytes` must be given for a file that asks for more; 0 where it does not.

        Args:
            header: of the file.
            sections: that it has.
            size: of the file in bytes.
            grid: of its tiles, where it has some.
        """
        asked = [
            (restored_bytes(header, sections), self.bytes + _BYTES_A_BYTE * size),
            (latent_cost(header, sections, grid), self.symbols + _SYMBOLS_A_BYTE * size),
            (header.bands, self.bands),
        ]
        return max((need for need, allowed in asked if need > allowed), default=0)

    def check(
        self,
        header: Header,
        sections: Container[SectionKind],
        size: int,
        grid: TileGrid | None = None,
    ) -> None:
        """Refuse a file that asks for more; arguments are those of `needed`.

        Raises:
            FileFormatError: says what to allow where the file is trusted all the same.
        """
        if needed := self.needed(header, sections, size, grid):
            raise FileFormatError(
                f"{size} bytes are few for the {header.rows} x {header.cols} x {header.bands} samples that "
                "the header tells of: the file may be made to use up memory or time; if you trust it, allow "
                f"--max-bytes {needed} (in Python limits=Limits.of_bytes({needed}))"
            )


def restored_bytes(header: Header, sections: Container[SectionKind]) -> int:
    """Bytes of a file's samples in memory, and of the mask where it has one."""
    sample = np.dtype(header.dtype).itemsize
    sample += _BYTES_OF_MASK if SectionKind.MASK in sections else 0
    return header.rows * header.cols * header.bands * sample


def latent_cost(
    header: Header, sections: Container[SectionKind], grid: TileGrid | None = None
) -> int:
    """Symbols of a file's latent, and what else the context coder takes, in symbols.

    Without a section of symbols there are none: all bands are constant, or the latent is as long as it says.
    """
    if SectionKind.SYMBOLS not in sections and grid is None:
        return 0
    samples = header.rows * header.cols * header.bands // _SAMPLES_A_SYMBOL
    if header.entropy_model == EntropyModelId.ADAPTIVE:
        return samples
    rows, cols = block_grid(header)
    symbols = rows * cols * header.latent_channels
    if header.entropy_model in BASED:
        symbols += samples
    elif header.entropy_model not in CONTEXTS:
        return symbols
    if grid is None:
        grid = TileGrid(rows, cols, rows, cols)
    components = math.ceil(header.latent_channels / SIDE**2)
    runs = SIDE**2 * components * (grid.tile_cols + 2 * (grid.tile_rows - 1))
    return symbols + grid.count * (_SYMBOLS_A_RUN * runs + _SYMBOLS_A_TILE)
