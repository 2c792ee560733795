"""A synthetic scene from its settings: mixed, lit, blurred and measured by blocks of rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.ndimage import gaussian_filter

from btcnet_jax.scene.scene import Scene
from data_pipeline.synthetic.abundances import draw_abundances
from data_pipeline.synthetic.atmosphere import Light, light
from data_pipeline.synthetic.endmembers import Library, spectral_library
from data_pipeline.synthetic.fields import fractal_field
from data_pipeline.synthetic.landscape import draw_landscape
from data_pipeline.synthetic.sensor import Sensor, add_noise, make_sensor, quantize
from data_pipeline.synthetic.settings import Number, SyntheticSettings
from data_pipeline.synthetic.shading import direct_light
from data_pipeline.synthetic.streams import stream

_BLOCK_VALUES = 1 << 22
_OPAQUE = 3.0
"""Optical depth of water vapor at which a band no longer shows the ground."""


@dataclass(frozen=True)
class _Ground:
    """What the sensor looks at: abundances (spectra, rows, cols) and maps (rows, cols)."""

    library: Library
    abundances: Float[ndarray, "spectra rows cols"]
    direct: Float[ndarray, "rows cols"]
    vapor: Float[ndarray, "rows cols"]


def synthetic_scene(settings: SyntheticSettings) -> Scene:
    """Generate a scene: the linear mixing model, lit, blurred and measured.

    The same settings give the same values. Working memory beyond the result is about 20 bytes per
    pixel and endmember and a block of rows.

    Args:
        settings: size, sensor and seed.

    Returns:
        The scene: values (rows, cols, bands) proportional to radiance, above a dark level if
        unsigned; wavelengths and fwhm in nm; band_mask False where a band is dead or blackened
        by water vapor.
    """
    sensor = make_sensor(settings)
    conditions = stream(settings.seed, "conditions")
    zenith = conditions.uniform(np.radians(15), np.radians(60))
    vapor_cm = conditions.uniform(0.6, 3.0) if settings.water_vapor else 0.0
    haze = conditions.uniform(0.03, 0.3)
    lamp = light(sensor.wavelengths, sensor.fwhm, zenith=zenith, vapor_cm=vapor_cm, haze=haze)
    ground = _draw_ground(settings, sensor, zenith)
    noise = stream(settings.seed, "noise")
    values = np.empty((settings.rows, settings.cols, settings.bands), settings.dtype)
    for rows in _row_blocks(settings):
        radiance = _radiance(ground, lamp, rows, settings.blur)
        measured = add_noise(radiance, sensor, settings.noise, noise)
        values[rows] = quantize(measured, sensor, settings)
    return Scene(
        name=f"synthetic_{settings.seed}",
        values=values,
        wavelengths=sensor.wavelengths,
        fwhm=np.full(settings.bands, sensor.fwhm),
        band_mask=~sensor.dead & (lamp.vapor_depth < _OPAQUE),
    )


def _draw_ground(settings: SyntheticSettings, sensor: Sensor, zenith: float) -> _Ground:
    """Draw materials, their places and the light on them, each from its own stream."""
    seed, rows, cols = settings.seed, settings.rows, settings.cols
    library = spectral_library(sensor.wavelengths, settings.endmembers, stream(seed, "spectra"))
    land = draw_landscape(rows, cols, library, stream(seed, "landscape"))
    canopy = land.cover[library.materials("vegetation")].sum(0)
    vapor = np.float32(0.02) * fractal_field(rows, cols, 3.0, stream(seed, "vapor"))
    return _Ground(
        library,
        draw_abundances(land, library, stream(seed, "variants")),
        direct_light(land.height, canopy, zenith, stream(seed, "shading")),
        vapor,
    )


def _row_blocks(settings: SyntheticSettings) -> Iterator[slice]:
    """Cut the rows into blocks of a bounded number of values."""
    height = max(1, _BLOCK_VALUES // (settings.cols * settings.bands))
    for first in range(0, settings.rows, height):
        yield slice(first, min(first + height, settings.rows))


def _radiance(
    ground: _Ground, lamp: Light, rows: slice, blur: Number
) -> Float[ndarray, "block cols bands"]:
    """Radiance at the sensor of a block of rows, float32.

    The optics blur the abundances, not the bands: mixing is linear and all bands share the
    point-spread function, so the result is the same for a fraction of the work.
    """
    margin = int(4 * blur + 0.5)
    first = max(rows.start - margin, 0)
    wide = slice(first, rows.stop + margin)
    crop = slice(rows.start - first, rows.stop - first)
    shade = ground.direct[wide]
    spectra = ground.library.spectra
    radiance = lamp.path.astype(np.float32)
    for maps, lit in (
        (ground.abundances[:, wide] * shade, lamp.direct),
        (ground.abundances[:, wide], lamp.diffuse),
    ):
        sharp = gaussian_filter(maps, (0, blur, blur), mode="nearest") if blur else maps
        mixed = np.tensordot(sharp[:, crop], (spectra * lit).astype(np.float32), (0, 0))
        radiance = mixed + radiance
    # Humidity varies over the scene; first order, as exp() of every value would cost more than all.
    radiance *= 1 - ground.vapor[rows, :, None] * lamp.vapor_depth.astype(np.float32)
    return radiance
