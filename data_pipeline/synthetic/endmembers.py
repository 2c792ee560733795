"""Endmember spectra: parametric families of materials, several variants of each material."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from data_pipeline.synthetic.materials import (
    mineral,
    pavement,
    roof,
    soil,
    vegetation,
    water,
)

VARIANTS = 4
"""Spectra of one material: one material is never one spectrum in nature."""

_FAMILIES: dict[str, Callable[..., ndarray]] = {
    "vegetation": vegetation,
    "soil": soil,
    "pavement": pavement,
    "water": water,
    "roof": roof,
    "mineral": mineral,
}

# The order in which a growing number of materials is filled: few materials must still make a
# landscape, and roofs and plants are the most diverse.
_ORDER = (
    *("vegetation", "soil", "pavement", "water", "roof", "vegetation", "mineral", "roof"),
    *("soil", "vegetation", "roof", "pavement"),
)


@dataclass(frozen=True)
class Library:
    """Reflectance spectra of the materials of a scene.

    Attributes:
        families: family name of each of the n materials.
        spectra: float64 reflectance in (0, 1], shape (n * VARIANTS, bands); the variants of a
            material follow each other.
    """

    families: tuple[str, ...]
    spectra: Float[ndarray, "spectra bands"]

    def materials(self, *families: str) -> list[int]:
        """Return the indices of the materials of these families."""
        return [i for i, family in enumerate(self.families) if family in families]


def spectral_library(
    wavelengths: Float[ndarray, "bands"], count: int, rng: np.random.Generator
) -> Library:
    """Draw a library of `count` materials.

    Args:
        wavelengths: band centers in nm.
        count: number of materials.
        rng: the random stream.

    Returns:
        The library, with `count * VARIANTS` spectra.
    """
    families = tuple(_ORDER[i % len(_ORDER)] for i in range(count))
    spectra = [spectrum for family in families for spectrum in _variants(family, wavelengths, rng)]
    return Library(families, np.clip(np.stack(spectra), 0.002, 1.0))


def _variants(
    family: str, wavelengths: Float[ndarray, "bands"], rng: np.random.Generator
) -> list[ndarray]:
    """Draw one material, and variants of it around the same parameters."""
    make = _FAMILIES[family]
    parameters = rng.uniform(size=8)
    kind = int(rng.integers(1 << 16))
    variants = []
    for _ in range(VARIANTS):
        near = np.clip(parameters + rng.normal(scale=0.2, size=8), 0, 1)
        variants.append(make(wavelengths, near, kind, rng))
    return variants
