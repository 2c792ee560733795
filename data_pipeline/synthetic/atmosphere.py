"""Light over the spectrum: the sun, what the atmosphere lets through and what it scatters."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from data_pipeline.synthetic.settings import LONGEST_NM, SHORTEST_NM

_FINE_NM = np.arange(SHORTEST_NM - 50, LONGEST_NM + 51, 1.0)

# (center nm, standard deviation nm, vertical optical depth); water vapor for 1 cm of water in the
# line of sight.
_WATER_VAPOR = (
    *((590.0, 4.0, 0.02), (652.0, 4.0, 0.01), (698.0, 5.0, 0.03), (722.0, 7.0, 0.1)),
    *((820.0, 10.0, 0.09), (907.0, 10.0, 0.12), (938.0, 16.0, 0.42), (965.0, 12.0, 0.12)),
    *((1125.0, 22.0, 0.5), (1155.0, 20.0, 0.15), (1270.0, 15.0, 0.03), (1380.0, 28.0, 3.6)),
    *((1440.0, 28.0, 0.35), (1470.0, 14.0, 0.15), (1875.0, 34.0, 4.6), (1945.0, 30.0, 0.5)),
    *((1800.0, 16.0, 0.3), (2020.0, 12.0, 0.03), (2350.0, 40.0, 0.05), (2660.0, 85.0, 1.8)),
)
_OTHER_GASES = (
    *((628.0, 2.5, 0.03), (687.0, 2.2, 0.4), (760.5, 2.5, 1.4), (1268.0, 6.0, 0.12)),  # oxygen
    *((575.0, 35.0, 0.03), (603.0, 25.0, 0.03), (300.0, 12.0, 2.0)),  # ozone
    *((1575.0, 10.0, 0.02), (1606.0, 10.0, 0.02)),  # carbon dioxide
    *((1960.0, 9.0, 0.1), (2005.0, 8.0, 0.4), (2058.0, 8.0, 0.22)),
    *((2300.0, 30.0, 0.06), (2370.0, 25.0, 0.08)),  # methane
)


@dataclass(frozen=True)
class Light:
    """Light at the bands of a sensor, float64, shape (bands,).

    Attributes:
        direct: radiance that a white, sunlit, level surface sends to the sensor.
        diffuse: radiance that it sends by the light of the sky, in W m-2 sr-1 um-1 as above.
        path: radiance scattered into the view above the ground, same unit.
        vapor_depth: optical depth of water vapor on the way down and up.
    """

    direct: Float[ndarray, "bands"]
    diffuse: Float[ndarray, "bands"]
    path: Float[ndarray, "bands"]
    vapor_depth: Float[ndarray, "bands"]


def sun(nm: Float[ndarray, "bands"]) -> Float[ndarray, "bands"]:
    """Return the sun's irradiance above the atmosphere in W m-2 um-1, for wavelengths in nm.

    A black body of 5,772 K (IAU 2015 nominal) seen from 1 au, less the calcium H and K lines and
    the line blanketing below 420 nm.
    """
    meters = nm * 1e-9
    planck = 1.191043e-16 / meters**5 / np.expm1(1.438777e-2 / (meters * 5772.0))
    solid_angle = np.pi * (6.957e8 / 1.495979e11) ** 2
    lines = 0.25 * np.exp(-0.5 * ((nm - 395.0) / 5.0) ** 2) + 0.25 / (1 + np.exp((nm - 405) / 15))
    return planck * solid_angle * 1e-6 * (1 - lines)


def light(
    centers: Float[ndarray, "bands"],
    fwhm: float,
    *,
    zenith: float,
    vapor_cm: float,
    haze: float,
) -> Light:
    """Compute the light at every band of a sensor.

    Args:
        centers: band centers in nm.
        fwhm: full width at half maximum of the bands in nm.
        zenith: solar zenith angle in radians, below pi/2.
        vapor_cm: column of water vapor in cm of liquid water.
        haze: aerosol optical depth at 550 nm.

    Returns:
        The light, in W m-2 sr-1 um-1.

    Source: single scattering; Rayleigh depth of Hansen and Travis, Space Sci. Rev. 16 (1974);
    gases as Gaussians fitted by eye to published transmission at 10 nm.
    """
    nm, slant = _FINE_NM, 1 / np.cos(zenith)
    rayleigh = 0.008569 * (nm / 1000.0) ** -4 * (1 + 0.0113 * (nm / 1000.0) ** -2)
    aerosol = haze * (nm / 550.0) ** -1.3
    # Saturated lines absorb as the square root of the amount (Goody and Yung, 1989, ch. 4).
    vapor = np.sqrt(vapor_cm * (slant + 1)) * _depth(_WATER_VAPOR, nm)
    gas = np.exp(-_depth(_OTHER_GASES, nm) * (slant + 1) - vapor)
    seen = sun(nm) * np.cos(zenith) / np.pi * gas
    down = np.exp(-(rayleigh + 0.35 * aerosol) * slant)
    up = np.exp(-(rayleigh + 0.35 * aerosol))
    scattered = 0.5 * (1 - np.exp(-(rayleigh + 0.6 * aerosol) * slant))
    # Less than the sky sends down: part of the scattering air lies above an aircraft.
    return Light(
        direct=_to_bands(seen * down * up, centers, fwhm),
        diffuse=_to_bands(seen * scattered * up, centers, fwhm),
        path=_to_bands(0.4 * seen * scattered, centers, fwhm),
        vapor_depth=_to_bands(vapor, centers, fwhm),
    )


def _depth(
    lines: tuple[tuple[float, float, float], ...], nm: Float[ndarray, "fine"]
) -> Float[ndarray, "fine"]:
    table = np.asarray(lines)[:, :, None]
    return np.sum(table[:, 2] * np.exp(-0.5 * ((nm - table[:, 0]) / table[:, 1]) ** 2), 0)


def _to_bands(
    spectrum: Float[ndarray, "fine"], centers: Float[ndarray, "bands"], fwhm: float
) -> Float[ndarray, "bands"]:
    """Average a fine spectrum over Gaussian bands."""
    weights = np.exp(-0.5 * ((_FINE_NM - centers[:, None]) / (fwhm / 2.3548)) ** 2)
    return (weights @ spectrum) / weights.sum(1)
