"""Abundances: how much of each endmember spectrum a pixel holds."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from data_pipeline.synthetic.endmembers import VARIANTS, Library
from data_pipeline.synthetic.fields import fractal_field
from data_pipeline.synthetic.landscape import Landscape

# Textures that materials share in pairs: each costs a Fourier transform of the whole plane.
_TEXTURES = 8


def draw_abundances(
    landscape: Landscape, library: Library, rng: np.random.Generator
) -> Float[ndarray, "spectra rows cols"]:
    """Divide the cover of each material among the variants of its spectrum.

    Args:
        landscape: the materials over the plane.
        library: their spectra.
        rng: the random stream.

    Returns:
        float32 abundances, at least 0 and summing to one over the spectra, in the library's order.
    """
    rows, cols = landscape.height.shape
    textures = [fractal_field(rows, cols, rng.uniform(0.0, 2.2), rng) for _ in range(_TEXTURES)]
    abundances = np.empty((len(library.spectra), rows, cols), np.float32)
    for material, cover in enumerate(landscape.cover):
        logits = _logits(textures, landscape.patches, rng)
        weights = np.exp(np.stack(logits), dtype=np.float32)
        weights *= cover / weights.sum(0)
        abundances[material * VARIANTS : (material + 1) * VARIANTS] = weights
    return abundances


def _logits(
    textures: list[ndarray], patches: Float[ndarray, "rows cols"], rng: np.random.Generator
) -> list[ndarray]:
    """Preference for each variant: textures within a parcel, one number for the whole parcel."""
    pairs = rng.choice(len(textures), VARIANTS, replace=False)
    signs = rng.normal(size=VARIANTS).astype(np.float32)
    return [
        np.float32(1.1) * textures[k] + sign * patches for k, sign in zip(pairs, signs, strict=True)
    ]
