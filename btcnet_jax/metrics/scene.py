"""Quality of a scene, whole or in blocks of rows, so that it need not fit into memory."""

import numpy as np
from jaxtyping import Bool, Num

from btcnet_jax.errors import CubeError
from btcnet_jax.metrics.angles import AngleSums
from btcnet_jax.metrics.bands import BandSums
from btcnet_jax.metrics.blocks import check_pair, data_range, pairs_of_rows
from btcnet_jax.metrics.quality import Quality


class QualityAccumulator:
    """Gathers the quality of a scene block by block, in float64.

    Args:
        band_mask: True for the good bands; the others are left out of every figure and may hold
            anything, NaN included. None keeps all.

    Source: BTC-Net V2 (IEEE, 2026), evaluation protocol.
    """

    def __init__(self, band_mask: Bool[np.ndarray, " mask"] | None = None) -> None:
        if band_mask is not None and not band_mask.any():
            raise CubeError("the band mask keeps no band: there is nothing to measure")
        self._mask = None if band_mask is None else band_mask.copy()
        self._kept: Bool[np.ndarray, " bands"] | None = None
        self._sums: BandSums | None = None
        self._angles = AngleSums()
        self._type_range: float | None = None

    def update(
        self, original: Num[np.ndarray, "rows cols bands"], restored: Num[np.ndarray, "..."]
    ) -> None:
        """Add a block of rows of both cubes.

        Args:
            original: denormalised block, any integer or floating-point dtype and any unit.
            restored: block of the same shape and unit; its dtype may differ.

        Raises:
            CubeError: other axes than (rows, cols, bands), no samples, shapes that differ, NaN or
                infinity in a band that the mask keeps, a mask or block of another band count, or
                integers of another width than before. The accumulator then stays as it was.
        """
        check_pair(original, restored)
        kept = self._kept_of(original.shape[-1])
        part = QualityAccumulator(self._mask)
        part._kept, part._type_range = kept, data_range(original.dtype)
        for first, second in pairs_of_rows(original, restored, kept):
            sums = BandSums.of(first, second)
            part._sums = sums if part._sums is None else part._sums + sums
            part._angles += AngleSums.of(first, second)
        self._take(part)

    def merge(self, other: "QualityAccumulator") -> "QualityAccumulator":
        """A new accumulator over the pixels of both; neither of the two changes.

        Raises:
            CubeError: the two differ in band count, band mask or width of the integer type.
        """
        if not np.array_equal(self._mask, other._mask):  # type: ignore[arg-type]
            raise CubeError("the two have different band masks: they are of two scenes")
        merged = QualityAccumulator(self._mask)
        for part in (self, other):
            merged._take(part)
        return merged

    def result(self) -> Quality:
        """The quality of all blocks so far.

        Raises:
            CubeError: no block was given.
        """
        if self._sums is None or self._kept is None:
            raise CubeError("no pixel was measured: give at least one block of both cubes")
        return Quality.of(self._sums, self._angles, kept=self._kept, type_range=self._type_range)

    def _kept_of(self, bands: int) -> Bool[np.ndarray, " bands"]:
        kept = np.ones(bands, dtype=bool) if self._mask is None else self._mask
        if len(kept) != bands:
            raise CubeError(f"the band mask is for {len(kept)} bands, but the cube has {bands}")
        return kept

    def _take(self, part: "QualityAccumulator") -> None:
        """Add another accumulator's pixels to this one."""
        if part._sums is None or part._kept is None:
            return
        if self._kept is not None:
            _check_alike(self, part)
        self._kept, self._type_range = part._kept, part._type_range
        self._sums = part._sums if self._sums is None else self._sums + part._sums
        self._angles += part._angles


def measure_quality(
    original: Num[np.ndarray, "rows cols bands"],
    restored: Num[np.ndarray, "..."],
    *,
    band_mask: Bool[np.ndarray, " mask"] | None = None,
) -> Quality:
    """Quality of a whole restored cube; see `Quality` for the figures.

    Args:
        original: denormalised cube, any integer or floating-point dtype and any unit.
        restored: cube of the same shape and unit; its dtype may differ.
        band_mask: True for the good bands; None keeps all.

    Raises:
        CubeError: as `QualityAccumulator.update`.
    """
    accumulator = QualityAccumulator(band_mask)
    accumulator.update(original, restored)
    return accumulator.result()


def _check_alike(whole: QualityAccumulator, part: QualityAccumulator) -> None:
    if whole._kept is None or part._kept is None or len(whole._kept) != len(part._kept):
        raise CubeError("the blocks differ in their number of bands: they are of two scenes")
    if whole._type_range != part._type_range:
        raise CubeError("the blocks differ in their data type: give all blocks in one dtype")
