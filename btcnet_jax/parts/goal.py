"""What the universal codec's transform is made best for, and what an error counts then.

- PSNR: the published one is a mean of logarithms over bands, so an error counts by how large it is beside the
  band's whole error: each band is weighted by the inverse of the error that remains in it. That depends on the
  quantization step, and the step on the rate, so that some passes find them together. The last of it is dear:
  weights to the power of 0.95 give the same PSNR with a smaller squared error and spectral angle.
- BALANCED: weights to the power of 0.8, the most at which PSNR, RMSE and spectral angle were each better than
  those of KLT + JPEG 2000 on all validation scenes (docs/EXPERIMENTS.md).
- RMSE: the squared error of all samples: weights to the power of 0.
- SAM: the spectral angle. It does not see an error along the spectrum itself, and sees one across it by how
  large it is beside the spectrum: the square of a small angle is e (I - u u^T) e^T / |x|^2 for a spectrum
  x = |x| u and an error e. One transform serves all pixels, so what counts is the mean of these matrices.
"""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64

from btcnet_jax.container.header import Objective

PASSES = 2
"""How often a light encoder corrects the weights of bands, where it weighs them."""
_FULL_PASSES = 8

# Of the weights; goals that are not here leave bands unweighted.
_POWERS = {Objective.PSNR: 0.95, Objective.BALANCED: 0.8}

# Least of a metric's eigenvalues, whose greatest are 1: brightness is not given up altogether.
_LEAST = 1 / 64
# Spectra darker than this share of all count as dark as that: noise has no direction.
_DARK = 0.02
# Operations a sample of lengths, directions and their weights.
_DIRECTIONS = 4


class Metric(NamedTuple):
    """What an error of all bands together counts: its squared length after `root`, a symmetric matrix."""

    root: Float64[np.ndarray, "bands bands"]
    inverse: Float64[np.ndarray, "bands bands"]


class Effort(StrEnum):
    """How much an encoder may compute; `--effort` and `load(effort=...)` take the values.

    LIGHT is as little as the published encoder, to fly: a covariance of some of the pixels, few passes and
    trials, components only as many as its multiply-adds suffice for. Such a sample costs little PSNR, but 1 %
    of RMSE where a scene ends in noise: of many components of one variance those of the sample are not those
    of the scene. FULL is all that pays for its time, on the ground: statistics of all pixels, more passes and
    trials, and in scenes of a single tile symbols chosen beside what the decoder's network will add to them.
    MOST is that in scenes of any size, which takes two to three times as long for some 0.04 dB.
    """

    LIGHT = "light"
    FULL = "full"
    MOST = "most"


class Goal(NamedTuple):
    """What a plan is made best for.

    Attributes:
        objective: of the mean over the scene.
        good: False for bands that weigh least; None where all are good.
        zero: added to deviations it gives spectra, in units of the range; for SAM alone.
        effort: that it may take.
    """

    objective: Objective = Objective.BALANCED
    good: Bool[np.ndarray, " bands"] | None = None
    zero: Float64[np.ndarray, " bands"] | float = 0.0
    effort: Effort = Effort.LIGHT

    @property
    def passes(self) -> int:
        """How often the weights of bands are corrected."""
        if not self.power:
            return 0
        return PASSES if self.light else _FULL_PASSES

    @property
    def power(self) -> float:
        """Of bands' weights, 0 to 1."""
        return _POWERS.get(self.objective, 0.0)

    @property
    def light(self) -> bool:
        """Whether the encoder is to stay light enough to fly."""
        return self.effort == Effort.LIGHT

    @property
    def eigendecompositions(self) -> int:
        """Of matrices of all bands: one a transform, and one of a metric."""
        return self.passes + 1 + (self.objective == Objective.SAM)

    def metric_operations(self, pixels: int, bands: int) -> float:
        """Operations of `angle_metric`, where it is needed, and of weighting a covariance by it."""
        if self.objective != Objective.SAM:
            return 0.0
        return pixels * bands * ((bands + 1) / 2 + _DIRECTIONS) + 6.0 * bands**3


BALANCED = Goal()


def angle_metric(spectra: Float64[np.ndarray, "blocks 16 bands"]) -> Metric:
    """The metric of spectral angles, mean over spectra.

    Args:
        spectra: as they are, not deviations.
    """
    spectra = spectra.reshape(-1, spectra.shape[2])
    lengths = np.linalg.norm(spectra, axis=1)
    lengths = np.maximum(lengths, max(np.quantile(lengths, _DARK), 1e-150))
    counts = np.square(lengths.min() / lengths)
    directions = spectra / lengths[:, None]
    along = (directions.T * (counts / counts.sum())) @ directions
    values, vectors = np.linalg.eigh(np.eye(len(along)) - along)
    roots = np.sqrt(np.maximum(values, _LEAST))
    return Metric((vectors * roots) @ vectors.T, (vectors / roots) @ vectors.T)
