"""Anomaly detection before and after compression: the global RX detector."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int
from numpy import ndarray
from sklearn.metrics import roc_auc_score

from btcnet_benchmark.tasks.pixels import NotApplicableError, PixelPairs, pixel_labels


@dataclass(frozen=True, kw_only=True)
class AnomalyDetection:
    """How well RX separates labeled anomalies from the background: areas under ROC curves.

    Areas are 0 to 1, and 0.5 is chance. One after compression can be the higher one: RX weighs all
    directions alike, and compression removes the noisy ones first.

    Attributes:
        auc_before, auc_after: of textbook RX on the original and on the restored cube.
        robust_auc_before, robust_auc_after: of RX that weighs no direction more than noise.
        anomalies: labeled pixels.
    """

    auc_before: float
    auc_after: float
    robust_auc_before: float
    robust_auc_after: float
    anomalies: int


def compare_anomalies(
    pixels: PixelPairs, labels: Int[ndarray, "rows cols"] | None
) -> AnomalyDetection:
    """RX on the original and, wholly anew, on the restored cube, against a label map.

    Mean and covariance are each cube's own, as for a user who has the restored cube only. Two
    floors of the eigenvalues, both taken from the original, keep a restored cube of low rank from
    being divided by nothing:

    - textbook: the original's smallest eigenvalue. On the original it changes nothing: its area is
      that of the detector as published. But the rounding of a restored cube to integers, a
      variance of 1/12 in each of the directions that compression emptied, is about as large, and
      then drowns what was kept.
    - robust: the original's median eigenvalue. As scenes span far fewer dimensions than they have
      bands, half of the directions hold nothing but noise, and this is its variance. What lies
      below the original's noise, such as rounding, hardly counts.

    Args:
        pixels: original and restored spectra.
        labels: (rows, cols), above zero for an anomaly.

    Raises:
        NotApplicableError: no label map, none or only anomalies in it, several classes, or so few
            pixels that the covariance is singular.
        ValueError: the label map has another shape than the scene.

    Source: Reed and Yu, IEEE Trans. ASSP 38(10), 1990. Area: Fawcett, Pattern Recogn. Lett. 27, 2006.
    """
    numbers = pixel_labels(pixels, labels)
    _check(numbers, pixels)
    anomalous = numbers > 0
    floors = variance_floors(pixels.original)
    (before, robust_before), (after, robust_after) = (
        [float(roc_auc_score(anomalous, scores)) for scores in rx_scores(cube, floors)]
        for cube in (pixels.original, pixels.restored)
    )
    return AnomalyDetection(
        auc_before=before,
        auc_after=after,
        robust_auc_before=robust_before,
        robust_auc_after=robust_after,
        anomalies=int(anomalous.sum()),
    )


def rx_scores(
    spectra: Float64[ndarray, "pixels bands"], floors: Sequence[float]
) -> Float64[ndarray, "floors pixels"]:
    """Squared Mahalanobis distance of each pixel from the mean of all, for each of some floors.

    Args:
        spectra: pixels of one cube, any unit.
        floors: least eigenvalues of the covariance, above zero, in the unit's square; smaller ones
            are raised to it, so that the inverse exists whatever the rank.

    Returns:
        Scores of at least 0, without unit; high for a pixel unlike the others.

    Source: Reed and Yu, IEEE Trans. ASSP 38(10), 1990, with the covariance of the whole scene.
    """
    centered = spectra - spectra.mean(axis=0)
    variances, directions = _principal_axes(centered)
    weights = 1 / np.maximum(variances, np.array(floors)[:, None])
    scores: Float64[ndarray, "floors pixels"] = weights @ np.square(centered @ directions).T
    return scores


def variance_floors(spectra: Float64[ndarray, "pixels bands"]) -> tuple[float, float]:
    """Smallest and median of the covariance's eigenvalues that float64 tells from zero.

    Args:
        spectra: pixels of one cube, not all equal.
    """
    variances, _ = _principal_axes(spectra - spectra.mean(axis=0))
    # As in numpy.linalg.matrix_rank.
    resolved = variances[variances > variances[-1] * len(variances) * np.finfo(np.float64).eps]
    return float(resolved[0]), float(np.median(resolved))


def _principal_axes(
    centered: Float64[ndarray, "pixels bands"],
) -> tuple[Float64[ndarray, " bands"], Float64[ndarray, "bands bands"]]:
    """Eigenvalues of the covariance, increasing, and its eigenvectors as columns."""
    variances, directions = np.linalg.eigh(centered.T @ centered / (len(centered) - 1))
    return variances, directions


def _check(labels: Int[ndarray, " pixels"], pixels: PixelPairs) -> None:
    anomalous = labels > 0
    if len(np.unique(labels[anomalous])) > 1:
        raise NotApplicableError("the label map holds several classes, not anomalies")
    if not anomalous.any() or anomalous.all():
        raise NotApplicableError("the label map does not hold both anomalies and background")
    count, bands = pixels.original.shape
    # Up to one pixel more than bands, all are equally far from their mean.
    if count <= bands + 1:
        raise NotApplicableError(f"{count} pixels are too few for a covariance of {bands} bands")
