"""Irregular grids of parcels: fields of a farm, blocks and lots of a town."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from data_pipeline.synthetic.fields import coverage


@dataclass(frozen=True)
class Parcels:
    """A partition of the plane into rectangles of one orientation.

    Attributes:
        label: index of the parcel of each pixel, int64, shape (rows, cols).
        count: labels are below this.
        across, along: offset of each pixel from the center of its parcel in pixels, float32.
        half_width, half_length: half the size of the pixel's parcel in pixels, float32.
    """

    label: Int[ndarray, "rows cols"]
    count: int
    across: Float[ndarray, "rows cols"]
    along: Float[ndarray, "rows cols"]
    half_width: Float[ndarray, "rows cols"]
    half_length: Float[ndarray, "rows cols"]

    def borders(self, width: float) -> Float[ndarray, "rows cols"]:
        """Return how much of each pixel lies on a border strip `width` pixels wide."""
        inside = np.minimum(
            self.half_width - np.abs(self.across), self.half_length - np.abs(self.along)
        )
        return coverage(np.float32(width / 2) - inside)

    def rectangles(
        self, fill: float, probability: float, rng: np.random.Generator
    ) -> Float[ndarray, "rows cols"]:
        """Return how much of each pixel is covered by one rectangle in some of the parcels.

        `fill` is the mean side of a rectangle as a fraction of the parcel's side.
        """
        built = rng.uniform(size=self.count) < probability
        sides = np.clip(fill * rng.uniform(0.6, 1.4, (2, self.count)), 0, 0.95).astype(np.float32)
        covered = coverage(self.half_width * sides[0][self.label] - np.abs(self.across))
        covered *= coverage(self.half_length * sides[1][self.label] - np.abs(self.along))
        return covered * built[self.label]


def rotated_axes(
    rows: int, cols: int, angle: float
) -> tuple[Float[ndarray, "{rows} {cols}"], Float[ndarray, "{rows} {cols}"]]:
    """Return float32 pixel coordinates across and along an axis at `angle` radians."""
    down = np.arange(rows, dtype=np.float32)[:, None] - np.float32(rows / 2)
    right = np.arange(cols, dtype=np.float32)[None] - np.float32(cols / 2)
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return cosine * right + sine * down, cosine * down - sine * right


def irregular_parcels(
    rows: int, cols: int, size: float, angle: float, rng: np.random.Generator
) -> Parcels:
    """Cut the plane into strips of random width, and every strip into parcels of its own length.

    Args:
        rows, cols: shape of the plane.
        size: mean width of a strip in pixels.
        angle: direction of the strips in radians.
        rng: the random stream.
    """
    across, along = rotated_axes(rows, cols, angle)
    reach = float(np.hypot(rows, cols)) / 2 + 2 * size
    strips = int(np.ceil(2 * reach / (0.5 * size)))
    edges = np.cumsum(rng.uniform(0.5, 1.5, strips + 1) * size).astype(np.float32) - reach
    strip = np.clip(np.searchsorted(edges, across, side="right") - 1, 0, strips - 1)
    half_width = (np.diff(edges) / 2).astype(np.float32)[strip]
    lengths = (rng.uniform(0.7, 2.0, strips) * size).astype(np.float32)
    place = (along + np.float32(reach + size)) / lengths[strip]
    place += rng.uniform(size=strips).astype(np.float32)[strip]
    block = np.floor(place).astype(np.int64)
    deepest = int(block.max()) + 1
    return Parcels(
        label=strip * deepest + block,
        count=strips * deepest,
        across=across - edges[strip] - half_width,
        along=(place - block - np.float32(0.5)) * lengths[strip],
        half_width=half_width,
        half_length=lengths[strip] / 2,
    )
