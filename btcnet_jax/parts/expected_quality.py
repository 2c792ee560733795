"""The quality that is expected of a step, from a sample of the scene: roughly, but with the right course.

What it leaves out is nearly alike at all steps: the details that a network restores, how symbols are chosen.
"""

import math

import numpy as np
from jaxtyping import Float64

from btcnet_jax.parts.spectral_plan import SpectralPlan

_TINY = 1e-300
# What restored details, and symbols that are chosen together, add on real scenes, about: dB, and a logarithm.
_PSNR, _ANGLE = 1.5, 0.27


class ExpectedPsnr:
    """Of the mean over bands of the PSNR, dB above a target.

    Args:
        peaks: of the bands, in the unit of deviations.
        db: the target.
    """

    def __init__(self, peaks: Float64[np.ndarray, " bands"], db: float) -> None:
        self._counted = peaks > 0
        self._peak = (
            20 * float(np.log10(peaks[self._counted]).mean()) if self._counted.any() else 0.0
        )
        self._db = db

    def __call__(self, errors: Float64[np.ndarray, " components"], plan: SpectralPlan) -> float:
        """The margin, of the components' errors."""
        left = (errors @ np.square(plan.synthesis))[self._counted]
        lost = 10 * float(np.log10(np.maximum(left, _TINY)).mean()) if left.size else 0.0
        return self._peak - lost - self._db + _PSNR


class ExpectedAngle:
    """Of the mean spectral angle: the logarithm of a target over it.

    Args:
        blocks: deviations from the band means, of some blocks.
        zero: added to these it gives spectra in the same unit.
        degrees: the target.

    Source: the square of a small angle is e (I - u u^T) e^T / |x|^2 for a spectrum x = |x| u and an error e.
    """

    def __init__(
        self,
        blocks: Float64[np.ndarray, "blocks 16 bands"],
        zero: Float64[np.ndarray, " bands"],
        degrees: float,
    ) -> None:
        spectra = blocks.reshape(-1, blocks.shape[2]) + zero
        squares = np.square(spectra).sum(axis=1)
        spectra, squares = spectra[squares > 0], squares[squares > 0]
        count = max(len(squares), 1)
        across = (spectra / np.square(squares)[:, None]).T @ spectra / count
        self._metric = np.eye(len(across)) * (np.sum(1 / squares) / count) - across
        self._radians = math.radians(degrees)

    def __call__(self, errors: Float64[np.ndarray, " components"], plan: SpectralPlan) -> float:
        """The margin, of the components' errors."""
        synthesis = plan.synthesis
        each = np.einsum("cb,cb->c", synthesis @ self._metric, synthesis)
        square = float(errors @ np.maximum(each, 0))
        return math.log(self._radians / math.sqrt(max(square, _TINY))) + _ANGLE
