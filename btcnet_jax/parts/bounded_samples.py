"""The parts of the codec that bounds every sample's error: front end, latent and decoder, all in integers.

The latent is the samples' codes (`bounds.BandBounds`), restored within the bounds; the decoder hands them on.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float64, Int, Int64, Num

from btcnet_jax.coding.bounded.coder import decode_tile, encode_tile
from btcnet_jax.coding.varint import encode_varint
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import CoderId, EntropyModelId
from btcnet_jax.container.scene_sections import read_facts
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_grid import SIDE, TileGrid, block_grid
from btcnet_jax.errors import ConfigError, FileFormatError
from btcnet_jax.parallel import in_order
from btcnet_jax.parts.bounds import BandBounds, read_bounds
from btcnet_jax.parts.interface import Blocks, Inverse, Region
from btcnet_jax.parts.kept_tiles import still_wanted
from btcnet_jax.progress import Progress
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.missing_samples import Missing
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.value_range import within_range

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
    """Sections BOUNDS, TILE_GRID and a TILE for each tile.

    Args:
        tile_side: least blocks a side of the tiles that are written.
    """

    entropy_model = EntropyModelId.ADAPTIVE
    entropy_models: frozenset[int] = frozenset({EntropyModelId.ADAPTIVE})
    coders: frozenset[int] = frozenset({CoderId.RANGE})
    levels = 0

    def __init__(self, tile_side: int = TILE_SIDE) -> None:
        self._tile_side = tile_side

    def write(
        self,
        values: Num[np.ndarray, "rows cols bands"],
        facts: SceneFacts,
        bounds: BandBounds,
        progress: Progress | None,
        jobs: int = 1,
    ) -> list[Section]:
        """The sections of a scene of which some band varies.

        Args:
            values, facts: of the scene.
            bounds: of its bands.
            progress: of the work.
            jobs: threads, which code a tile each.
        """
        rows, cols = (-(-size // SIDE) for size in facts.shape[:2])
        grid = TileGrid.of(rows, cols, self._tile_side)
        numbers = np.flatnonzero(facts.varying).tolist()
        by_band = progress if grid.count == 1 else None

        def code(number: int) -> Section:
            here = _samples_of(grid, number, facts.shape)
            part = within_range(values[here], facts.value_range)
            codes = np.stack([bounds.codes(band, part[..., band]) for band in numbers])
            missing = _missing(facts.missing, *here, numbers)
            data = encode_tile(codes, missing, *_limits(bounds, numbers), by_band)
            return Section(SectionKind.TILE, encode_varint(number) + data)

        tiles = []
        for tile in in_order(code, range(grid.count), jobs):
            tiles.append(tile)
            if progress is not None:
                progress(len(tiles), grid.count)
        told = Section(SectionKind.BOUNDS, bounds.pack())
        return [told, Section(SectionKind.TILE_GRID, grid.pack()), *tiles]

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
            jobs: threads, which decode a tile each.

        Raises:
            FileFormatError: a section is missing or does not fit the scene.
        """
        if file.tiles is None:
            raise FileFormatError("the file has no tiles: it is damaged")
        facts, bounds = read_facts(file), read_bounds(file)
        bands, tiles = np.flatnonzero(facts.varying).tolist(), file.tiles
        top, left = blocks.rows.start * SIDE, blocks.cols.start * SIDE
        bottom = min(blocks.rows.stop * SIDE, facts.shape[0])
        right = min(blocks.cols.stop * SIDE, facts.shape[1])
        # No larger than the samples will be.
        kind = np.min_scalar_type(-max(_limits(bounds, bands)[1]) - 1)
        known = still_wanted(kept, tiles.grid, blocks)

        def decode(number: int) -> _Codes | FileFormatError:
            if number in known:
                return known[number]
            rows, cols = _samples_of(tiles.grid, number, facts.shape)
            shape = len(bands), rows.stop - rows.start, cols.stop - cols.start
            missing = _missing(facts.missing, rows, cols, bands)
            try:
                data = tiles.payload(number)
                return decode_tile(data, shape, missing, *_limits(bounds, bands)).astype(kind)
            except FileFormatError as error:
                return error

        codes = np.zeros((len(bands), bottom - top, right - left), kind)
        numbers = list(tiles.grid.touching(blocks.rows, blocks.cols))
        for number, tile in zip(numbers, in_order(decode, numbers, jobs), strict=True):
            if isinstance(tile, FileFormatError):
                if lost is None:
                    raise tile
                lost.append(number)
                continue
            if kept is not None:
                kept[number] = tile
            rows, cols = _samples_of(tiles.grid, number, facts.shape)
            down = slice(max(rows.start, top), min(rows.stop, bottom))
            across = slice(max(cols.start, left), min(cols.stop, right))
            there = _moved(down, -top), _moved(across, -left)
            codes[:, *there] = tile[:, _moved(down, -rows.start), _moved(across, -cols.start)]
        return codes

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


def _limits(bounds: BandBounds, numbers: list[int]) -> tuple[Int64[np.ndarray, " some"], list[int]]:
    """How far codes of these bands may differ, and their largest."""
    return bounds.most[numbers], [bounds.largest(number) for number in numbers]


def _samples_of(grid: TileGrid, number: int, shape: tuple[int, int, int]) -> tuple[slice, slice]:
    """Rows and columns of samples of a tile."""
    rows, cols = (
        slice(SIDE * blocks.start, min(SIDE * blocks.stop, size))
        for blocks, size in zip(grid.place(number), shape, strict=False)
    )
    return rows, cols


def _moved(span: slice, by: int) -> slice:
    return slice(span.start + by, span.stop + by)


def _missing(
    missing: Missing | None, rows: slice, cols: slice, numbers: list[int]
) -> Bool[np.ndarray, "some rows cols"] | None:
    if missing is None:
        return None
    return missing.planes[:, rows, cols][missing.plane_of_band[numbers]] > 0
