"""The axis of a spectrum: wavelengths in nm where they are known, else band numbers from 1."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Num
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from btcnet_jax.pictures import style

# No imaging spectrometer works below 100 nm: smaller numbers are micrometers or made up.
_LEAST_NM = 100.0
_FEW_BANDS = 40


def wavelengths_in_nm(
    wavelengths: Num[np.ndarray, " bands"],
) -> Float64[np.ndarray, " bands"] | None:
    """The wavelengths as given, or None where they cannot be nanometers.

    A wrong unit on an axis would be worse than none, so nothing is guessed.
    """
    centers = wavelengths.astype(np.float64)
    return centers if np.isfinite(centers).all() and centers.min() >= _LEAST_NM else None


@dataclass(frozen=True)
class SpectralAxis:
    """Where each band stands on the horizontal axis, and how to draw a value per band.

    Attributes:
        positions: nm, or band numbers from 1.
        shown: True for the bands to draw; the others are gaps.
        label: what the axis says.
    """

    positions: Float64[np.ndarray, " bands"]
    shown: Bool[np.ndarray, " bands"]
    label: str

    @classmethod
    def of(
        cls, wavelengths: Num[np.ndarray, " bands"] | None, shown: Bool[np.ndarray, " bands"]
    ) -> "SpectralAxis":
        """The axis in nm where the wavelengths allow it, else in band numbers."""
        centers = None if wavelengths is None else wavelengths_in_nm(wavelengths)
        if centers is None:
            return cls(np.arange(1.0, len(shown) + 1), shown, "Band number")
        return cls(centers, shown, "Wavelength (nm)")

    @property
    def shows_marks(self) -> bool:
        """Whether each band gets a mark, all one sees of it between two gaps; many hide the line."""
        return len(self.positions) <= _FEW_BANDS

    def scale(self, axes: Axes) -> None:
        """Room at both ends, left-out bands in gray, whole numbers at the ticks."""
        low, high = float(self.positions.min()), float(self.positions.max())
        spare = 0.01 * (high - low) or 0.5
        axes.set_xlim(low - spare, high + spare)
        for start, stop in self.gaps():
            axes.axvspan(start, max(stop, start + spare), color=style.GAP, lw=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))

    def curve(
        self, values: Num[np.ndarray, " bands"]
    ) -> tuple[Float64[np.ndarray, " bands"], Float64[np.ndarray, " bands"]]:
        """Positions and values in ascending order, NaN at the gaps. Detectors may overlap."""
        order = np.argsort(self.positions, kind="stable")
        return self.positions[order], np.where(self.shown, values.astype(np.float64), np.nan)[order]

    def gaps(self) -> list[tuple[float, float]]:
        """From where to where each run of left-out bands reaches, between its outer neighbors."""
        order = np.argsort(self.positions, kind="stable")
        at, hidden = self.positions[order], ~self.shown[order]
        edges = np.flatnonzero(np.diff(np.concatenate([[False], hidden, [False]]).astype(int)))
        middles = np.concatenate([at[:1], (at[1:] + at[:-1]) / 2, at[-1:]])
        return [
            (float(middles[start]), float(middles[stop]))
            for start, stop in zip(edges[::2], edges[1::2], strict=True)
        ]
