"""Error and extent of every band over some pixels: the sums that PSNR and RMSE are made of."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64


@dataclass(frozen=True, eq=False)
class BandSums:
    """Per-band sums over the valid samples of some pixels, in the cube's own unit. Adding joins pixels.

    The maximum of the original is gathered together with the error, so one pass is enough.

    Attributes:
        samples: valid samples of each band. Of a band without any, the errors are 0 and the minimum is
            above the maximum, as of an empty set.
    """

    samples: Int64[np.ndarray, " bands"]
    squared_error: Float64[np.ndarray, " bands"]
    max_error: Float64[np.ndarray, " bands"]
    minimum: Float64[np.ndarray, " bands"]
    maximum: Float64[np.ndarray, " bands"]

    @classmethod
    def of(
        cls,
        original: Float64[np.ndarray, "pixels bands"],
        restored: Float64[np.ndarray, "pixels bands"],
        valid: Bool[np.ndarray, "pixels bands"] | None = None,
        apart: Float64[np.ndarray, "pixels bands"] | None = None,
    ) -> "BandSums":
        """Sums over a block of at least one pixel; both cubes must be equal where they are not valid.

        `apart` is how far they are apart, where float64 does not tell.
        """
        error = np.abs(original - restored) if apart is None else apart
        pixels, bands = original.shape
        with np.errstate(over="ignore"):  # Of an outlier like 1e300 the figure is infinite.
            squared_error = np.square(error).sum(axis=0)
        return cls(
            samples=np.full(bands, pixels) if valid is None else np.count_nonzero(valid, axis=0),
            squared_error=squared_error,
            max_error=error.max(axis=0),
            minimum=(original if valid is None else np.where(valid, original, np.inf)).min(axis=0),
            maximum=(original if valid is None else np.where(valid, original, -np.inf)).max(axis=0),
        )

    def __add__(self, other: "BandSums") -> "BandSums":
        return BandSums(
            samples=self.samples + other.samples,
            squared_error=self.squared_error + other.squared_error,
            max_error=np.maximum(self.max_error, other.max_error),
            minimum=np.minimum(self.minimum, other.minimum),
            maximum=np.maximum(self.maximum, other.maximum),
        )

    def mse(self) -> Float64[np.ndarray, " bands"]:
        """Mean squared error of each band; 0 of one without samples."""
        return self.squared_error / np.maximum(self.samples, 1)

    def varies(self) -> Bool[np.ndarray, " bands"]:
        """True for the bands whose original is not one constant, over its valid samples."""
        return self.maximum > self.minimum
