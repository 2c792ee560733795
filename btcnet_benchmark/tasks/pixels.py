"""The pixels and bands two cubes can be compared on: what is missing or constant is left out."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int, Num
from numpy import ndarray

from btcnet_jax.metrics.blocks import check_pair
from btcnet_jax.scene.scene import Scene


class NotApplicableError(ValueError):
    """A task that this scene gives no basis for, no mistake; the message is the reason, in a few words."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PixelPairs:
    """Spectra of an original and of its restored cube, pixel by pixel, in the cube's own unit.

    Attributes:
        original: spectra (pixels, bands), finite, no band constant.
        restored: the same pixels and bands of the restored cube, finite.
        kept: which pixels of the scene these are, (rows, cols); pixels follow in row order.
        bands: which bands of the scene these are, from 0.
        wavelengths: centers of these bands in nm; None where unknown.
    """

    original: Float64[ndarray, "pixels bands"]
    restored: Float64[ndarray, "pixels bands"]
    kept: Bool[ndarray, "rows cols"]
    bands: Int[ndarray, " bands"]
    wavelengths: Float64[ndarray, " bands"] | None


def pair_pixels(original: Scene, restored: Num[ndarray, "..."]) -> PixelPairs:
    """The pixels and bands that hold data in the original, of both cubes.

    Left out, all by the original alone, so that every restored cube is judged on the same samples:
    bands the band mask calls bad; pixels without any data; bands without data in more than half of
    the other pixels; then pixels that lack a sample; last, bands that are constant. `Scene.valid` says
    which samples hold data.

    Args:
        original: the scene; its masks, nodata value and wavelengths are heeded.
        restored: samples (rows, cols, bands) of its shape and unit, any real dtype.

    Returns:
        Both as float64 spectra.

    Raises:
        CubeError: the two differ in shape, or one holds no real numbers.
        NotApplicableError: nothing is left, or the restored cube is not finite where the original
            has data: leaving such pixels out would reward losing them.
    """
    check_pair(original.values, restored)
    kept, bands = _places_with_data(original)
    first = _spectra(original.values, kept, bands)
    varies = first.max(axis=0) > first.min(axis=0)
    if not varies.any():
        raise NotApplicableError("every band of the original is constant")
    second = _spectra(restored, kept, bands[varies])
    if not np.isfinite(second).all():
        raise NotApplicableError("the restored cube is NaN or infinite where the original has data")
    known = original.wavelengths
    return PixelPairs(
        original=first[:, varies],
        restored=second,
        kept=kept,
        bands=bands[varies],
        wavelengths=None if known is None else known[bands[varies]],
    )


def _places_with_data(
    scene: Scene,
) -> tuple[Bool[ndarray, "rows cols"], Int[ndarray, " bands"]]:
    """Pixels with data in all of some bands, and these bands."""
    data = scene.valid()
    if scene.band_mask is not None:
        data &= scene.band_mask
    pixels = np.count_nonzero(data.any(axis=-1))
    bands = np.flatnonzero(np.count_nonzero(data, axis=(0, 1)) > pixels / 2)
    kept = np.asarray(data[:, :, bands].all(axis=-1))
    if not (bands.size and kept.any()):
        raise NotApplicableError("the original holds no data, or no pixel with data in all bands")
    return kept, bands


def _spectra(
    values: Num[ndarray, "rows cols all"], kept: Bool[ndarray, "rows cols"], bands: ndarray
) -> Float64[ndarray, "pixels bands"]:
    return values[kept][:, bands].astype(np.float64)


def pixel_labels(
    pixels: PixelPairs, labels: Int[ndarray, "rows cols"] | None
) -> Int[ndarray, " pixels"]:
    """Labels of the pixels that are compared.

    Args:
        pixels: what is compared.
        labels: the scene's label map, or None.

    Raises:
        NotApplicableError: there is no label map.
        ValueError: it is of another shape than the scene.
    """
    if labels is None:
        raise NotApplicableError("the scene has no label map")
    if labels.shape != pixels.kept.shape:
        raise ValueError(f"label map {labels.shape} of a scene of {pixels.kept.shape} pixels")
    flat: Int[ndarray, " pixels"] = labels[pixels.kept]
    return flat
