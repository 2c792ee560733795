"""Distortion between an original and a restored batch, normalized to [0, 1]."""

import jax.numpy as jnp
from jaxtyping import Array, Float


def l1(
    restored: Float[Array, "b h w bands"], original: Float[Array, "b h w bands"]
) -> Float[Array, ""]:
    """Mean absolute difference: the published training loss."""
    return jnp.mean(jnp.abs(restored - original))


def psnr(
    restored: Float[Array, "b h w bands"], original: Float[Array, "b h w bands"]
) -> Float[Array, ""]:
    """Peak signal-to-noise ratio in dB of the whole batch against a peak of 1.

    A quick figure to watch. The published per-band definition is in `btcnet_jax.metrics`.
    """
    return -10 * jnp.log10(jnp.mean(jnp.square(restored - original)))
