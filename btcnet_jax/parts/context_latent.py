"""The latent of blocks in a file: one step, symbols by integer contexts, their levels as side information."""

import io
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from jaxtyping import Float64, Int

from btcnet_jax.coding.context import (
    ChosenContexts,
    ComponentLevels,
    ContextCoder,
    judge_all,
)
from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import CONTEXTS, CoderId, EntropyModelId
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_grid import TileGrid, block_grid
from btcnet_jax.errors import FileFormatError
from btcnet_jax.parallel import in_order
from btcnet_jax.parts.file_facts import read_components
from btcnet_jax.parts.interface import Blocks
from btcnet_jax.parts.kept_tiles import still_wanted
from btcnet_jax.parts.quantization import packed
from btcnet_jax.progress import Progress

TILE_SIDE = 32
"""Least blocks a side of a tile, 128 pixels; scenes below twice that are one tile."""

_Symbols = Int[np.ndarray, "components 16 rows cols"]
_Kept = Int[np.ndarray, "_ 16 _ _"]
_Decoded = tuple[_Kept, ComponentLevels | None]


class ContextLatent:
    """Sections QUANTIZER (the components' levels) and SYMBOLS; of larger scenes TILE_GRID and a TILE for each.

    Args:
        coder: of the symbols, whose tables also guide the quantizer.
        tile_side: least blocks a side of a tile.
        others: what makes the coder of files that name other contexts, by fingerprint.

    Attributes:
        tile_side: as given.
        entropy_model: of the files that are written.
        entropy_models: of those that are read.
    """

    entropy_models: frozenset[int] = CONTEXTS
    coders: frozenset[int] = frozenset({CoderId.RANGE})
    levels = 0

    def __init__(
        self,
        coder: ContextCoder,
        tile_side: int = TILE_SIDE,
        others: Mapping[bytes, Callable[[], ContextCoder]] | None = None,
    ) -> None:
        self.coder, self.tile_side = coder, tile_side
        self._others = others or {}
        self.entropy_model = _model_of(coder)

    def grid(self, rows: int, cols: int) -> TileGrid:
        """The tiles of a scene of so many blocks."""
        return TileGrid.of(rows, cols, self.tile_side)

    def write(
        self,
        symbols: _Symbols,
        levels: ComponentLevels,
        progress: Progress | None = None,
        jobs: int = 1,
    ) -> list[Section]:
        """The sections of symbols.

        Args:
            symbols: of the scene.
            levels: of all its symbols; tiles get their own.
            progress: of their coding.
            jobs: threads, which code a tile each.
        """
        grid = self.grid(*symbols.shape[2:])
        if grid.count == 1:
            return [
                Section(SectionKind.QUANTIZER, levels.to_bytes()),
                Section(SectionKind.SYMBOLS, self.coder.encode(symbols, levels, progress)),
            ]
        tiles = []
        for tile in in_order(
            lambda number: self.tile(number, symbols[(..., *grid.place(number))]),
            range(grid.count),
            jobs,
        ):
            tiles.append(tile)
            if progress is not None:
                progress(len(tiles), grid.count)
        return [Section(SectionKind.TILE_GRID, grid.pack()), *tiles]

    def empty(self, rows: int, cols: int) -> list[Section]:
        """The sections of a scene of so many blocks but for levels and symbols, which take no bytes here."""
        grid = self.grid(rows, cols)
        if grid.count == 1:
            return [Section(kind, b"") for kind in (SectionKind.QUANTIZER, SectionKind.SYMBOLS)]
        tiles = [
            Section(SectionKind.TILE, encode_varint(number) + encode_varint(0))
            for number in range(grid.count)
        ]
        return [Section(SectionKind.TILE_GRID, grid.pack()), *tiles]

    def read(self, file: CompressedFile) -> _Symbols:
        """The symbols.

        Raises:
            FileFormatError: a section is missing or does not fit the scene.
        """
        return self.read_blocks(file, Blocks.whole(block_grid(file.header)))

    def read_blocks(
        self, file: CompressedFile, blocks: Blocks, lost: list[int] | None = None
    ) -> _Symbols:
        """As `read_kept`, of a window that is read alone."""
        return self.read_kept(file, blocks, lost)

    def read_kept(
        self,
        file: CompressedFile,
        blocks: Blocks,
        lost: list[int] | None = None,
        kept: dict[int, _Kept] | None = None,
        jobs: int = 1,
    ) -> _Symbols:
        """The symbols of a window of blocks, from the tiles that it touches alone.

        Args:
            file: that holds them.
            blocks: the window.
            lost: takes the numbers of damaged tiles, which get the nearest symbols; None to refuse them.
            kept: takes decoded tiles for later calls with windows further down, gives those of earlier ones;
                tiles above the window are dropped.
            jobs: threads.

        Raises:
            FileFormatError: a section is missing or does not fit the scene.
        """
        shape = read_components(file.header), 16, *blocks.shape
        symbols, known = None, np.zeros(blocks.shape, bool)
        for place, tile, _ in self._pieces(file, blocks, lost, kept, jobs):
            if place == blocks:
                return tile.astype(np.int32, copy=False)
            symbols = np.zeros(shape, np.int32) if symbols is None else symbols
            here, there = blocks.common(place)
            symbols[(..., *here)], known[here] = tile[(..., *there)], True
        if symbols is None:
            return np.zeros(shape, np.int32)
        if not known.all():
            # For the network beside them: what is far from its like would look as if it had an edge there.
            from scipy.ndimage import distance_transform_edt

            nearest = distance_transform_edt(~known, return_distances=False, return_indices=True)
            symbols = np.ascontiguousarray(symbols[(..., *nearest)])
        return symbols

    def bits_by_place(self, file: CompressedFile) -> Float64[np.ndarray, "rows cols"]:
        """Bits that the symbols of each block take; errors as of `read`."""
        grid = block_grid(file.header)
        bits = np.zeros(grid)
        if SectionKind.SYMBOLS in file.sections or file.tiles is not None:
            for place, symbols, levels in self._pieces(file, Blocks.whole(grid)):
                assert levels is not None, "nothing was kept"
                judged = judge_all(self._coder_of(file), symbols, levels)[2]
                bits[place.rows, place.cols] = judged.sum(axis=(0, 1))
        return bits

    def _coder_of(self, file: CompressedFile) -> ContextCoder:
        make = self._others.get(file.header.fingerprint)
        coder = self.coder if make is None else make()
        if _model_of(coder) != file.header.entropy_model:
            raise FileFormatError("the header names contexts of another kind: the file is damaged")
        return coder

    def _pieces(
        self,
        file: CompressedFile,
        blocks: Blocks,
        lost: list[int] | None = None,
        kept: dict[int, _Kept] | None = None,
        jobs: int = 1,
    ) -> Iterator[tuple[Blocks, _Kept, ComponentLevels | None]]:
        """What was coded together, of which some block is in the window: where it lies, symbols and levels.

        Of tiles that were kept there are no levels.
        """
        components, coder = read_components(file.header), self._coder_of(file)
        if file.tiles is None:
            levels = ComponentLevels.from_bytes(file.payload(SectionKind.QUANTIZER), components)
            whole = Blocks.whole(block_grid(file.header))
            data = file.payload(SectionKind.SYMBOLS)
            yield whole, coder.decode(data, (components, *whole.shape), levels), levels
            return
        tiles, grid = file.tiles, file.tiles.grid
        known = still_wanted(kept, grid, blocks)

        def decode(number: int) -> _Decoded | FileFormatError:
            if number in known:
                return known[number], None
            try:
                shape = components, *Blocks(*grid.place(number)).shape
                return decode_piece(coder, tiles.payload(number), shape)
            except FileFormatError as error:
                return error

        numbers = list(grid.touching(blocks.rows, blocks.cols))
        for number, found in zip(numbers, in_order(decode, numbers, jobs), strict=True):
            if isinstance(found, FileFormatError):
                if lost is None:
                    raise found
                lost.append(number)
                continue
            if kept is not None and number not in known:
                kept[number] = packed(found[0])
            yield Blocks(*grid.place(number)), *found

    def tile(
        self, number: int, symbols: _Symbols, known: ComponentLevels | ChosenContexts | None = None
    ) -> Section:
        """The section of one tile's symbols; `known` as of `encode_piece`."""
        piece = encode_piece(self.coder, np.ascontiguousarray(symbols), known)
        return Section(SectionKind.TILE, encode_varint(number) + piece)


def encode_piece(
    coder: ContextCoder,
    symbols: _Symbols,
    known: ComponentLevels | ChosenContexts | None = None,
) -> bytes:
    """Levels and symbols of what is coded on its own.

    Args:
        coder: of the symbols.
        symbols: all of them.
        known: levels, or all that the symbols were chosen with, which saves finding it again; None for the
            levels that fit.
    """
    contexts = known.joined() if isinstance(known, ChosenContexts) else None
    levels = known.levels if isinstance(known, ChosenContexts) else known
    levels = ComponentLevels.of(symbols, coder.per_step) if levels is None else levels
    told = levels.to_bytes()
    coded = coder.encode(symbols, levels, contexts=contexts)
    return encode_varint(len(told)) + told + coded


def decode_piece(
    coder: ContextCoder, data: bytes, shape: tuple[int, int, int]
) -> tuple[_Kept, ComponentLevels]:
    """Inverse of `encode_piece`.

    Args:
        coder: that it names.
        data: of it.
        shape: components, rows and columns of blocks.

    Raises:
        FileFormatError: the data are damaged, or do not fit.
    """
    file = io.BytesIO(data)
    told = file.read(read_varint(file)[0])
    levels = ComponentLevels.from_bytes(told, shape[0])
    return coder.decode(file.read(), shape, levels), levels


def _model_of(coder: ContextCoder) -> EntropyModelId:
    if coder.surprised:
        return EntropyModelId.SURPRISED_CONTEXT
    return EntropyModelId.DEPENDENT_CONTEXT if coder.per_step > 1 else EntropyModelId.CONTEXT
