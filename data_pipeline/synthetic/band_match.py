"""Scenes of other band lists, brought to one number of bands."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64, Num
from numpy import ndarray

from btcnet_jax.scene.scene import Scene
from data_pipeline.sensors import AVIRIS, HYPERION

EXACT, SENSOR, WAVELENGTH, INDEX = "as it is", "sensor's list", "by wavelength", "by band index"


class Matched(NamedTuple):
    """A scene's spectra on the bands asked for.

    Attributes:
        values: float32, pixel after pixel, in the scene's own unit.
        wavelengths: centers of the bands in nm, float64, or None where the scene does not say.
        how: `EXACT`, `SENSOR`, `WAVELENGTH` or `INDEX`, as `match_bands` says.
    """

    values: Float[ndarray, "pixels bands"]
    wavelengths: Float64[ndarray, "bands"] | None
    how: str


def match_bands(
    scene: Scene, bands: int, grid: Float64[ndarray, "bands"] | None = None
) -> Matched | None:
    """Bring a scene to `bands` bands, in the first way that fits.

    A scene of that many bands is taken as it is; of one that has all bands of AVIRIS or Hyperion, the
    bands that the benchmarks keep, if they are that many. A scene that tells its wavelengths is
    interpolated linearly onto `grid`; any other over the index of its living bands, which moves
    absorption bands to places that no sensor has. Dead bands (constant, not finite or marked bad) are
    interpolated from the living.

    Args:
        scene: with at least two living bands.
        bands: number of bands asked for.
        grid: centers of these bands in nm, as another scene tells them.

    Returns:
        The spectra, or None where the scene has fewer than two living bands.
    """
    living = living_bands(scene)
    if living.sum() < 2:
        return None
    count, nm = scene.values.shape[2], scene.wavelengths
    kept = _kept(count, bands)
    if kept is not None:
        values = _interpolated(scene, living, np.arange(count), kept)
        return Matched(
            values, None if nm is None else nm[kept], EXACT if count == bands else SENSOR
        )
    if nm is not None and grid is not None:
        return Matched(_interpolated(scene, living, nm, grid), grid, WAVELENGTH)
    # Dead bands are the ones that other scenes have had taken out already.
    places = np.where(living, np.cumsum(living) - 1.0, np.nan)
    wanted = np.linspace(0, living.sum() - 1, bands)
    return Matched(_interpolated(scene, living, places, wanted), None, INDEX)


def living_bands(scene: Scene) -> Bool[ndarray, "bands"]:
    """Which bands vary, are finite and are not marked bad."""
    pixels = scene.values.reshape(-1, scene.values.shape[2])
    living = np.isfinite(pixels).all(0) & (pixels != pixels[:1]).any(0)
    return living if scene.band_mask is None else living & scene.band_mask


def _kept(count: int, bands: int) -> ndarray | None:
    """Indices of the bands to take from `count` bands where none has to be made up."""
    if count == bands:
        return np.arange(bands)
    for sensor in (AVIRIS, HYPERION):
        if (sensor.bands, len(sensor.kept)) == (count, bands):
            return np.array(sensor.kept)
    return None


def _interpolated(
    scene: Scene,
    living: Bool[ndarray, "all"],
    places: Num[ndarray, "all"],
    wanted: Num[ndarray, "bands"],
) -> Float[ndarray, "pixels bands"]:
    """Linear between the living bands around each wanted place; beyond the last, the last."""
    # Detector arrays overlap, so wavelengths need not rise.
    order = np.flatnonzero(living)[np.argsort(places[living], kind="stable")]
    known = places[order]
    above = np.clip(np.searchsorted(known, wanted), 1, len(known) - 1)
    gap = np.maximum(known[above] - known[above - 1], 1e-9)
    share = np.clip((wanted - known[above - 1]) / gap, 0, 1).astype(np.float32)
    pixels = scene.values.reshape(-1, scene.values.shape[2])
    low, high = (pixels[:, order[at]].astype(np.float32) for at in (above - 1, above))
    return np.asarray(low + share * (high - low), np.float32)
