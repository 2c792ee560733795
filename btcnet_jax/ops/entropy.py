"""The rate of symbols that have no learned prior: the entropy of each channel's own histogram."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int


def zero_order_bits(indices: Int[Array | np.ndarray, "b h w c"], bits: int) -> Float[Array, ""]:
    """Code length in bits of all symbols under one ideal static table for each channel, tables aside.

    Args:
        indices: integers 0..2^bits-1.
        bits: 1 to 8.
    """
    indices = jnp.asarray(indices)
    channels, alphabet = indices.shape[-1], 2**bits
    places = indices.reshape(-1, channels) + alphabet * jnp.arange(channels)
    counts = jnp.bincount(places.reshape(-1), length=channels * alphabet)
    counts = counts.reshape(channels, alphabet)
    shares = counts / len(places)
    # A symbol that does not occur costs nothing: log2(1) in place of log2(0).
    return -jnp.sum(counts * jnp.log2(jnp.where(counts > 0, shares, 1.0)))
