"""From the sections of a file back to a scene, or to a part of it, with or without what is damaged."""

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Num

from btcnet_jax.codec.line_groups import rows_of_tiles, side_by_side
from btcnet_jax.codec.regions import (
    Damage,
    fill_of,
    is_told,
    mask_of,
    moved,
    pixels_of,
    set_region,
    without_lost,
)
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.scene_sections import read_facts, read_info
from btcnet_jax.container.tile_grid import block_grid
from btcnet_jax.errors import FileFormatError
from btcnet_jax.parallel import in_order, one_ahead
from btcnet_jax.parts.block_transform import SIDE
from btcnet_jax.parts.interface import (
    Blocks,
    Decoder,
    FrontEnd,
    KeepingLatent,
    Latent,
    Region,
    StripDecoder,
    WindowedDecoder,
    WindowedLatent,
)
from btcnet_jax.progress import Progress
from btcnet_jax.scene import Scene
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.lines import CODED_SAMPLES, WHOLE_SAMPLES
from btcnet_jax.scene.masked import Mask
from btcnet_jax.scene.part import Part
from btcnet_jax.scene.stream import SceneStream, placeholder
from btcnet_jax.scene.window import part_info

# Parts of the work on a group of lines; and samples that are restored together for each that is coded as a
# whole: a search holds so many times as much of a scene.
_PARTS, _TOGETHER = 1000, WHOLE_SAMPLES // CODED_SAMPLES


class Parts(NamedTuple):
    """What restores the files of a codec.

    Attributes:
        front_end, latent, decoder: of the codec.
        whole: samples of a scene that is restored as a whole, larger ones by rows of tiles.
        tags: what restored scenes say of how they were.
    """

    front_end: FrontEnd
    latent: Latent
    decoder: Decoder
    whole: int = CODED_SAMPLES
    tags: Mapping[str, str] = MappingProxyType({})


class Asked(NamedTuple):
    """How a file is to be restored.

    Attributes:
        views: to average over.
        progress: called with parts of the decoder's work done and in all.
        part: wanted; None for all.
        damage: takes what is lost; None to refuse damaged files.
        jobs: threads that decode symbols and make samples of planes.
    """

    views: int
    progress: Progress | None = None
    part: Part | None = None
    damage: Damage | None = None
    jobs: int = 1


class _Read(NamedTuple):
    """What was read for a part.

    Attributes:
        latent: that the part needs.
        wanted: which blocks of it are the part's, where the decoder restores no others.
        corner: the scene's row and column at which what is restored begins.
    """

    latent: Num[np.ndarray, "..."]
    wanted: Blocks | None
    corner: tuple[int, int]


class Restoration:
    """A scene, or part of it, of which a file of blocks is decoded no further than it must be.

    A large scene comes some rows of tiles at a time. A damaged file is restored as a whole.

    Args:
        parts: of the codec.
        file: that it wrote.
        asked: of the file.

    Attributes:
        shape, dtype: of what is restored.

    Raises:
        FileFormatError: what the file says of the scene is damaged.
    """

    def __init__(self, parts: Parts, file: CompressedFile, asked: Asked) -> None:
        self._parts, self._file, self._asked = parts, file, asked
        self._whole = read_facts(file)
        self._part = Part.of(self._whole.shape) if asked.part is None else asked.part
        self._facts = self._whole.part(self._part)
        known = SceneInfo(**read_info(file))
        self._known = part_info(known, self._part, self._whole.shape)
        self._known["tags"] = {**self._known["tags"], **parts.tags}
        self.shape, self.dtype = self._facts.shape, self._facts.dtype
        self._groups = self._grouped()
        self._kept: dict[int, Any] | None = {} if len(self._groups) > 1 else None
        self._told = True

    @property
    def large(self) -> bool:
        """Whether it comes in several groups of lines."""
        return len(self._groups) > 1

    def stream(self) -> SceneStream:
        """The scene some lines at a time; a small one is restored at once.

        Raises:
            FileFormatError, DataError, ConfigError: as of `scene`, here or when lines are taken.
        """
        if not self.large:
            return SceneStream.of(self.scene())
        values = placeholder(self.shape, self.dtype, self._known["nodata"])
        return SceneStream(
            Scene(values=values, **self._known), self._lines(), self._mask, large=True
        )

    def scene(self) -> Scene:
        """The scene in memory.

        Raises:
            FileFormatError: the file is damaged; of `damage`, nothing of it can be restored.
            DataError: samples are lost, and it is not known what these shall hold.
            ConfigError: views that the decoder does not have.
        """
        if not self.large:
            return self._only(self._restored(self._part, 0, self._latents()))
        return self.stream().collect()

    def _lines(self) -> Iterator[Num[np.ndarray, "some cols bands"]]:
        """Groups of lines from the first to the last."""
        latents = self._latents()
        for number, rows in enumerate(self._groups):
            yield self._restored(self._part._replace(rows=rows), number, latents)

    def _latents(self) -> Iterator[_Read]:
        """Of all windows of all groups, with several threads the next one's while one is restored."""
        groups = (self._part._replace(rows=rows) for rows in self._groups)
        latents = (self._read(window) for group in groups for window in self._windows(group))
        return one_ahead(latents) if self.large and self._asked.jobs > 1 else latents

    def _windows(self, group: Part) -> list[Part]:
        """The columns of a group that are restored together."""
        if not self.large:
            return [group]
        return [group._replace(cols=cols) for cols in side_by_side(group.rows, group.cols)]

    def _grouped(self) -> list[slice]:
        """Rows that are restored together."""
        rows, tiles = self._part.rows, self._file.tiles
        windowed = isinstance(self._parts.latent, KeepingLatent) and tiles is not None
        few = math.prod(self.shape) <= self._parts.whole
        if not windowed or few or self._asked.damage is not None:
            return [rows]
        assert tiles is not None, "as above"
        # What is decoded of other codecs takes as much memory as samples, or more.
        strips = isinstance(self._parts.decoder, StripDecoder)
        together = _TOGETHER * self._parts.whole if strips else 0
        return rows_of_tiles(self._part, tiles.grid, together)

    def _restored(
        self, part: Part, number: int, latents: Iterator[_Read]
    ) -> Num[np.ndarray, "rows cols bands"]:
        """The samples of a part, whatever is missing filled in."""
        facts = self._whole.part(part)
        cube = facts.blank()
        if facts.varying.any():
            windows = self._windows(part)
            for index, window in enumerate(windows):
                progress = self._progress(number + index / len(windows), len(windows))
                left = window.cols.start - part.cols.start
                place = cube[:, left : left + window.shape[1]]
                # Nothing of a small scene is restored before all of its latent was read.
                self._set_window(place, window, next(latents), facts, progress)
        if facts.missing is not None:
            facts.missing.fill_in(cube)
        if self.large:
            self._told &= is_told(cube, self._known["nodata"], facts.missing)
        return cube

    def _set_window(
        self,
        cube: Num[np.ndarray, "rows cols bands"],
        part: Part,
        read: _Read,
        facts: SceneFacts,
        progress: Progress | None,
    ) -> None:
        whole, parts, damage = self._whole, self._parts, self._asked.damage
        latent, wanted, corner = read
        bands = (np.cumsum(whole.varying) - 1)[part.bands[facts.varying]]
        inverse = parts.front_end.inverse(self._file, whole, latent, bands)
        if damage is not None and damage.places:
            damage.fill = fill_of(damage, self._known["nodata"], facts.dtype)
        restored = self._synthesized(latent, wanted, progress)

        def finish(strip: Callable[[], Region]) -> None:
            region = moved(strip(), corner, part)
            set_region(cube, region, inverse, facts, parts.front_end.exact)

        for _ in in_order(finish, restored, self._asked.jobs):
            pass

    def _synthesized(
        self, latent: Num[np.ndarray, "..."], wanted: Blocks | None, progress: Progress | None
    ) -> Iterator[Callable[[], Region]]:
        """Work that is left to do for each region."""
        decoder, views, file = self._parts.decoder, self._asked.views, self._file
        if isinstance(decoder, StripDecoder) and wanted is not None:
            yield from decoder.strips(latent, wanted, progress, views, file)
            return
        for region in decoder.synthesize(latent, progress, views, file):
            yield functools.partial(_same, region)

    def _only(self, cube: Num[np.ndarray, "rows cols bands"]) -> Scene:
        """The scene of a cube that holds all of it."""
        scene = Scene(values=cube, **self._known)
        missing, damage = self._facts.missing, self._asked.damage
        if missing is not None and not is_told(cube, scene.nodata, missing):
            scene = dataclasses.replace(scene, mask=mask_of(missing))
        return scene if damage is None else without_lost(scene, self._part, damage)

    def _mask(self) -> Mask | None:
        missing = self._facts.missing
        return None if missing is None or self._told else mask_of(missing)

    def _progress(self, before: float, parts: int) -> Progress | None:
        """Tells the work on one of some parts of a group, before which so many groups were restored."""
        progress, count = self._asked.progress, len(self._groups)
        if progress is None or not self.large:
            return progress
        return lambda done, all_of_it: progress(
            round(_PARTS * (before + done / max(all_of_it, 1) / parts)), _PARTS * count
        )

    def _read(self, part: Part) -> _Read:
        """The latent that a part needs."""
        file, damage, jobs = self._file, self._asked.damage, self._asked.jobs
        latent, decoder = self._parts.latent, self._parts.decoder
        if not isinstance(latent, WindowedLatent) or not isinstance(decoder, WindowedDecoder):
            return _Read(latent.read(file), None, (0, 0))
        inner = Blocks(*(slice(each.start // SIDE, -(-each.stop // SIDE)) for each in part[:2]))
        window = inner.around(decoder.reach, block_grid(file.header))
        lost: list[int] | None = None if damage is None else []
        if isinstance(latent, KeepingLatent):
            blocks = latent.read_kept(file, window, lost, self._kept, jobs)
        else:
            blocks = latent.read_blocks(file, window, lost)
        if damage is not None and lost and file.tiles is not None:
            tiles = file.tiles.grid
            if len(lost) == len([*tiles.touching(*window)]):
                raise FileFormatError("no tile that is wanted is whole: nothing can be restored")
            places = (pixels_of(tiles.place(number), part) for number in lost)
            damage.places += [place for place in places if place is not None]
        if isinstance(decoder, StripDecoder):
            return _Read(blocks, Blocks(*inner.common(window)[1]), _corner(inner))
        return _Read(blocks, None, _corner(window))


def _corner(window: Blocks) -> tuple[int, int]:
    """The first sample of a window of blocks."""
    return window.rows.start * SIDE, window.cols.start * SIDE


def _same(region: Region) -> Region:
    return region
