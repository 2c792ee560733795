"""From the sections of a file back to a scene, or to a part of it, with or without what is damaged."""

import dataclasses
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Num

from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.scene_sections import read_facts, read_info
from btcnet_jax.container.tile_grid import block_grid
from btcnet_jax.errors import DataError, FileFormatError
from btcnet_jax.parts.block_transform import SIDE
from btcnet_jax.parts.interface import (
    Blocks,
    Decoder,
    FrontEnd,
    Inverse,
    Latent,
    Region,
    WindowedDecoder,
    WindowedLatent,
)
from btcnet_jax.progress import Progress
from btcnet_jax.scene import Scene
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.masked import data_mask, joined
from btcnet_jax.scene.missing import required_nodata
from btcnet_jax.scene.missing_samples import Missing
from btcnet_jax.scene.part import Part
from btcnet_jax.scene.scene import usable_nodata
from btcnet_jax.scene.window import part_info


@dataclasses.dataclass
class Damage:
    """What of a file could not be restored, filled in while the rest is.

    Attributes:
        fill: what lost samples hold; None for the scene's nodata value, or NaN of floats that have none.
        places: rows and columns of the scene of each lost tile, as far as it lies in what was asked for.
    """

    fill: int | float | None = None
    places: list[tuple[slice, slice]] = dataclasses.field(default_factory=list)


class Parts(NamedTuple):
    """What restores the files of a codec."""

    front_end: FrontEnd
    latent: Latent
    decoder: Decoder


def restore(
    parts: Parts,
    file: CompressedFile,
    views: int,
    progress: Progress | None = None,
    part: Part | None = None,
    damage: Damage | None = None,
) -> Scene:
    """A scene, or part of it, of which a file of blocks is decoded no further than it must be.

    Args:
        parts: of the codec.
        file: that it wrote.
        views: to average over.
        progress: called with parts of the decoder's work done and in all.
        part: wanted; None for all.
        damage: takes what is lost; None to refuse damaged files.

    Raises:
        FileFormatError: the file is damaged; of `damage`, nothing of it can be restored.
        DataError: samples are lost, and it is not known what these shall hold.
        ConfigError: views that the decoder does not have.
    """
    whole, info = read_facts(file), SceneInfo(**read_info(file))
    part = Part.of(whole.shape) if part is None else part
    facts, known = whole.part(part), part_info(info, part, whole.shape)
    regions: Iterator[Region] = iter(())
    # Nothing large is made before all of the latent was read: it may be damaged at its end.
    if facts.varying.any():
        latent, corner = _read(parts, file, part, damage)
        bands = (np.cumsum(whole.varying) - 1)[part.bands[facts.varying]]
        inverse = parts.front_end.inverse(file, whole, latent, bands)
        if damage is not None and damage.places:
            damage.fill = _fill(damage, known["nodata"], facts.dtype)
        regions = _moved(parts.decoder.synthesize(latent, progress, views, file), corner, part)
    cube = facts.blank()
    for region in regions:
        _set(cube, region, inverse, facts, parts.front_end.exact)
    if facts.missing is not None:
        facts.missing.fill_in(cube)
    scene = _with_mask(Scene(values=cube, **known), facts.missing)
    return scene if damage is None else _without(scene, part, damage)


def _read(
    parts: Parts, file: CompressedFile, part: Part, damage: Damage | None
) -> tuple[Num[np.ndarray, "..."], tuple[int, int]]:
    """The latent that a part needs, and the scene's row and column at which it begins."""
    latent, decoder = parts.latent, parts.decoder
    if not isinstance(latent, WindowedLatent) or not isinstance(decoder, WindowedDecoder):
        return latent.read(file), (0, 0)
    grid = block_grid(file.header)
    rows, cols = (
        slice(
            max(each.start // SIDE - decoder.reach, 0),
            min(-(-each.stop // SIDE) + decoder.reach, n),
        )
        for each, n in zip((part.rows, part.cols), grid, strict=True)
    )
    lost: list[int] | None = None if damage is None else []
    blocks = latent.read_blocks(file, Blocks(rows, cols), lost)
    if damage is not None and lost and file.tiles is not None:
        tiles = file.tiles.grid
        if len(lost) == len([*tiles.touching(rows, cols)]):
            raise FileFormatError("no tile that is wanted is whole: nothing can be restored")
        places = (_pixels(tiles.place(number), part) for number in lost)
        damage.places += [place for place in places if place is not None]
    return blocks, (rows.start * SIDE, cols.start * SIDE)


def _pixels(place: tuple[slice, slice], part: Part) -> tuple[slice, slice] | None:
    """What lies in the part of a tile; None where nothing does."""
    inside = []
    for blocks, wanted in zip(place, (part.rows, part.cols), strict=True):
        start, stop = max(blocks.start * SIDE, wanted.start), min(blocks.stop * SIDE, wanted.stop)
        if start >= stop:
            return None
        inside.append(slice(start, stop))
    return inside[0], inside[1]


def _fill(damage: Damage, nodata: int | float | None, dtype: np.dtype) -> int | float:
    """What lost samples hold."""
    if damage.fill is not None:
        return required_nodata(damage.fill, dtype, "what lost samples hold")
    usable = usable_nodata(nodata, dtype)
    if usable is None and dtype.kind != "f":
        raise DataError(
            "samples are lost, and the scene has no nodata value: say what they shall hold (--fill)"
        )
    return float("nan") if usable is None else usable


def _moved(regions: Iterator[Region], corner: tuple[int, int], part: Part) -> Iterator[Region]:
    """Regions by their places in the part, of which they may reach out."""
    down, right = corner[0] - part.rows.start, corner[1] - part.cols.start
    for row, col, planes in regions:
        yield Region(row + down, col + right, planes)


def _set(
    cube: Num[np.ndarray, "rows cols bands"],
    region: Region,
    inverse: Inverse,
    facts: SceneFacts,
    exact: bool,
) -> None:
    """Puts what lies in the cube of a region there."""
    (top, bottom), (left, right) = (
        (max(start, 0), min(start + length, size))
        for start, length, size in zip(region[:2], region.planes.shape, cube.shape, strict=False)
    )
    if top >= bottom or left >= right:
        return
    row, col, planes = region
    restored: Num[np.ndarray, "rows cols bands"] = inverse(
        planes[top - row : bottom - row, left - col : right - col]
    )
    if np.isnan(restored).any():
        raise FileFormatError(
            "the latent restores to samples that are no numbers: the file is damaged, or the model"
        )
    put = facts.place if exact else facts.restore
    put(restored, cube[top:bottom, left:right])


def _with_mask(scene: Scene, missing: Missing | None) -> Scene:
    """The scene, with a mask where its values alone do not tell what is no data."""
    if missing is None:
        return scene
    # In place, for a scene of bytes is no larger than this.
    absent = missing.planes[missing.plane_of_band].view(bool)
    np.greater(absent.view(np.uint8), 0, out=absent)
    absent = np.moveaxis(absent, 0, 2)
    if np.array_equal(scene.valid(), ~absent):
        return scene
    return dataclasses.replace(scene, mask=data_mask(absent))


def _without(scene: Scene, part: Part, damage: Damage) -> Scene:
    """The scene with its lost places filled and masked."""
    if not damage.places:
        return scene
    there = np.ones(scene.values.shape[:2], bool)
    for rows, cols in damage.places:
        place = np.s_[
            rows.start - part.rows.start : rows.stop - part.rows.start,
            cols.start - part.cols.start : cols.stop - part.cols.start,
        ]
        scene.values[place], there[place] = damage.fill, False
    changes: dict[str, Any] = {"mask": joined(scene.mask, there)}
    named = scene.nodata is None and damage.fill == damage.fill  # NaN needs no name.
    if named and not (scene.values[there] == damage.fill).any():
        changes["nodata"] = damage.fill
    return dataclasses.replace(scene, **changes)
