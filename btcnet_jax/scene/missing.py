"""Missing data that a user names, beside what the file itself declares."""

import dataclasses

import numpy as np
from jaxtyping import Bool

from btcnet_jax.errors import DataError
from btcnet_jax.scene.masked import joined
from btcnet_jax.scene.scene import Scene, SceneSource, usable_nodata


def with_missing(
    scene: Scene,
    *,
    nodata: int | float | None = None,
    mask: np.ndarray | None = None,
) -> Scene:
    """The scene with the missing data that a user names; values are shared, not copied.

    Args:
        scene: as read, with whatever its file declares.
        nodata: value of samples without data, in place of the file's own; None keeps that one.
        mask: bool (rows, cols), True for pixels with data, in addition to the file's own; None adds none.

    Raises:
        DataError: the scene's type cannot hold `nodata`, or the mask is of another shape or type or leaves no
            sample. A scene that is empty by its values alone, such as a tile beside a swath, is none the worse.
    """
    changes: dict[str, object] = {}
    if nodata is not None:
        changes["nodata"] = required_nodata(nodata, scene.values.dtype, scene.name)
    if mask is not None:
        _require_mask(mask, scene)
        changes["mask"] = joined(scene.mask, mask)
    named = dataclasses.replace(scene, **changes)  # type: ignore[arg-type]
    if mask is not None:
        require_some_valid(named)
    return named


def source_masked(source: SceneSource, mask: Bool[np.ndarray, "rows cols"]) -> SceneSource:
    """A scene on disk whose pixels outside of a mask have no data either.

    Raises:
        DataError: the mask leaves no pixel.
    """
    if not mask.any():
        raise DataError(f"{source.name}: the mask leaves no pixel; check the mask")
    own = source.read_mask

    def read(rows: slice, cols: slice) -> np.ndarray:
        there = None if own is None else own(rows, cols)
        return np.asarray(joined(there, mask[rows, cols]))

    return dataclasses.replace(source, read_mask=read)


def required_nodata(nodata: int | float, dtype: np.dtype, name: str) -> int | float:
    """The nodata value as this type holds it.

    Args:
        nodata: as given.
        dtype: of the samples.
        name: what to call the scene in the message.

    Raises:
        DataError: no sample of this type can equal it.
    """
    usable = usable_nodata(nodata, dtype)
    too_large = (
        dtype.kind == "f" and np.isfinite(nodata) and abs(nodata) > float(np.finfo(dtype).max)
    )
    if usable is None or too_large:
        raise DataError(
            f"{name}: nodata {nodata} is no value of {dtype}, so no sample can be it; give the value"
            f" that marks missing samples in the file"
        )
    return usable


def require_some_valid(scene: Scene) -> None:
    """Raises DataError where nodata, mask, NaN and infinity together leave no sample."""
    for row in range(scene.values.shape[0]):
        if _row(scene, row).valid().any():
            return
    raise DataError(
        f"{scene.name}: no sample is valid: all are outside the mask, nodata, NaN or infinite;"
        f" check the mask and the nodata value"
    )


def _row(scene: Scene, row: int) -> Scene:
    """One line alone: a mask of the whole scene's samples would be as large as a scene of bytes."""
    mask = None if scene.mask is None else scene.mask[row : row + 1]
    return Scene(values=scene.values[row : row + 1], mask=mask, nodata=scene.nodata)


def _require_mask(mask: np.ndarray, scene: Scene) -> None:
    if mask.shape != scene.values.shape[:2] or mask.dtype != np.bool_:
        raise DataError(
            f"{scene.name}: the mask is {' x '.join(map(str, mask.shape))} {mask.dtype}, the scene"
            f" {' x '.join(map(str, scene.values.shape[:2]))} pixels; give a mask with an entry a pixel"
        )
