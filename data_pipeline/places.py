"""Where patches of a scene can lie: where no sample is missing."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64, Num

from btcnet_jax.errors import DataError
from btcnet_jax.scene.checks import number_ranges
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.valid import BandExtremes, complete_pixels


@dataclass(frozen=True, eq=False)
class PatchPlaces:
    """A scene and the places of its patches.

    Attributes:
        values: of the scene.
        minimum, maximum: of its valid samples.
        patch: rows and columns of a patch.
    """

    values: Num[np.ndarray, "rows cols bands"]
    minimum: int | float
    maximum: int | float
    patch: tuple[int, int]
    # Places in reading order, or None where all are free: then none need be kept.
    _free: Int64[np.ndarray, " corners"] | None

    @classmethod
    def of(
        cls, scene: Scene | Num[np.ndarray, "rows cols bands"], patch: tuple[int, int], name: str
    ) -> "PatchPlaces":
        """The places of a scene at least as large as a patch.

        Args:
            scene: or its samples alone, of which NaN and infinite ones are missing.
            patch: rows and columns of a patch.
            name: what to call the scene in the message.

        Raises:
            DataError: no patch is without missing samples.
        """
        scene = scene if isinstance(scene, Scene) else Scene(values=scene)
        complete = complete_pixels(scene)
        free = None if complete.all() else np.flatnonzero(free_corners(complete, patch))
        extremes = BandExtremes.of_scene(scene)
        if free is not None and not len(free):
            raise DataError(_no_place(extremes, patch, name))
        return cls(scene.values, *extremes.range(), patch, free)

    def draw(self, rng: np.random.Generator) -> tuple[int, int]:
        """Upper left corner (row, column) of a patch, each place as likely as any other."""
        rows, cols = self._corners
        if self._free is None:
            row = int(rng.integers(rows))
            return row, int(rng.integers(cols))
        row, col = divmod(int(self._free[rng.integers(len(self._free))]), cols)
        return row, col

    def middle(self) -> tuple[int, int]:
        """The place nearest the middle of the scene; of equally near ones the first."""
        rows, cols = self._corners
        row, col = (rows - 1) // 2, (cols - 1) // 2
        if self._free is None:
            return row, col
        away = np.square(self._free // cols - row) + np.square(self._free % cols - col)
        row, col = divmod(int(self._free[away.argmin()]), cols)
        return row, col

    def crop(self, corner: tuple[int, int]) -> Num[np.ndarray, "patch_rows patch_cols bands"]:
        """The patch at a place, not copied."""
        (row, col), (rows, cols) = corner, self.patch
        return self.values[row : row + rows, col : col + cols]

    @property
    def _corners(self) -> tuple[int, int]:
        return self.values.shape[0] - self.patch[0] + 1, self.values.shape[1] - self.patch[1] + 1


def free_corners(
    complete: Bool[np.ndarray, "rows cols"], patch: tuple[int, int]
) -> Bool[np.ndarray, "corner_rows corner_cols"]:
    """True for corners of patches that lie in complete pixels throughout."""
    rows, cols = patch
    sums = np.zeros((complete.shape[0] + 1, complete.shape[1] + 1), np.int64)
    np.cumsum(np.cumsum(~complete, axis=0, dtype=np.int64), axis=1, out=sums[1:, 1:])
    missing = sums[rows:, cols:] - sums[:-rows, cols:] - sums[rows:, :-cols] + sums[:-rows, :-cols]
    return missing == 0


def _no_place(extremes: BandExtremes, patch: tuple[int, int], name: str) -> str:
    words = f"{name}: no patch of {patch[0]} x {patch[1]} has data in every pixel and band"
    empty = np.flatnonzero(extremes.samples == 0) + 1
    if len(empty):
        verb = "band has" if len(empty) == 1 else "bands have"
        return (
            f"{words}: {len(empty)} {verb} none at all: {number_ranges(empty)} (counting from 1);"
            f" remove these bands or leave the scene out"
        )
    return (
        f"{words}; lower --config.data.patch_rows/--config.data.patch_cols, or leave the scene out"
    )
