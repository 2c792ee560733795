"""The parts of the codec that bounds every sample's error: front end, latent and decoder, all in integers.

The latent is the samples' codes (`bounds.BandBounds`), restored within the bounds; the decoder hands them on.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float64, Int, Num

from btcnet_jax.coding.bounded.arrays import LANES
from btcnet_jax.coding.bounded.coder import decode_tile
from btcnet_jax.coding.context import ContextCoder
from btcnet_jax.coding.varint import encode_varint
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import BASED, BOUNDED, CoderId, EntropyModelId
from btcnet_jax.container.scene_sections import read_facts
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_grid import SIDE, TileGrid, block_grid
from btcnet_jax.errors import ConfigError, FileFormatError
from btcnet_jax.parallel import in_order
from btcnet_jax.parts.bounded_base import Base
from btcnet_jax.parts.bounded_tiles import CodeLimits, CodeTiles, missing_in, samples_of
from btcnet_jax.parts.bounds import BandBounds, read_bounds
from btcnet_jax.parts.file_facts import read_components
from btcnet_jax.parts.interface import Blocks, Inverse, Region
from btcnet_jax.parts.kept_tiles import still_wanted
from btcnet_jax.progress import Progress
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.scene import Scene

TILE_SIDE = 32
"""Least blocks of 4 x 4 samples a side of a tile."""

_Codes = Int[np.ndarray, "varying _ _"]


class SampleCodes:
    """Front end between samples and their codes; bands of one value are kept apart."""

    exact = True

    def facts(self, scene: Scene) -> SceneFacts:
        """What is known of a scene that can be coded.

        Raises:
            CubeError: it cannot; says why.
        """
        return SceneFacts.of(scene, constant_bands=True)

    def inverse(
        self,
        file: CompressedFile,
        facts: SceneFacts,
        latent: Num[np.ndarray, "varying rows cols"],
        bands: Int[np.ndarray, " some"],
    ) -> Inverse:
        """From codes to samples of the scene's type.

        Raises:
            FileFormatError: the bounds are missing or damaged.
        """
        bounds, numbers = read_bounds(file), np.flatnonzero(facts.varying)[bands]

        def samples(planes: Num[np.ndarray, "rows cols varying"]) -> np.ndarray:
            found = [
                bounds.samples(int(number), planes[..., place])
                for number, place in zip(numbers, bands, strict=True)
            ]
            return np.stack(found, axis=2) if found else planes[..., :0].astype(bounds.dtype)

        return samples


class BoundedLatent:
    """Sections BOUNDS, TILE_GRID and a TILE for each tile; of a file with a base ADAPTIVE_BASIS too.

    Args:
        tile_side: least blocks a side of the tiles that are written.
        contexts: what makes the coder of bases whose files name these contexts, by fingerprint.
    """

    entropy_model = EntropyModelId.ADAPTIVE
    entropy_models: frozenset[int] = BOUNDED
    coders: frozenset[int] = frozenset({CoderId.RANGE})
    levels = 0

    def __init__(
        self,
        tile_side: int = TILE_SIDE,
        contexts: Mapping[bytes, Callable[[], ContextCoder]] = MappingProxyType({}),
    ) -> None:
        self._tile_side, self._contexts = tile_side, contexts

    def tiles(
        self, values: Num[np.ndarray, "rows cols bands"], facts: SceneFacts, bounds: BandBounds
    ) -> CodeTiles:
        """The tiles of a scene of which some band varies."""
        rows, cols = (-(-size // SIDE) for size in facts.shape[:2])
        return CodeTiles(values, facts, bounds, TileGrid.of(rows, cols, self._tile_side))

    def write(
        self,
        tiles: CodeTiles,
        code: Callable[[int, Progress | None], bytes],
        progress: Progress | None,
        jobs: int = 1,
    ) -> list[Section]:
        """The sections of a scene, but for those of a base.

        Args:
            tiles: of the scene.
            code: makes the bytes of a tile.
            progress: of the work.
            jobs: threads, which code a tile each.
        """
        count, sections = tiles.grid.count, []
        by_band = progress if count == 1 else None

        def section(number: int) -> Section:
            return Section(SectionKind.TILE, encode_varint(number) + code(number, by_band))

        for tile in in_order(section, range(count), jobs):
            sections.append(tile)
            if progress is not None:
                progress(len(sections), count)
        told = Section(SectionKind.BOUNDS, tiles.bounds.pack())
        return [told, Section(SectionKind.TILE_GRID, tiles.grid.pack()), *sections]

    def read(self, file: CompressedFile) -> Int[np.ndarray, "varying rows cols"]:
        """The codes.

        Raises:
            FileFormatError: a section is missing or does not fit the scene.
        """
        return self.read_blocks(file, Blocks.whole(block_grid(file.header)))

    def read_blocks(
        self, file: CompressedFile, blocks: Blocks, lost: list[int] | None = None
    ) -> Int[np.ndarray, "varying rows cols"]:
        """As `read_kept`, of a window that is read alone."""
        return self.read_kept(file, blocks, lost)

    def read_kept(
        self,
        file: CompressedFile,
        blocks: Blocks,
        lost: list[int] | None = None,
        kept: dict[int, _Codes] | None = None,
        jobs: int = 1,
    ) -> _Codes:
        """The codes of a window of blocks of 4 x 4 samples, from the tiles that it touches alone.

        Args:
            file: that holds them.
            blocks: the window.
            lost: takes the numbers of damaged tiles, whose codes are 0; None to refuse them.
            kept: takes decoded tiles for later calls with windows further down, gives those of earlier ones;
                tiles above the window are dropped.
            jobs: threads, which decode a tile each; of a single one its lanes.

        Raises:
            FileFormatError: a section is missing or does not fit the scene.
        """
        if file.tiles is None:
            raise FileFormatError("the file has no tiles: it is damaged")
        facts, tiles = read_facts(file), file.tiles
        limits = CodeLimits.of(read_bounds(file), facts)
        numbers = list(tiles.grid.touching(blocks.rows, blocks.cols))
        restore = self._restorer(file, limits, jobs if len(numbers) == 1 else 1)
        top, left = blocks.rows.start * SIDE, blocks.cols.start * SIDE
        bottom = min(blocks.rows.stop * SIDE, facts.shape[0])
        right = min(blocks.cols.stop * SIDE, facts.shape[1])
        # No larger than the samples will be.
        kind = np.min_scalar_type(-max(limits.largest) - 1)
        known = still_wanted(kept, tiles.grid, blocks)

        def decode(number: int) -> _Codes | FileFormatError:
            if number in known:
                return known[number]
            place = samples_of(tiles.grid, number, facts.shape)
            shape = len(limits.bands), *(span.stop - span.start for span in place)
            missing = missing_in(facts.missing, *place, limits.bands)
            try:
                return restore(tiles.payload(number), shape, missing).astype(kind)
            except FileFormatError as error:
                return error

        codes = np.zeros((len(limits.bands), bottom - top, right - left), kind)
        for number, tile in zip(numbers, in_order(decode, numbers, jobs), strict=True):
            if isinstance(tile, FileFormatError):
                if lost is None:
                    raise tile
                lost.append(number)
                continue
            if kept is not None:
                kept[number] = tile
            rows, cols = samples_of(tiles.grid, number, facts.shape)
            down = slice(max(rows.start, top), min(rows.stop, bottom))
            across = slice(max(cols.start, left), min(cols.stop, right))
            there = _moved(down, -top), _moved(across, -left)
            codes[:, *there] = tile[:, _moved(down, -rows.start), _moved(across, -cols.start)]
        return codes

    def _restorer(self, file: CompressedFile, limits: CodeLimits, jobs: int) -> Callable[..., Any]:
        """What restores a tile of its bytes, its shape and its missing samples, on so many threads."""
        header = file.header
        if header.entropy_model not in BASED:
            if header.fingerprint in self._contexts:
                raise FileFormatError(
                    "the header names contexts, but no base that they code: the file is damaged"
                )
            return lambda data, shape, missing: decode_tile(
                data, shape, missing, limits.most, limits.largest
            )
        make = self._contexts.get(header.fingerprint)
        if make is None:
            raise FileFormatError(
                "the header names no contexts that a base is coded with: the file is damaged"
            )
        basis = file.payload(SectionKind.ADAPTIVE_BASIS)
        lanes = LANES if header.entropy_model == EntropyModelId.BASED_LANES else 1
        base = Base.of(make(), basis, read_components(header), limits, lanes)
        return functools.partial(base.read, jobs=jobs)

    def bits_by_place(self, file: CompressedFile) -> Float64[np.ndarray, "rows cols"] | None:
        """None: what a sample takes is known only while it is coded."""
        return None


class CodeDecoder:
    """The decoder of a latent that is restored already."""

    reach = 0

    def prepare(self, rows: int, cols: int) -> None:
        """Nothing: there is nothing to compile."""

    def synthesize(
        self,
        latent: Num[np.ndarray, "varying rows cols"],
        progress: Progress | None,
        ensemble: int,
        file: CompressedFile | None,
    ) -> Iterator[Region]:
        """The codes as one region.

        Raises:
            ConfigError: an ensemble of views.
        """
        if ensemble != 1:
            raise ConfigError(
                "files of a bounded error hold samples, not views of them: no ensemble"
            )
        if progress is not None:
            progress(1, 1)
        yield Region(0, 0, np.moveaxis(latent, 0, 2))


def _moved(span: slice, by: int) -> slice:
    return slice(span.start + by, span.stop + by)
