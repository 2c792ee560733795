"""Light over the plane: relief, roughness, cast shadows, clouds."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.ndimage import shift

from data_pipeline.synthetic.fields import fractal_field, gradient, level_set


def direct_light(
    height: Float[ndarray, "rows cols"],
    canopy: Float[ndarray, "rows cols"],
    zenith: float,
    rng: np.random.Generator,
) -> Float[ndarray, "rows cols"]:
    """Return the direct light on each pixel relative to a level, open surface.

    Args:
        height: height of objects above the ground in pixels; they cast shadows.
        canopy: fraction of the pixel under plants, whose leaves shade each other.
        zenith: solar zenith angle in radians.
        rng: the random stream (sun azimuth, relief, roughness, clouds).

    Returns:
        float32 factors from 0 to about 2.
    """
    rows, cols = height.shape
    azimuth = rng.uniform(0, 2 * np.pi)
    lit = _relief(rows, cols, zenith, azimuth, rng)
    rough = np.float32(rng.uniform(0.02, 0.09)) * fractal_field(rows, cols, 1.8, rng)
    leaves = np.float32(rng.uniform(0.05, 0.2)) * fractal_field(rows, cols, 1.0, rng)
    lit *= np.exp(rough + canopy * leaves)
    lit *= 1 - np.float32(0.9) * _cast_shadow(height, zenith, azimuth)
    if rng.uniform() < 0.15:
        lit *= 1 - np.float32(0.7) * level_set(fractal_field(rows, cols, 3.2, rng), 0.12)
    return lit.astype(np.float32)


def _relief(
    rows: int, cols: int, zenith: float, azimuth: float, rng: np.random.Generator
) -> Float[ndarray, "{rows} {cols}"]:
    """Cosine of incidence on a fractal relief over that on the plain (Lambert's law)."""
    down, right = gradient(fractal_field(rows, cols, 3.6, rng))
    steepness = rng.uniform(0, 0.15) / max(float(np.hypot(down, right).mean()), 1e-6)
    toward_sun = np.float32(steepness) * (np.cos(azimuth) * down + np.sin(azimuth) * right)
    return np.clip(1 + np.tan(zenith) * toward_sun, 0, 2).astype(np.float32)


def _cast_shadow(
    height: Float[ndarray, "rows cols"], zenith: float, azimuth: float
) -> Float[ndarray, "rows cols"]:
    """Fraction of each pixel in the shadow of objects up-sun, looked for in steps of a pixel."""
    shadow = np.zeros_like(height)
    reach = float(height.max()) * np.tan(zenith)
    for step in range(1, int(min(np.ceil(reach), 32)) + 1):
        move = (step * np.cos(azimuth), step * np.sin(azimuth))
        above = shift(height, move, order=1, mode="nearest") - np.float32(step / np.tan(zenith))
        # What stands above the ray by the height it falls in one pixel covers a whole pixel.
        shadow = np.maximum(shadow, np.clip((above - height) * np.float32(np.tan(zenith)), 0, 1))
    return shadow
