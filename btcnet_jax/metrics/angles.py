"""Spectral angle between an original and a restored pixel, and its mergeable mean."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Num


def spectral_angles_deg(
    original: Num[np.ndarray, "*pixels bands"], restored: Num[np.ndarray, "*pixels bands"]
) -> Float64[np.ndarray, "*pixels"]:
    """Spectral angle of every pixel.

    Args:
        original: spectra, any real dtype and unit.
        restored: spectra of the same shape and unit.

    Returns:
        Angles in degrees, 0 to 180. NaN where the original spectrum is all zero, for no angle is
        defined there; 90 where only the restored one is, so that restoring nothing is never
        rewarded.

    Source: BTC-Net V2 (IEEE, 2026), evaluation protocol.
    """
    first, length = _directions(original.astype(np.float64))
    second, _ = _directions(restored.astype(np.float64))
    # Kahan's half-angle form: arccos of a cosine near 1 would lose half the digits.
    halves = np.arctan2(
        np.linalg.norm(first - second, axis=-1), np.linalg.norm(first + second, axis=-1)
    )
    return np.where(length > 0, np.degrees(2 * halves), np.nan)


def _directions(
    spectra: Float64[np.ndarray, "*pixels bands"],
) -> tuple[Float64[np.ndarray, "*pixels bands"], Float64[np.ndarray, "*pixels"]]:
    """Spectra scaled to length one, and their lengths. An all-zero spectrum stays zero."""
    with np.errstate(over="ignore"):  # Beyond float64 a spectrum counts as infinitely long.
        lengths = np.asarray(np.linalg.norm(spectra, axis=-1))
    return spectra / np.where(lengths > 0, lengths, 1.0)[..., None], lengths


@dataclass(frozen=True)
class AngleSums:
    """Sum of the spectral angles of some pixels (degrees), and how many there are."""

    total_deg: float = 0.0
    pixels: int = 0
    pixels_left_out: int = 0

    @classmethod
    def of(
        cls,
        original: Float64[np.ndarray, "pixels bands"],
        restored: Float64[np.ndarray, "pixels bands"],
        whole: Bool[np.ndarray, " pixels"] | None = None,
    ) -> "AngleSums":
        """Sums over whole pixels whose original spectrum is not all zero; the others are counted."""
        angles = spectral_angles_deg(original, restored)
        if whole is not None:
            angles = np.where(whole, angles, np.nan)
        defined = np.isfinite(angles)
        return cls(float(angles[defined].sum()), int(defined.sum()), int((~defined).sum()))

    def __add__(self, other: "AngleSums") -> "AngleSums":
        return AngleSums(
            self.total_deg + other.total_deg,
            self.pixels + other.pixels,
            self.pixels_left_out + other.pixels_left_out,
        )

    def mean(self) -> float | None:
        """Mean angle in degrees; None when no pixel has an angle."""
        return self.total_deg / self.pixels if self.pixels else None
