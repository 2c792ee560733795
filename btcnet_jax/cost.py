"""What an encoder computes, counted while it does: by stage, all trials included, and what one file would take.

An operation is a multiply-add of linear algebra, or in the contexts an integer addition, multiplication or
table lookup. Memory, sorting and what is done once a band are not counted.
"""

from collections.abc import Mapping
from enum import StrEnum

JUDGE, COMMIT = 148, 41
"""Operations of the contexts of a coefficient, and of entering it, a mean over the 16 positions: gradients 8,
neighbors 20, the block so far 21, earlier components 23, patterns 61, expectation 7, scale 14 and 11
logarithms; energy and products of the patterns (counted in `coding.context`)."""
LENGTH, CODE = 6, 10
"""Operations of a code length, and of the range coder for a symbol."""


class Stage(StrEnum):
    """Parts of an encoder's work."""

    STATISTICS = "statistics"  # band means; covariance, of a sample of the blocks
    EIGENVECTORS = "eigenvectors"
    WEIGHTS = "weights"  # of the bands, and a first step: on the sample
    PROJECTION = "projection"  # to components
    TRANSFORM = "transform"  # of blocks, a network's convolutions, or a wavelet
    QUANTIZATION = "quantization"  # rate-distortion optimized: contexts of each candidate
    MATRIX = "matrix"  # fit of the synthesis matrix
    CODING = "coding"  # contexts once more, and the range coder


class Tally:
    """Counts operations.

    Attributes:
        total: of each stage, everything that was computed.
        once: of each stage, what the file took that came out: its own trial alone.
    """

    def __init__(self) -> None:
        self.total: dict[Stage, float] = {}
        self.once: dict[Stage, float] = {}

    def add(self, stage: Stage, operations: float | int) -> None:
        """Enters what was computed; what is computed again takes the place of what `once` says."""
        self.total[stage] = self.total.get(stage, 0.0) + operations
        self.once[stage] = operations

    def settle(self, once: Mapping[Stage, float | int]) -> None:
        """Of several trials, these are what the file took."""
        self.once.update(once)

    def per_sample(self, samples: int) -> tuple[dict[str, float], dict[str, float]]:
        """`total` and `once` over the samples of the scene."""
        total = {str(stage): count / samples for stage, count in self.total.items()}
        return total, {str(stage): count / samples for stage, count in self.once.items()}


def eigendecomposition(size: int) -> float:
    """Multiply-adds of a symmetric eigendecomposition with vectors.

    Source: Golub & Van Loan, Matrix Computations, 4th ed., section 8.3: 9 n^3 flops.
    """
    return 4.5 * size**3


def linear_solve(size: int, right_sides: int) -> float:
    """Multiply-adds of solving a linear system by factorization."""
    return size**3 / 3 + size**2 * right_sides
