"""Distortion between an original and a restored batch, normalized to [0, 1] by each image's range.

Crops of one image lie side by side in the batch: (images * crops, rows, cols, bands). Measures that
speak of the scene's own values (a band's peak, the spectral angle) need to know where its zero lies:
`offset = minimum / (maximum - minimum)`, so that a sample is proportional to `x + offset`.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

# Below a hundredth of the image's range a band's peak does not raise its weight any further.
_LEAST_PEAK = 1e-2
# Keeps gradients finite where a band or a spectrum is restored exactly.
_LEAST_MSE = 1e-10
_LEAST_NORM = 1e-6

Distortion = Callable[
    [Float[Array, "b h w bands"], Float[Array, "b h w bands"], Float[Array, "images"]],
    Float[Array, ""],
]


def l1(
    restored: Float[Array, "b h w bands"], original: Float[Array, "b h w bands"]
) -> Float[Array, ""]:
    """Mean absolute difference: the published training loss."""
    return jnp.mean(jnp.abs(restored - original))


def mse(
    restored: Float[Array, "b h w bands"], original: Float[Array, "b h w bands"]
) -> Float[Array, ""]:
    """Mean squared difference."""
    return jnp.mean(jnp.square(restored - original))


def psnr(mean_squared_error: Float[Array, "*b"]) -> Float[Array, "*b"]:
    """Peak signal-to-noise ratio in dB against a peak of 1.

    A quick figure to watch. The published per-band definition is `band_psnr`.
    """
    return -10 * jnp.log10(mean_squared_error)


def band_mse(
    restored: Float[Array, "b h w bands"],
    original: Float[Array, "b h w bands"],
    offset: Float[Array, "images"],
) -> Float[Array, ""]:
    """Mean over images and bands of the squared difference over the square of the band's peak."""
    errors, peaks = _by_band(restored, original, offset)
    return jnp.mean(errors / jnp.square(peaks))


def band_psnr(
    restored: Float[Array, "b h w bands"],
    original: Float[Array, "b h w bands"],
    offset: Float[Array, "images"],
) -> Float[Array, ""]:
    """PSNR in dB: mean over images and bands of `10 log10(peak^2 / mse)`, a band's peak its maximum.

    Source: BTC-Net V2 (IEEE 2026), evaluation protocol; here over an image's crops.
    """
    errors, peaks = _by_band(restored, original, offset)
    return jnp.mean(10 * jnp.log10(jnp.square(peaks) / (errors + _LEAST_MSE)))


def spectral_angle(
    restored: Float[Array, "b h w bands"],
    original: Float[Array, "b h w bands"],
    offset: Float[Array, "images"],
) -> Float[Array, ""]:
    """Mean angle in degrees between original and restored spectra (SAM).

    `2 atan2(|u - v|, |u + v|)` of the unit spectra, since the arc cosine has no slope at angle 0.
    """
    shift = _by_element(offset, original)
    first, second = (_unit(x + shift) for x in (original, restored))
    angle = 2 * jnp.arctan2(_norm(first - second), _norm(first + second))
    return jnp.degrees(jnp.mean(angle))


# By the names of `loss.distortion`.
DISTORTIONS: dict[str, Distortion] = {
    "l1": lambda restored, original, offset: l1(restored, original),
    "mse": lambda restored, original, offset: mse(restored, original),
    "band_mse": band_mse,
    "psnr": lambda restored, original, offset: -band_psnr(restored, original, offset),
}


def _by_band(
    restored: Float[Array, "b h w bands"],
    original: Float[Array, "b h w bands"],
    offset: Float[Array, "images"],
) -> tuple[Float[Array, "images bands"], Float[Array, "images bands"]]:
    """Mean squared error and peak of each image's bands."""
    grouped = (len(offset), -1, original.shape[-1])
    errors = jnp.mean(jnp.square(restored - original).reshape(grouped), axis=1)
    peaks = jnp.max(original.reshape(grouped), axis=1) + offset[:, None]
    return errors, jax.lax.stop_gradient(jnp.maximum(peaks, _LEAST_PEAK))


def _by_element(
    offset: Float[Array, "images"], x: Float[Array, "b h w bands"]
) -> Float[Array, "b 1 1 1"]:
    return jnp.repeat(offset, len(x) // len(offset))[:, None, None, None]


def _norm(x: Float[Array, "b h w bands"]) -> Float[Array, "b h w"]:
    return jnp.sqrt(jnp.sum(jnp.square(x), axis=-1) + _LEAST_NORM**2)


def _unit(x: Float[Array, "b h w bands"]) -> Float[Array, "b h w bands"]:
    return x / _norm(x)[..., None]
