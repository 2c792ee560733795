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


def _told_by_values(scene: Scene, mask: np.ndarray) -> bool:
    """Whether every pixel outside the mask has only samples that are nodata, NaN or infinite."""
    return not any(
        Scene(values=scene.values[row, outside][None], nodata=scene.nodata).valid().any()
        for row, outside in enumerate(~mask)
        if outside.any()
    )
