"""What must be known of a scene besides the samples of its varying bands, to restore them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Num, Shaped

from btcnet_jax.scene.constant_bands import find_varying
from btcnet_jax.scene.value_range import ValueRange, denormalize, require_range


@dataclass(frozen=True, eq=False)
class SceneFacts:
    """Shape, type, range and constant bands of a scene.

    Attributes:
        shape: rows, columns, bands.
        dtype: of the samples.
        value_range: of all samples.
        varying: True for bands of more than one value.
        fill: what the other bands hold, in the samples' type; those of varying bands are not used.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype
    value_range: ValueRange
    varying: Bool[np.ndarray, " bands"]
    fill: Num[np.ndarray, " bands"]

    @classmethod
    def of(cls, values: Shaped[np.ndarray, "..."], *, constant_bands: bool) -> "SceneFacts":
        """The facts of a scene that can be compressed.

        Args:
            values: (rows, cols, bands).
            constant_bands: whether bands of one value are kept apart; else all bands count as varying.

        Raises:
            CubeError: no cube, NaN or infinite values, one value throughout.
        """
        value_range = require_range(values)
        rows, cols, bands = values.shape
        varying = find_varying(values) if constant_bands else np.ones(bands, dtype=bool)
        return cls((rows, cols, bands), values.dtype, value_range, varying, values[0, 0])

    def blank(self) -> Num[np.ndarray, "rows cols bands"]:
        """A cube whose constant bands are there; the others are not set."""
        cube = np.empty(self.shape, self.dtype)
        constant = ~self.varying
        if constant.any():
            cube[..., constant] = self.fill[constant]
        return cube

    def restore(
        self,
        normalized: Float[np.ndarray, "rows cols varying"],
        window: Num[np.ndarray, "rows cols bands"],
    ) -> None:
        """Set the varying bands of a window of the cube.

        Args:
            normalized: samples of the varying bands, the scene's range mapped to [0, 1].
            window: of what `blank` gave.
        """
        values = denormalize(normalized, self.value_range, self.dtype)
        if self.varying.all():
            window[...] = values
        else:
            window[..., self.varying] = values
