"""What a format cannot keep of a scene, in words for the user."""

from collections.abc import Iterable

import numpy as np

from btcnet_jax.scene.scene import Scene

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
}


def words_of(scene: Scene, names: Iterable[str]) -> list[str]:
    """The words for those attributes that the scene has."""
    wanted = set(names)
    return [word for name, word in WORDS.items() if name in wanted and has(scene, name)]


def has(scene: Scene, name: str) -> bool:
    """Whether the scene has this attribute; a mask that nodata tells as well is none."""
    if name == "mask":
        return scene.mask is not None and not _told_by_values(scene, scene.mask)
    return bool(scene.tags) if name == "tags" else getattr(scene, name) is not None


def pixel_mask(scene: Scene) -> np.ndarray | None:
    """The mask with an entry a pixel, where the scene has such a one."""
    return None if scene.mask is None or scene.mask.ndim == 3 else scene.mask


def mask_of_samples(scene: Scene) -> list[str]:
    """The words for a mask of single samples, which a format of masks of pixels cannot keep."""
    lacking = has(scene, "mask") and pixel_mask(scene) is None
    return ["mask of single samples"] if lacking else []


def _told_by_values(scene: Scene, mask: np.ndarray) -> bool:
    """Whether every sample outside the mask is nodata, NaN or infinite."""
    outside = np.logical_not(mask if mask.ndim == 3 else mask[..., None])
    return not any(
        (Scene(values=line[None], nodata=scene.nodata).valid()[0] & beyond).any()
        for line, beyond in zip(scene.values, outside, strict=True)
        if beyond.any()
    )
