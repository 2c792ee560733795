"""What must be known of a scene besides the samples of its varying bands, to restore them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Num

from btcnet_jax.scene.constant_bands import find_constants
from btcnet_jax.scene.missing_samples import Missing, find_missing
from btcnet_jax.scene.part import Part
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.value_range import ValueRange, denormalize, require_range


@dataclass(frozen=True, eq=False)
class SceneFacts:
    """Shape, type, range, constant bands and missing samples of a scene.

    Attributes:
        shape: rows, columns, bands.
        dtype: of the samples.
        value_range: of all samples that are data.
        varying: True for bands whose data are of more than one value.
        fill: what the data of the other bands hold, in the samples' type; of varying bands it is not used.
        missing: the samples that are no data; None where all are.
        good: False for bands that the scene's own list calls bad; a file does not keep it here.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype
    value_range: ValueRange
    varying: Bool[np.ndarray, " bands"]
    fill: Num[np.ndarray, " bands"]
    missing: Missing | None = None
    good: Bool[np.ndarray, " bands"] | None = None

    @classmethod
    def of(cls, scene: Scene, *, constant_bands: bool) -> "SceneFacts":
        """The facts of a scene that can be compressed.

        Args:
            scene: any; samples that are no data enter nothing but `missing`.
            constant_bands: whether bands of one value are kept apart; else all bands count as varying.

        Raises:
            CubeError: one value throughout where constant bands are not kept apart, or a range that
                float64 cannot hold.
            DataError: no sample is data where constant bands are not kept apart.
        """
        values = scene.values
        missing = find_missing(scene)
        value_range = require_range(values, missing, constant=constant_bands)
        rows, cols, bands = values.shape
        varying, fill = find_constants(values, missing)
        if not constant_bands:
            varying = np.ones(bands, dtype=bool)
        shape = (rows, cols, bands)
        return cls(shape, values.dtype, value_range, varying, fill, missing, scene.band_mask)

    def part(self, part: Part) -> "SceneFacts":
        """The facts of a part; its range stays that of the whole scene."""
        bands, missing, good = part.bands, self.missing, self.good
        return SceneFacts(
            part.shape,
            self.dtype,
            self.value_range,
            self.varying[bands],
            self.fill[bands],
            None if missing is None else missing.part(part.rows, part.cols, bands),
            None if good is None else good[bands],
        )

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
        self.place(denormalize(normalized, self.value_range, self.dtype), window)

    def place(
        self,
        values: Num[np.ndarray, "rows cols varying"],
        window: Num[np.ndarray, "rows cols bands"],
    ) -> None:
        """Set the varying bands of a window of what `blank` gave to samples of theirs."""
        if self.varying.all():
            window[...] = values
        else:
            window[..., self.varying] = values
