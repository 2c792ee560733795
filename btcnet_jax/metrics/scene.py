"""Quality of a scene, whole or in blocks of rows, so that it need not fit into memory."""

import dataclasses

import numpy as np
from jaxtyping import Bool, Num

from btcnet_jax.errors import CubeError
from btcnet_jax.metrics.angles import AngleSums
from btcnet_jax.metrics.bands import BandSums
from btcnet_jax.metrics.blocks import check_pair, data_range, pairs_of_rows, valid_samples
from btcnet_jax.metrics.quality import Quality


class QualityAccumulator:
    """Gathers the quality of a scene block by block, in float64.

    A pixel has a spectral angle where all bands that the mask keeps are valid: leave a band that is
    missing throughout the scene out with the mask, or no pixel has one.

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
        self,
        original: Num[np.ndarray, "rows cols bands"],
        restored: Num[np.ndarray, "..."],
        *,
        valid: Bool[np.ndarray, "..."] | None = None,
    ) -> None:
        """Add a block of rows of both cubes.

        Args:
            original: denormalised block, any integer or floating-point dtype and any unit.
            restored: block of the same shape and unit; its dtype may differ.
            valid: True for samples that are data, (rows, cols, bands) or (rows, cols); the others
                enter no figure and may hold anything in both blocks. None where all are.

        Raises:
            CubeError: other axes than (rows, cols, bands), no samples, shapes that differ, NaN or
                infinity in a valid sample of a band that the mask keeps, a mask or block of another
                band count, a mask of samples that does not fit, or integers of another width than
                before. The accumulator then stays as it was.
        """
        check_pair(original, restored)
        kept = self._kept_of(original.shape[-1])
        part = QualityAccumulator(self._mask)
        part._kept, part._type_range = kept, data_range(original.dtype)
        samples = valid_samples(valid, original.shape)
        for first, second, apart, data in pairs_of_rows(original, restored, kept, samples):
            sums = BandSums.of(first, second, data, apart)
            part._sums = sums if part._sums is None else part._sums + sums
            whole = None if data is None else np.asarray(data.all(axis=1))
            part._angles += AngleSums.of(first, second, whole)
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
            CubeError: no block was given, or no sample of them is valid.
        """
        if self._sums is None or self._kept is None:
            raise CubeError("no pixel was measured: give at least one block of both cubes")
        if not self._sums.samples.any():
            raise CubeError("no sample is valid: there is nothing to measure")
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
    valid: Bool[np.ndarray, "..."] | None = None,
    band_mask: Bool[np.ndarray, " mask"] | None = None,
) -> Quality:
    """Quality of a whole restored cube; see `Quality` for the figures.

    Args:
        original: denormalised cube, any integer or floating-point dtype and any unit.
        restored: cube of the same shape and unit; its dtype may differ.
        valid: True for samples that are data, (rows, cols, bands) or (rows, cols), as `Scene.valid`
            gives them; None where all are. Bands without any are left out of every figure.
        band_mask: True for the good bands; None keeps all.

    Raises:
        CubeError: as of `QualityAccumulator`.
    """
    check_pair(original, restored)
    samples = valid_samples(valid, original.shape)
    if samples is None:
        return _measured(original, restored, None, band_mask)
    present = np.asarray(samples.any(axis=(0, 1)))
    kept = np.ones(len(present), dtype=bool) if band_mask is None else band_mask
    if len(kept) != len(present) or not (kept & present).any():
        # A mask of other bands or nothing to measure: told apart, and refused, there.
        return _measured(original, restored, samples, band_mask)
    quality = _measured(original, restored, samples, kept & present)
    return counting_missing(quality, int((kept & ~present).sum()))


def counting_missing(quality: Quality, missing: int) -> Quality:
    """Quality measured without so many bands that have no data, as of a scene that has them."""
    return dataclasses.replace(
        quality,
        bands_masked=quality.bands_masked - missing,
        bands_missing=missing,
        samples_missing=quality.samples_missing + missing * quality.pixels,
    )


def _measured(
    original: np.ndarray,
    restored: np.ndarray,
    valid: np.ndarray | None,
    band_mask: np.ndarray | None,
) -> Quality:
    accumulator = QualityAccumulator(band_mask)
    accumulator.update(original, restored, valid=valid)
    return accumulator.result()


def _check_alike(whole: QualityAccumulator, part: QualityAccumulator) -> None:
    if whole._kept is None or part._kept is None or len(whole._kept) != len(part._kept):
        raise CubeError("the blocks differ in their number of bands: they are of two scenes")
    if whole._type_range != part._type_range:
        raise CubeError("the blocks differ in their data type: give all blocks in one dtype")
