"""What restoring does with its regions: where they lie, what samples they give, what of them is lost."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Num

from btcnet_jax.errors import DataError
from btcnet_jax.parts.block_transform import SIDE
from btcnet_jax.parts.interface import Inverse, Region
from btcnet_jax.parts.plane_samples import require_numbers
from btcnet_jax.scene import Scene
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.masked import Mask, joined
from btcnet_jax.scene.missing import required_nodata
from btcnet_jax.scene.missing_samples import Missing
from btcnet_jax.scene.part import Part
from btcnet_jax.scene.scene import usable_nodata


@dataclasses.dataclass
class Damage:
    """What of a file could not be restored, filled in while the rest is.

    Attributes:
        fill: what lost samples hold; None for the scene's nodata value, or NaN of floats that have none.
        places: rows and columns of the scene of each lost tile, as far as it lies in what was asked for.
    """

    fill: int | float | None = None
    places: list[tuple[slice, slice]] = dataclasses.field(default_factory=list)


def pixels_of(place: tuple[slice, slice], part: Part) -> tuple[slice, slice] | None:
    """What lies in the part of a tile; None where nothing does."""
    inside = []
    for blocks, wanted in zip(place, (part.rows, part.cols), strict=True):
        start, stop = max(blocks.start * SIDE, wanted.start), min(blocks.stop * SIDE, wanted.stop)
        if start >= stop:
            return None
        inside.append(slice(start, stop))
    return inside[0], inside[1]


def fill_of(damage: Damage, nodata: int | float | None, dtype: np.dtype) -> int | float:
    """What lost samples hold."""
    if damage.fill is not None:
        return required_nodata(damage.fill, dtype, "what lost samples hold")
    usable = usable_nodata(nodata, dtype)
    if usable is None and dtype.kind != "f":
        raise DataError(
            "samples are lost, and the scene has no nodata value: say what they shall hold (--fill)"
        )
    return float("nan") if usable is None else usable


def moved(region: Region, corner: tuple[int, int], part: Part) -> Region:
    """A region by its place in the part, of which it may reach out."""
    row, col, planes = region
    return Region(row + corner[0] - part.rows.start, col + corner[1] - part.cols.start, planes)


def set_region(
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
    if restored.dtype.kind not in "iu":
        require_numbers(restored)
    put = facts.place if exact else facts.restore
    put(restored, cube[top:bottom, left:right])


def is_told(
    cube: Num[np.ndarray, "rows cols bands"], nodata: int | float | None, missing: Missing | None
) -> bool:
    """Whether values alone tell what is no data."""
    if missing is None:
        return True
    valid = Scene(values=cube, nodata=nodata).valid()
    # In place, for a scene of bytes is no larger than this.
    absent = missing.planes[missing.plane_of_band]
    np.greater(absent, 0, out=absent)
    np.logical_not(absent, out=absent)
    return np.array_equal(valid, np.moveaxis(absent.view(bool), 0, 2))


def mask_of(missing: Missing) -> Mask:
    """The mask of data, an entry a pixel where all bands are alike."""
    absent = missing.planes > 0
    if (absent == absent[:1]).all():
        return np.logical_not(absent[0])
    return np.logical_not(np.moveaxis(absent[missing.plane_of_band], 0, 2))


def without_lost(scene: Scene, part: Part, damage: Damage) -> Scene:
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
