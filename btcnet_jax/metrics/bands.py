"""Error and extent of every band over some pixels: the sums that PSNR and RMSE are made of."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64


@dataclass(frozen=True, eq=False)
class BandSums:
    """Per-band sums over some pixels, in the cube's own unit. Adding two joins their pixels.

    The maximum of the original is gathered together with the error, so one pass is enough.
    """

    pixels: int
    squared_error: Float64[np.ndarray, " bands"]
    max_error: Float64[np.ndarray, " bands"]
    minimum: Float64[np.ndarray, " bands"]
    maximum: Float64[np.ndarray, " bands"]

    @classmethod
    def of(
        cls,
        original: Float64[np.ndarray, "pixels bands"],
        restored: Float64[np.ndarray, "pixels bands"],
    ) -> "BandSums":
        """Sums over a block of at least one pixel."""
        error = np.abs(original - restored)
        return cls(
            pixels=len(original),
            squared_error=np.square(error).sum(axis=0),
            max_error=error.max(axis=0),
            minimum=original.min(axis=0),
            maximum=original.max(axis=0),
        )

    def __add__(self, other: "BandSums") -> "BandSums":
        return BandSums(
            pixels=self.pixels + other.pixels,
            squared_error=self.squared_error + other.squared_error,
            max_error=np.maximum(self.max_error, other.max_error),
            minimum=np.minimum(self.minimum, other.minimum),
            maximum=np.maximum(self.maximum, other.maximum),
        )

    def mse(self) -> Float64[np.ndarray, " bands"]:
        """Mean squared error of each band."""
        return self.squared_error / self.pixels

    def varies(self) -> Bool[np.ndarray, " bands"]:
        """True for the bands whose original is not one constant."""
        return self.maximum > self.minimum
