"""Wavelengths and widths of bands in the unit of the original, where that has one and reads back the same."""

import numpy as np
from jaxtyping import Float64

from btcnet_jax.scene.numbers import Tag
from btcnet_jax.scene.scene import Scene
from data_pipeline.readers.wavelengths import from_nanometers

_Numbers = Float64[np.ndarray, " bands"] | None


def in_own_units(scene: Scene) -> tuple[_Numbers, _Numbers, str]:
    """Wavelengths, widths and their unit: nm, unless the container that the scene is of said another."""
    told = str(scene.part_tags.get("wavelengths", {}).get("units", ""))
    if scene.wavelengths is not None and "wavelengths" in scene.names:
        numbers = from_nanometers(scene.wavelengths, scene.fwhm, told)
        if numbers is not None:
            return *numbers, told
    return scene.wavelengths, scene.fwhm, "nm"


def part_tags_in(scene: Scene, units: str) -> dict[str, dict[str, Tag]]:
    """`part_tags` in which units of wavelengths and widths are those that are written."""
    tags = {part: dict(named) for part, named in scene.part_tags.items()}
    for part in ("wavelengths", "fwhm"):
        if "units" in tags.get(part, {}):
            tags[part]["units"] = units
    return tags
