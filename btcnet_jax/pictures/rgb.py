"""An RGB picture of a cube: which bands to show, and how to stretch them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Num

from btcnet_jax.errors import CubeError
from btcnet_jax.pictures.spectral_axis import wavelengths_in_nm

# Red, green and blue as the eye expects them, and how far a band may be from them.
_TARGETS_NM = (640.0, 550.0, 460.0)
_TOLERANCE_NM = 40.0
# Without wavelengths: places among the usable bands. Most sensors start in the blue and the sun
# is bright in their first third; thirds of the range would show noise.
_FRACTIONS = (0.30, 0.17, 0.06)

# Light is linear, screens and eyes are not: shadows would be black.
_GAMMA = 0.7


@dataclass(frozen=True)
class RgbStretch:
    """Three bands and the values shown as black and white in each, from one cube.

    Apply the stretch of the original to the restoration too, so that a difference in color is a
    difference in the data.

    Attributes:
        bands: indices shown as red, green and blue.
        low: values shown as black, in the cube's unit.
        high: values shown as white, each above its low.
    """

    bands: tuple[int, int, int]
    low: tuple[float, float, float]
    high: tuple[float, float, float]

    @classmethod
    def of(
        cls,
        cube: Num[np.ndarray, "rows cols bands"],
        *,
        wavelengths: Num[np.ndarray, " bands"] | None = None,
        band_mask: Bool[np.ndarray, " bands"] | None = None,
        percentiles: tuple[float, float] = (2.0, 98.0),
    ) -> "RgbStretch":
        """Choose the bands and stretch between percentiles, so that a few hot pixels do not darken.

        Args:
            cube: any real dtype and unit.
            wavelengths: band centers in nm; see `pick_rgb_bands`.
            band_mask: True for the good bands.
            percentiles: shares in percent of the pixels of a band, shown as black and as white.

        Raises:
            CubeError: no band is kept by the mask and finite.
        """
        bands = pick_rgb_bands(cube, wavelengths=wavelengths, band_mask=band_mask)
        low, high = np.percentile(cube[..., bands].astype(np.float64), percentiles, axis=(0, 1))
        # Mostly flat bands still need a range; then the whole of it is shown.
        flat = high <= low
        low = np.where(flat, cube[..., bands].min(axis=(0, 1)), low)
        high = np.where(flat, cube[..., bands].max(axis=(0, 1)), high)
        high = np.where(high <= low, low + 1, high)
        return cls(bands, (*low.tolist(),), (*high.tolist(),))

    def apply(self, cube: Num[np.ndarray, "rows cols bands"]) -> Float[np.ndarray, "rows cols 3"]:
        """The picture, 0 (black) to 1 (white); what is not a number is black."""
        low, high = np.array(self.low), np.array(self.high)
        picture = (cube[..., self.bands].astype(np.float64) - low) / (high - low)
        return np.clip(np.nan_to_num(picture, posinf=1.0, neginf=0.0), 0.0, 1.0) ** _GAMMA


def pick_rgb_bands(
    cube: Num[np.ndarray, "rows cols bands"],
    *,
    wavelengths: Num[np.ndarray, " bands"] | None = None,
    band_mask: Bool[np.ndarray, " bands"] | None = None,
) -> tuple[int, int, int]:
    """Indices of the bands to show as red, green and blue.

    Args:
        cube: any real dtype.
        wavelengths: band centers in nm. The bands nearest 640, 550 and 460 nm are taken; without
            wavelengths, or where the sensor does not see all three, bands spread over the first
            third of the usable ones.
        band_mask: True for the good bands. Bands that are constant or hold NaN are avoided too,
            unless every band is constant.

    Raises:
        CubeError: no band is kept by the mask and finite.
    """
    usable = np.flatnonzero(_usable_bands(cube, band_mask))
    centers = None if wavelengths is None else wavelengths_in_nm(wavelengths)
    if centers is not None:
        away = np.abs(centers[usable, None] - np.array(_TARGETS_NM))
        if (away.min(axis=0) <= _TOLERANCE_NM).all():
            red, green, blue = usable[away.argmin(axis=0)].tolist()
            return red, green, blue
        usable = usable[np.argsort(centers[usable], kind="stable")]
    red, green, blue = (int(usable[round(part * (len(usable) - 1))]) for part in _FRACTIONS)
    return red, green, blue


def _usable_bands(
    cube: Num[np.ndarray, "rows cols bands"], band_mask: Bool[np.ndarray, " bands"] | None
) -> Bool[np.ndarray, " bands"]:
    """Bands that the mask keeps, finite, and not constant unless all are."""
    low, high = cube.min(axis=(0, 1)), cube.max(axis=(0, 1))
    finite = np.isfinite(low) & np.isfinite(high)
    if band_mask is not None:
        finite &= band_mask
    if not finite.any():
        raise CubeError("no band can be shown: all are masked or hold NaN")
    varying = finite & (high > low)
    return varying if varying.any() else finite
