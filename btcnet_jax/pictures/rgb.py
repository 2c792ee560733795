"""An RGB picture of a cube: which bands to show, and how to stretch them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Num
from matplotlib.colors import to_rgb

from btcnet_jax.errors import CubeError
from btcnet_jax.pictures import style
from btcnet_jax.pictures.samples import band_ends, samples_of
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
        valid: Bool[np.ndarray, "rows cols bands"] | None = None,
        percentiles: tuple[float, float] = (2.0, 98.0),
    ) -> "RgbStretch":
        """Choose the bands and stretch between percentiles, so that a few hot pixels do not darken.

        Args:
            cube: any real dtype and unit.
            wavelengths: band centers in nm; see `pick_rgb_bands`.
            band_mask: True for the good bands.
            valid: True for samples that are data; the others take no part. None where all are.
            percentiles: shares in percent of the pixels of a band, shown as black and as white.

        Raises:
            CubeError: no band is kept by the mask and finite in its valid samples.
        """
        bands = pick_rgb_bands(cube, wavelengths=wavelengths, band_mask=band_mask, valid=valid)
        ends = [_ends(samples_of(cube, valid, band), percentiles) for band in bands]
        low, high = ((*side,) for side in zip(*ends, strict=True))
        return cls(bands, low, high)

    def apply(
        self,
        cube: Num[np.ndarray, "rows cols bands"],
        valid: Bool[np.ndarray, "rows cols bands"] | None = None,
    ) -> Float[np.ndarray, "rows cols 3"]:
        """The picture, 0 (black) to 1 (white).

        What is not a number is black. Pixels that lack a sample of the three bands have the gray of
        maps without a value.
        """
        low, high = np.array(self.low), np.array(self.high)
        picture = (cube[..., self.bands].astype(np.float64) - low) / (high - low)
        picture = np.clip(np.nan_to_num(picture, posinf=1.0, neginf=0.0), 0.0, 1.0) ** _GAMMA
        if valid is not None:
            picture[~valid[..., self.bands].all(axis=-1)] = to_rgb(style.GRID)
        return picture


def _ends(
    samples: Num[np.ndarray, " samples"], percentiles: tuple[float, float]
) -> tuple[float, float]:
    """Black and white of a band; of a mostly flat one the whole range."""
    low, high = np.percentile(samples.astype(np.float64), percentiles).tolist()
    if high <= low:
        low, high = float(samples.min()), float(samples.max())
    return low, high if high > low else low + 1


def pick_rgb_bands(
    cube: Num[np.ndarray, "rows cols bands"],
    *,
    wavelengths: Num[np.ndarray, " bands"] | None = None,
    band_mask: Bool[np.ndarray, " bands"] | None = None,
    valid: Bool[np.ndarray, "rows cols bands"] | None = None,
) -> tuple[int, int, int]:
    """Indices of the bands to show as red, green and blue.

    Args:
        cube: any real dtype.
        wavelengths: band centers in nm. The bands nearest 640, 550 and 460 nm are taken; without
            wavelengths, or where the sensor does not see all three, bands spread over the first
            third of the usable ones.
        band_mask: True for the good bands. Bands that are constant or hold NaN are avoided too,
            unless every band is constant.
        valid: True for samples that are data; the others are not looked at. None where all are.

    Raises:
        CubeError: no band is kept by the mask and finite in its valid samples.
    """
    usable = np.flatnonzero(_usable_bands(cube, band_mask, valid))
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
    cube: Num[np.ndarray, "rows cols bands"],
    band_mask: Bool[np.ndarray, " bands"] | None,
    valid: Bool[np.ndarray, "rows cols bands"] | None,
) -> Bool[np.ndarray, " bands"]:
    """Bands that the mask keeps, finite, and not constant unless all are."""
    low, high = band_ends(cube, valid)
    finite = np.isfinite(low) & np.isfinite(high)
    if band_mask is not None:
        finite &= band_mask
    if not finite.any():
        raise CubeError("no band can be shown: all are masked or hold NaN")
    varying = finite & (high > low)
    return varying if varying.any() else finite
