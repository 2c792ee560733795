"""Wavelengths in whatever unit a file gives them, brought to nanometers."""

from decimal import Decimal

import numpy as np
from jaxtyping import Float64, Num

_NANOMETERS = {
    ("nanometers", "nanometer", "nanometres", "nanometre", "nm"): 1.0,
    ("micrometers", "micrometer", "micrometres", "micrometre", "microns", "micron", "um"): 1e3,
    ("µm", "μm"): 1e3,
    ("angstroms", "angstrom"): 0.1,
    ("millimeters", "millimeter", "mm"): 1e6,
    ("meters", "meter", "m"): 1e9,
}
_FACTORS = {name: factor for names, factor in _NANOMETERS.items() for name in names}
# Not lengths, or not proportional to one: such a list does not say at what wavelength a band lies.
_NOT_LENGTHS = ("index", "wavenumber", "ghz", "mhz")


def to_nanometers(
    wavelengths: Num[np.ndarray, " bands"], fwhm: Num[np.ndarray, " bands"] | None, units: str
) -> tuple[Float64[np.ndarray, " bands"] | None, Float64[np.ndarray, " bands"] | None]:
    """Band centers and widths in nanometers.

    Args:
        wavelengths: band centers in `units`.
        fwhm: band widths in the same units, or None.
        units: as files spell it ("Micrometers", "nm"), upper or lower case. Anything unknown, the
            empty string among it, is decided by magnitude.

    Returns:
        Centers and widths, float64; both None for units that are no length (band index, wavenumber).
    """
    units = units.strip().lower()
    if units in _NOT_LENGTHS:
        return None, None
    # A guess where the unit is unknown: optical sensors see 350 to 15,000 nm, which is 0.35 to 15
    # micrometers, so the two ranges do not meet and 100 parts them.
    guess = 1e3 if np.max(wavelengths) < 100 else 1.0
    factor = _FACTORS.get(units, guess)
    widths = None if fwhm is None else _times(fwhm, factor)
    return _times(wavelengths, factor), widths


def from_nanometers(
    wavelengths: Num[np.ndarray, " bands"], fwhm: Num[np.ndarray, " bands"] | None, units: str
) -> tuple[Float64[np.ndarray, " bands"], Float64[np.ndarray, " bands"] | None] | None:
    """Inverse of `to_nanometers`; None for units that are unknown, or of which the same would not come back.

    Args:
        wavelengths: band centers in nanometers.
        fwhm: band widths in nanometers, or None.
        units: as files spell it.
    """
    factor = _FACTORS.get(units.strip().lower())
    if factor is None:
        return None
    told = _times(wavelengths, 1 / factor), None if fwhm is None else _times(fwhm, 1 / factor)
    for how in (units, ""):  # A reader may know the unit or guess it.
        back = to_nanometers(told[0], told[1], how)
        same = np.array_equal(np.asarray(back[0]), wavelengths)
        if not same or (fwhm is not None and not np.array_equal(np.asarray(back[1]), fwhm)):
            return None
    return told


def is_micrometers(units: str) -> bool:
    """Whether a unit, as files spell it, is the micrometer."""
    return _FACTORS.get(units.strip().lower()) == 1e3


def _times(numbers: Num[np.ndarray, " bands"], factor: float) -> Float64[np.ndarray, " bands"]:
    """In decimals: 0.5005 micrometers are 500.5 nanometers, which 0.5005 * 1000.0 is not."""
    exact = Decimal(repr(factor))
    return np.array([float(Decimal(repr(float(number))) * exact) for number in numbers])
