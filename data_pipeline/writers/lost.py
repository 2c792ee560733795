"""What a format cannot keep of a scene, in words for the user."""

from collections.abc import Iterable

import numpy as np

from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.scene import Scene
from data_pipeline.readers.coordinates import place_arrays

WORDS = {
    "wavelengths": "wavelengths",
    "fwhm": "widths of bands",
    "band_names": "names of bands",
    "band_mask": "bad bands",
    "nodata": "nodata",
    "mask": "mask",
    "crs": "crs",
    "transform": "transform",
    "gcps": "control points",
    "glt": "lookup table of places",
    "tags": "tags",
    "scale": "scale",
    "offset": "offset",
    "units": "units",
    "part_tags": "attributes",
    "axis_arrays": "arrays along an axis",
}
# What every format says in its own way of coordinates, wavelengths and maps.
_COMMON = ("units", "standard_name", "long_name", "axis", "_FillValue", "coordinates")


def words_of(scene: Scene, names: Iterable[str]) -> list[str]:
    """The words for those attributes that the scene has."""
    wanted = set(names)
    return [word for name, word in WORDS.items() if name in wanted and has(scene, name)]


def has(scene: Scene, name: str) -> bool:
    """Whether the scene has this attribute; a mask that nodata tells as well is none."""
    if name == "mask":
        return scene.mask is not None and not _told_by_values(scene, scene.mask)
    value = getattr(scene, name)
    return value is not None and value != {} if isinstance(value, dict) else value is not None


def pixel_mask(scene: Scene) -> np.ndarray | None:
    """The mask with an entry a pixel, where the scene has such a one."""
    return None if scene.mask is None or scene.mask.ndim == 3 else scene.mask


def mask_of_samples(scene: Scene) -> list[str]:
    """The words for a mask of single samples, which a format of masks of pixels cannot keep."""
    lacking = has(scene, "mask") and pixel_mask(scene) is None
    return ["mask of single samples"] if lacking else []


def unkept_arrays(scene: Scene) -> list[str]:
    """Arrays along an axis, in words, but for coordinates that the map tells."""
    places = place_arrays(scene.axis_arrays, scene.part_tags) if scene.transform is not None else {}
    told = [
        f"array {name[:40]!r} of {axis}"
        for axis, arrays in scene.axis_arrays.items()
        for name in arrays
        if places.get(axis) != name
    ]
    lost = {
        part.rsplit(":", 1)[-1]
        for part, tags in scene.part_tags.items()
        if part not in ("cube", "crs") and set(tags) - set(_COMMON)
    }
    return told + [f"attributes of {part[:40]!r}" for part in sorted(lost)]


def turned_axes(scene: Scene) -> list[str]:
    """The words where the array lies otherwise than in the original, in a format that writes bands last."""
    if scene.axes in (None, AXES):
        return []
    return [f"order of axes (rows,cols,bands here, {','.join(scene.axes)} in the original)"]


def _told_by_values(scene: Scene, mask: np.ndarray) -> bool:
    """Whether every sample outside the mask is nodata, NaN or infinite."""
    outside = np.logical_not(mask if mask.ndim == 3 else mask[..., None])
    return not any(
        (Scene(values=line[None], nodata=scene.nodata).valid()[0] & beyond).any()
        for line, beyond in zip(scene.values, outside, strict=True)
        if beyond.any()
    )
