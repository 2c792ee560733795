"""A user's mask from a file: which pixels have data."""

from pathlib import Path

import numpy as np
from jaxtyping import Bool

from btcnet_jax.errors import DataError
from btcnet_jax.scene.missing import with_missing
from btcnet_jax.scene.scene import Scene
from data_pipeline.readers.read import open_scene


def read_mask(path: Path | str, shape: tuple[int, int]) -> Bool[np.ndarray, "rows cols"]:
    """True for pixels with data: those that are not zero in a raster of one band.

    Args:
        path: .npy of two axes, or any file that `open_scene` reads as a cube of one band. Where the file
            declares missing data itself, such as GDAL's nodata, those pixels have none.
        shape: rows and columns of the scene that it is for.

    Raises:
        DataError: it cannot be read, has several bands or another shape.
    """
    path = Path(path)
    mask = _plane(path) if path.suffix.lower() == ".npy" else None
    if mask is None:
        scene = open_scene(path).read_all()
        if scene.values.shape[2] != 1:
            raise DataError(
                f"{path}: has {scene.values.shape[2]} bands, a mask has one; name a file of one band"
            )
        mask = (scene.values != 0)[..., 0] & scene.valid()[..., 0]
    if mask.shape != shape:
        raise DataError(
            f"{path}: the mask is {' x '.join(map(str, mask.shape))} pixels, the scene"
            f" {' x '.join(map(str, shape))}; give a mask with an entry a pixel"
        )
    return mask


def with_missing_named(
    scene: Scene, nodata: int | float | None = None, mask: Path | str | None = None
) -> Scene:
    """The scene with the nodata value and the mask file that a user names, see `with_missing`."""
    read = None if mask is None else read_mask(mask, scene.values.shape[:2])
    return with_missing(scene, nodata=nodata, mask=read)


def _plane(path: Path) -> np.ndarray | None:
    """An array of two axes; None for whatever else is in the file, which others read or refuse."""
    try:
        plane = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if not isinstance(plane, np.ndarray) or plane.ndim != 2 or plane.dtype.kind not in "biuf":
        return None
    # NaN is no data, and is not zero either.
    return np.array((plane != 0) & (plane == plane))
