"""Building blocks of a reflectance spectrum: absorption bands, edges, smooth continua."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray


def absorption(
    wavelengths: Float[ndarray, "bands"], bands: list[tuple[float, float, float]]
) -> Float[ndarray, "bands"]:
    """Return the transmission through Gaussian absorption bands.

    Args:
        wavelengths: in nm.
        bands: (center in nm, standard deviation in nm, optical depth at the center) each.

    Returns:
        float64 factors in (0, 1].

    Source: the Gaussian model of Clark and Roush, JGR 89 (1984), of log reflectance over a
    continuum, without the asymmetry.
    """
    depth = np.zeros_like(wavelengths)
    for center, width, strength in bands:
        depth += strength * np.exp(-0.5 * ((wavelengths - center) / width) ** 2)
    return np.exp(-depth)


def edge(
    wavelengths: Float[ndarray, "bands"], center: float, width: float
) -> Float[ndarray, "bands"]:
    """Return a logistic step from 0 to 1 at `center` with scale `width`, both in nm."""
    # The hyperbolic form cannot overflow where the exponential form does.
    return 0.5 * (1 + np.tanh((wavelengths - center) / (2 * width)))


def peak(
    wavelengths: Float[ndarray, "bands"], center: float, width: float
) -> Float[ndarray, "bands"]:
    """Return a Gaussian of height 1 at `center` with standard deviation `width`, both in nm."""
    return np.exp(-0.5 * ((wavelengths - center) / width) ** 2)


def continuum(
    wavelengths: Float[ndarray, "bands"], strength: float, rng: np.random.Generator
) -> Float[ndarray, "bands"]:
    """Return a smooth random factor around 1: what no named absorption band explains.

    `strength` is about its standard deviation; its periods are about 200 nm and longer.
    """
    phase = (wavelengths - 350.0) / 2250.0
    orders = np.arange(1, 14)
    weights = rng.normal(size=13) * strength / orders**0.8
    shifts = rng.uniform(0, 2 * np.pi, 13)
    waves = np.sin(np.pi * orders[:, None] * phase * 1.7 + shifts[:, None])
    return np.exp(weights @ waves)
