"""Parametric reflectance families.

Every function takes wavelengths in nm, shape (bands,), eight parameters in [0, 1], an integer that
chooses the kind within the family, and a random stream for the smooth remainder; it returns
float64 reflectance, shape (bands,). Positions and widths of the absorption bands follow the USGS
Spectral Library (Kokaly et al., Data Series 1035, 2017) and, for leaves, the PROSPECT model
(Jacquemoud and Baret, RSE 34, 1990).
"""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from data_pipeline.synthetic.features import absorption, continuum, edge, peak

_LIQUID_WATER = [
    (970.0, 28.0, 0.06),
    (1190.0, 38.0, 0.22),
    (1450.0, 55.0, 1.1),
    (1940.0, 65.0, 1.6),
    (2600.0, 190.0, 2.0),
]
_HYDROCARBON = [(1215.0, 18.0, 0.03), (1725.0, 16.0, 0.14), (2310.0, 28.0, 0.22)]

# Diagnostic bands of minerals: (center nm, standard deviation nm, depth) each.
_MINERALS = (
    [(1400.0, 14.0, 0.3), (2165.0, 16.0, 0.3), (2206.0, 15.0, 0.6)],  # kaolinite
    [
        (1430.0, 18.0, 0.4),
        (1480.0, 16.0, 0.35),
        (1765.0, 16.0, 0.2),
        (2170.0, 26.0, 0.7),
    ],  # alunite
    [(1875.0, 20.0, 0.08), (1995.0, 22.0, 0.1), (2335.0, 32.0, 0.55)],  # calcite
    [(1450.0, 28.0, 0.7), (1750.0, 22.0, 0.3), (1940.0, 30.0, 1.0), (2215.0, 26.0, 0.35)],  # gypsum
    [(530.0, 55.0, 0.9), (870.0, 70.0, 0.45)],  # hematite
    [(2250.0, 18.0, 0.25), (2335.0, 26.0, 0.5), (1050.0, 160.0, 0.35)],  # chlorite
    [(1412.0, 16.0, 0.35), (1910.0, 26.0, 0.55), (2208.0, 18.0, 0.3)],  # montmorillonite
)

_Spectrum = Float[ndarray, "bands"]
_Parameters = Float[ndarray, "8"]


def _scaled(
    bands: list[tuple[float, float, float]], factor: float
) -> list[tuple[float, float, float]]:
    return [(center, width, depth * factor) for center, width, depth in bands]


def vegetation(nm: _Spectrum, p: _Parameters, kind: int, rng: np.random.Generator) -> _Spectrum:
    """Canopies from lush to senescent: chlorophyll, red edge, leaf water, dry matter."""
    vigor = 0.75 + 0.25 * p[0] if kind % 2 else 0.1 + 0.5 * p[0]
    plateau = 0.2 + 0.25 * p[1]
    pigment = absorption(nm, [(430.0, 55.0, 2.1 * vigor), (675.0, 28.0 + 8 * p[2], 2.2 * vigor)])
    visible = (0.11 + 0.05 * p[3]) * pigment * (0.55 + 0.45 * peak(nm, 555.0, 50.0))
    rise = edge(nm, 708.0 + 14 * p[4], 9.0 + 5 * p[5])
    dry = (0.16 + 0.12 * p[1]) * (1 - np.exp(-(nm - 300.0) / 450.0))
    dry = dry * absorption(nm, [(2090.0, 45.0, 0.16), (2300.0, 40.0, 0.2), (1730.0, 22.0, 0.05)])
    slope = 1 - 0.25 * np.clip((nm - 1000.0) / 1500.0, -0.1, 1.0)
    green = (visible * (1 - rise) + plateau * rise) * slope
    leaf_water = absorption(nm, _scaled(_LIQUID_WATER, (0.4 + 0.9 * p[6]) * vigor))
    return (vigor * green + (1 - vigor) * dry * 1.6) * leaf_water * continuum(nm, 0.055, rng)


def soil(nm: _Spectrum, p: _Parameters, kind: int, rng: np.random.Generator) -> _Spectrum:
    """Soils: a concave rise, iron oxides, clay, moisture."""
    rise = 1 - np.exp(-(nm - 280.0) / (350.0 + 500.0 * p[0]))
    base = (0.14 + 0.38 * p[1]) * rise
    iron = 0.1 + 0.6 * p[2] * (kind % 2)
    iron_bands = [(480.0, 60.0, 0.5 * iron), (650.0, 45.0, 0.1 * iron), (880.0, 80.0, 0.25 * iron)]
    clay = [(1412.0, 18.0, 0.12 * p[3]), (1915.0, 28.0, 0.2 * p[3]), (2206.0, 20.0, 0.25 * p[4])]
    moisture = _scaled(_LIQUID_WATER, 0.25 * p[5])
    return base * absorption(nm, [*iron_bands, *clay, *moisture]) * continuum(nm, 0.065, rng)


def mineral(nm: _Spectrum, p: _Parameters, kind: int, rng: np.random.Generator) -> _Spectrum:
    """Bare rock: a bright continuum with the diagnostic bands of one mineral."""
    rise = 0.6 + 0.4 * edge(nm, 450.0 + 150.0 * p[0], 60.0 + 60.0 * p[1])
    bands = _scaled(_MINERALS[kind % len(_MINERALS)], 0.3 + 0.7 * p[2])
    fall = 1 - 0.25 * p[3] * np.clip((nm - 1700.0) / 800.0, 0, 1)
    return (0.2 + 0.4 * p[4]) * rise * fall * absorption(nm, bands) * continuum(nm, 0.065, rng)


def water(nm: _Spectrum, p: _Parameters, kind: int, rng: np.random.Generator) -> _Spectrum:
    """Water bodies: scattering in the visible, black beyond, a little sky glint."""
    sediment = p[0] if kind % 2 else 0.2 * p[0]
    scatter = (0.02 + 0.09 * sediment) * peak(nm, 490.0 + 110.0 * sediment, 75.0 + 45.0 * p[1])
    algae = absorption(nm, [(440.0, 30.0, 0.6 * p[2]), (675.0, 16.0, 0.4 * p[2])])
    glint = 0.004 + 0.01 * p[3]
    deep = 1 - 0.98 * edge(nm, 725.0 + 15 * p[4], 14.0)
    return (scatter * algae * deep + glint) * continuum(nm, 0.02, rng)


def pavement(nm: _Spectrum, p: _Parameters, kind: int, rng: np.random.Generator) -> _Spectrum:
    """Asphalt (dark, hydrocarbons) and concrete (gray, carbonate and bound water)."""
    if kind % 2:
        rise = 0.75 + 0.25 * edge(nm, 500.0 + 60.0 * p[0], 60.0)
        bands = [*_scaled(_LIQUID_WATER, 0.07), (2335.0, 40.0, 0.12 * p[1])]
        return (0.2 + 0.22 * p[2]) * rise * absorption(nm, bands) * continuum(nm, 0.065, rng)
    rise = 0.06 + 0.05 * p[0] + (0.03 + 0.09 * p[1]) * (1 - np.exp(-(nm - 350.0) / 700.0))
    return rise * absorption(nm, _scaled(_HYDROCARBON, 0.4 * p[2])) * continuum(nm, 0.065, rng)


def roof(nm: _Spectrum, p: _Parameters, kind: int, rng: np.random.Generator) -> _Spectrum:
    """Roofs and vehicles: bare metal, white and colored paint, clay tile, bitumen."""
    remainder = continuum(nm, 0.11, rng)
    if kind % 5 == 0:  # metal: bright and sloping, the interband dip of aluminum at 840 nm
        tilt = 1 + 0.3 * (p[0] - 0.3) * (nm - 1000.0) / 1500.0
        return (0.35 + 0.45 * p[1]) * tilt * absorption(nm, [(840.0, 50.0, 0.15)]) * remainder
    if kind % 5 == 1:  # white paint: the edge of titanium dioxide, binder bands
        white = (0.45 + 0.4 * p[0]) * edge(nm, 385.0 + 12 * p[1], 7.0)
        return (white + 0.02) * absorption(nm, _scaled(_HYDROCARBON, 1.2)) * remainder
    if kind % 5 == 2:  # colored paint: one pass band of the visible, infrared brightness
        color = peak(nm, 440.0 + 220.0 * p[0], 35.0 + 25 * p[1])
        infrared = 0.2 + 0.3 * p[2]
        paint = 0.05 + 0.22 * color + infrared * edge(nm, 720.0 + 80.0 * p[3], 25.0)
        return paint * absorption(nm, _HYDROCARBON) * remainder
    if kind % 5 == 3:  # clay tile: iron oxide edge
        tile = 0.07 + (0.2 + 0.25 * p[0]) * edge(nm, 575.0 + 25 * p[1], 28.0)
        return tile * absorption(nm, [(870.0, 70.0, 0.25), (2206.0, 20.0, 0.1 * p[2])]) * remainder
    dark = 0.05 + 0.08 * p[0] + 0.05 * p[1] * (nm - 400.0) / 2000.0
    return dark * absorption(nm, _HYDROCARBON) * remainder
