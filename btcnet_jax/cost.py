"""What an encoder computes, counted while it does: by stage, all trials included, and what one file would take.

An operation is a multiply-add of a matrix product, or in an array that is worked through element by element an
addition, multiplication, comparison, choice or table lookup: each of them one, as the code does them.
Addresses, copies, conversions, sorting, and what is done once a band or an entry of the basis are not counted.
"""

from collections.abc import Mapping
from enum import StrEnum

JUDGE, COMMIT = 299, 67
"""Operations of the contexts of a coefficient, and of entering it: means over the 16 positions, counted on the
model over whole arrays in the tests (where a block's later positions stand as zeros). Entering is for a symbol
that is not zero; others take 40 less."""
LENGTH, CHOOSE = 14, 65
"""Operations of a symbol's code length, and of choosing among three candidates, their lengths included."""
CHOOSE_PATH = 230
"""Operations a symbol of choosing the best path through two quantizers: tables of both, six candidates and two
ways from each of eight states; counted in the code by hand."""
SURPRISE = 62
"""Operations a symbol of how surprising those around were, and of noting how far it was itself from what was
expected; counted in the code by hand."""
CODE = 30
"""Operations of writing a symbol: 22 to its table and back, and about 8 of the range coder."""
EXTREMES, VARYING, NORMALIZE = 2, 2, 2
"""Operations a sample: least and greatest value, bands of one value, and from values to the range."""
DEAD_ZONE = 4
"""Operations of quantizing a coefficient with a dead zone."""


def symbol_operations(contexts: bool) -> int:
    """Operations of coding a symbol of a network's latent, by contexts or by a table alone."""
    return CODE + (JUDGE + COMMIT if contexts else 0)


class Stage(StrEnum):
    """Parts of an encoder's work."""

    READING = "reading"  # range, bands that vary, normalization
    STATISTICS = (
        "statistics"  # band means; covariance, of a sample of the pixels, and which stand out
    )
    EIGENVECTORS = "eigenvectors"
    WEIGHTS = "weights"  # of the bands, and a first step: on the sample
    SELECTION = (
        "selection"  # of the components that are worth their bits: on the sample, or by trial
    )
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
        """Enters what was computed; what trials repeat is to be settled."""
        for counts in (self.total, self.once):
            counts[stage] = counts.get(stage, 0.0) + operations

    def settle(self, once: Mapping[Stage, float | int]) -> None:
        """Of several trials, these are what the file took."""
        self.once.update(once)

    def per_sample(self, samples: int) -> tuple[dict[str, float], dict[str, float]]:
        """`total` and `once` over the samples of the scene."""
        total = {str(stage): count / samples for stage, count in self.total.items()}
        return total, {str(stage): count / samples for stage, count in self.once.items()}


def eigendecomposition(size: int) -> float:
    """Multiply-adds of a symmetric eigendecomposition with vectors.

    Of the textbook's algorithm; LAPACK's, which divides and conquers, takes less, by how much it can leave out.

    Source: Golub & Van Loan, Matrix Computations, 4th ed., section 8.3: 9 n^3 flops.
    """
    return 4.5 * size**3


def linear_solve(size: int, right_sides: int) -> float:
    """Multiply-adds of solving a linear system by factorization.

    Source: Golub & Van Loan, section 3.2: 2 n^3 / 3 flops, and 2 n^2 for each right side.
    """
    return size**3 / 3 + size**2 * right_sides


def least_squares(size: int, right_sides: int) -> float:
    """Multiply-adds of solving a square system of any rank by singular values.

    Source: Golub & Van Loan, section 8.6: 21 n^3 flops, and 4 n^2 for each right side.
    """
    return 10.5 * size**3 + 2 * size**2 * right_sides
