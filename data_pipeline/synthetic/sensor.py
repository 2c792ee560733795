"""The sensor: spectral response, noise, stripes, dead bands, quantization."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Shaped
from numpy import ndarray

from data_pipeline.synthetic.atmosphere import light
from data_pipeline.synthetic.features import edge
from data_pipeline.synthetic.settings import FLOAT_BITS, Number, SyntheticSettings
from data_pipeline.synthetic.streams import stream

_FULL_WELL = 1.2e6
"""Electrons at full scale where the detector is best."""
_READ_NOISE = 60.0
"""Electrons."""
_STRIPES = 4e-4
"""Standard deviation of the gain between the columns of one band."""
_SATURATION_REFLECTANCE = 0.7
"""Reflectance of a sunlit surface that fills the range; brighter facets clip."""


@dataclass(frozen=True)
class Sensor:
    """All that the scenes of one sensor have in common.

    Attributes:
        wavelengths: band centers in nm, float64, shape (bands,).
        fwhm: full width at half maximum of the bands in nm.
        full_scale: radiance of the largest integer, in W m-2 sr-1 um-1.
        efficiency: quantum efficiency relative to the best band, float64, shape (bands,).
        stripes: gain of each column in each band, float32, shape (cols, bands).
        dead: which bands hold a constant, shape (bands,).
        stuck: that constant as a fraction of full scale, float32, shape (bands,); 0 elsewhere.
    """

    wavelengths: Float[ndarray, "bands"]
    fwhm: float
    full_scale: float
    efficiency: Float[ndarray, "bands"]
    stripes: Float[ndarray, "cols bands"]
    dead: Bool[ndarray, "bands"]
    stuck: Float[ndarray, "bands"]


def make_sensor(settings: SyntheticSettings) -> Sensor:
    """Build the sensor of these settings: the same for the same sensor seed."""
    seed = settings.seed if settings.sensor_seed is None else settings.sensor_seed
    rng = stream(seed, "sensor")
    nm = np.linspace(settings.wavelength_min, settings.wavelength_max, settings.bands)
    fwhm = float(np.clip((nm[1] - nm[0]) * 1.1, 2.0, 20.0)) if settings.bands > 1 else 10.0
    dead = np.zeros(settings.bands, bool)
    dead[rng.choice(settings.bands, settings.dead_bands, replace=False)] = True
    # Half of the dead bands read zero, half a stuck level.
    stuck = np.where(dead & (rng.uniform(size=settings.bands) < 0.5), 0.05, 0.0)
    spread = settings.noise * _STRIPES / np.sqrt(2)
    common = rng.normal(size=(settings.cols, 1))
    own = rng.normal(size=(settings.cols, settings.bands))
    return Sensor(
        wavelengths=nm,
        fwhm=fwhm,
        full_scale=_full_scale(nm, fwhm),
        efficiency=_efficiency(nm),
        stripes=(1 + spread * (common + own)).astype(np.float32),
        dead=dead,
        stuck=stuck.astype(np.float32),
    )


def _full_scale(nm: Float[ndarray, "bands"], fwhm: float) -> float:
    """Radiance of a bright surface in the brightest band, sun 30 degrees from the zenith."""
    bright = light(nm, fwhm, zenith=np.pi / 6, vapor_cm=0.0, haze=0.1)
    return float(np.max(_SATURATION_REFLECTANCE * (bright.direct + bright.diffuse) + bright.path))


def _efficiency(nm: Float[ndarray, "bands"]) -> Float[ndarray, "bands"]:
    """Quantum efficiency relative to the best, falling at both ends of the sensor's own range."""
    low, high = float(nm[0]), float(nm[-1])
    span = max(high - low, 1.0)
    return 0.12 + 0.88 * edge(nm, low + 0.03 * span, 0.018 * span) * (
        1 - edge(nm, high - 0.06 * span, 0.04 * span)
    )


def add_noise(
    radiance: Float[ndarray, "rows cols bands"],
    sensor: Sensor,
    level: Number,
    rng: np.random.Generator,
) -> Float[ndarray, "rows cols bands"]:
    """Return radiance as measured: stripes, shot noise of the signal, constant read noise.

    Args:
        radiance: float32, in W m-2 sr-1 um-1.
        sensor: the sensor.
        level: multiple of the sensor's own noise.
        rng: the random stream, drawn in the order of the values.

    Returns:
        float32, same unit; may be negative.
    """
    # Electrons for one unit of radiance, so the weak ends get few and their noise is large.
    gain = (sensor.efficiency * (_FULL_WELL / sensor.full_scale)).astype(np.float32)
    electrons = np.maximum(radiance, 0) * gain
    deviation = np.sqrt(electrons + np.float32(_READ_NOISE**2))
    deviation *= np.float32(level) / gain
    noise = rng.standard_normal(radiance.shape, dtype=np.float32)
    noise *= deviation
    noise += radiance * sensor.stripes
    return noise


def quantize(
    radiance: Float[ndarray, "rows cols bands"], sensor: Sensor, settings: SyntheticSettings
) -> Shaped[ndarray, "rows cols bands"]:
    """Turn measured radiance into stored values; dead bands become their constant.

    Args:
        radiance: float32, in W m-2 sr-1 um-1.
        sensor: the sensor.
        settings: bit depth and sign.

    Returns:
        Values of `settings.dtype`. Integers are rounded and clipped to the range of the bit depth.
    """
    fraction = np.where(sensor.dead, sensor.stuck, radiance / np.float32(sensor.full_scale))
    if settings.bit_depth == FLOAT_BITS:
        return np.asarray(fraction * np.float32(sensor.full_scale), np.float32)
    bits = settings.bit_depth - settings.signed
    top = 2**bits - 1
    # Unsigned detectors digitize above a dark level, so that noise around zero is not cut.
    dark = 0 if settings.signed else round(0.005 * top)
    low = -top - 1 if settings.signed else 0
    digits = np.rint(fraction * np.float32(top - dark) + np.float32(dark))
    return np.clip(digits, low, top).astype(settings.dtype)
