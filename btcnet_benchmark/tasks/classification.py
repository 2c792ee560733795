"""Classification before and after compression, with class labels and without."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int
from numpy import ndarray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import train_test_split

from btcnet_benchmark.tasks.pixels import NotApplicableError, PixelPairs, pixel_labels

CLUSTERS = 8
COMPONENTS = 10
LEAST_PIXELS = 10
"""Fewest pixels of a class, and of a cluster on average."""

_SEED = 0


@dataclass(frozen=True)
class ClusterAgreement:
    """How many pixels stay in their cluster.

    Attributes:
        equal_share: share of pixels with the same cluster before and after, 0 to 1.
        adjusted_rand: adjusted Rand index of the two maps, 1 if equal, 0 on average by chance.
    """

    equal_share: float
    adjusted_rand: float


@dataclass(frozen=True)
class ClassAccuracy:
    """Share of test pixels given their own class.

    Attributes:
        before: on the original, 0 to 1.
        after: on the restored cube, by the same classifier.
        classes: number of classes.
        pixels: number of test pixels.
    """

    before: float
    after: float
    classes: int
    pixels: int


def compare_clusters(pixels: PixelPairs) -> ClusterAgreement:
    """Clusters of the original, and the same centers applied to the restored cube.

    k-means with 8 centers on the first 10 principal components of the original, or as many as it
    has bands; components and centers are the original's for both cubes. The seed is fixed.

    Args:
        pixels: original and restored spectra.

    Raises:
        NotApplicableError: fewer than 80 pixels, or fewer than 8 different ones.

    Source: Hubert and Arabie, J. Classif. 2, 1985 (adjusted Rand index).
    """
    count, bands = pixels.original.shape
    if count < CLUSTERS * LEAST_PIXELS:
        raise NotApplicableError(f"{count} pixels are too few for {CLUSTERS} clusters")
    components = PCA(min(COMPONENTS, bands), svd_solver="covariance_eigh").fit(pixels.original)
    projected = components.transform(pixels.original)
    if len(np.unique(projected, axis=0)) < CLUSTERS:
        raise NotApplicableError(f"the scene holds fewer than {CLUSTERS} different pixels")
    centers = KMeans(CLUSTERS, n_init=3, random_state=_SEED).fit(projected)
    before = centers.predict(projected)
    after = centers.predict(components.transform(pixels.restored))
    return ClusterAgreement(
        equal_share=float(np.mean(before == after)),
        adjusted_rand=float(adjusted_rand_score(before, after)),
    )


def compare_classes(pixels: PixelPairs, labels: Int[ndarray, "rows cols"] | None) -> ClassAccuracy:
    """Accuracy of a linear classifier, trained on the original, on pixels it has not seen.

    Linear discriminant analysis with a shrunk covariance (Ledoit and Wolf) learns from a random
    half of the labeled pixels of each class, with a fixed seed, and classifies the other half of
    both cubes. The halves are neighbors in space, so either accuracy is higher than on other
    ground; what compression changes is their difference.

    Args:
        pixels: original and restored spectra.
        labels: (rows, cols), class numbers above zero, zero or less for no label.

    Raises:
        NotApplicableError: no label map, or fewer than two classes of at least 10 pixels.
        ValueError: the label map has another shape than the scene.

    Source: Ledoit and Wolf, J. Portfolio Manage. 30(4), 2004 (shrinkage).
    """
    classes = pixel_labels(pixels, labels)
    labeled = np.flatnonzero(_usable(classes))
    numbers = np.unique(classes[labeled])
    if len(numbers) < 2:
        raise NotApplicableError(
            f"the label map holds fewer than two classes of {LEAST_PIXELS} pixels or more"
        )
    train, test = train_test_split(
        labeled, test_size=0.5, stratify=classes[labeled], random_state=_SEED
    )
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    model.fit(pixels.original[train], classes[train])
    before, after = (
        float(np.mean(model.predict(cube[test]) == classes[test]))
        for cube in (pixels.original, pixels.restored)
    )
    return ClassAccuracy(before, after, len(numbers), len(test))


def _usable(classes: Int[ndarray, " pixels"]) -> Bool[ndarray, " pixels"]:
    """True for pixels of the classes that are large enough to be learned and tested."""
    numbers, counts = np.unique(classes, return_counts=True)
    return np.isin(classes, numbers[(numbers > 0) & (counts >= LEAST_PIXELS)])
