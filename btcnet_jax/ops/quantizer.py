"""Quantizers: BTC-Net V2's uniform one, a tensor's own range in 2^bits - 1 equal steps, and plain rounding."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from btcnet_jax.config import UNQUANTIZED_BITS


class Symbols(NamedTuple):
    """A quantized tensor: integers 0..2^bits-1 and the range they span."""

    indices: Int[Array | np.ndarray, "..."]
    minimum: Float[Array | np.ndarray | np.generic, ""]
    maximum: Float[Array | np.ndarray | np.generic, ""]


def to_symbols(tensor: Float[Array, "..."], bits: int) -> Symbols:
    """Quantize to integers: `step = (max - min) / (2^bits - 1)`, `i = round((t - min) / step)`.

    Args:
        tensor: any shape, float; the range is taken over all its elements.
        bits: 2..8.

    Returns:
        int32 indices of the tensor's shape, and the float32 range. A constant tensor gives zeros.

    Source: BTC-Net V2 (IEEE 2026), uniform quantizer.
    """
    minimum, maximum = jnp.min(tensor), jnp.max(tensor)
    step = quantization_step(minimum, maximum, bits)
    # A constant tensor has step 0; dividing by 1 instead leaves every index at 0.
    divisor = jnp.where(step > 0, step, jnp.ones_like(step))
    return Symbols(jnp.round((tensor - minimum) / divisor).astype(jnp.int32), minimum, maximum)


def from_symbols(symbols: Symbols, bits: int) -> Float[Array, "..."]:
    """The values `i * step + min` that integer symbols stand for, in the range's float type."""
    minimum, maximum = jnp.asarray(symbols.minimum), jnp.asarray(symbols.maximum)
    step = quantization_step(minimum, maximum, bits)
    return jnp.asarray(symbols.indices, step.dtype) * step + minimum


def quantization_step(
    minimum: Float[Array, ""], maximum: Float[Array, ""], bits: int
) -> Float[Array, ""]:
    """The width of one of the 2^bits - 1 steps between `minimum` and `maximum`."""
    return (maximum - minimum) / (2**bits - 1)


def quantize(tensor: Float[Array, "*shape"], bits: int) -> Float[Array, "*shape"]:
    """Quantize and dequantize, with a straight-through gradient.

    A tensor of one element, and any tensor at 32 bits, passes unchanged, as published.
    """
    if bits == UNQUANTIZED_BITS or tensor.size == 1:
        return tensor
    quantized = jax.lax.stop_gradient(from_symbols(to_symbols(tensor, bits), bits))
    # tensor - stop_gradient(tensor) is exactly 0 in value and the identity in gradient.
    return quantized + (tensor - jax.lax.stop_gradient(tensor))


def quantize_images(
    tensor: Float[Array, "b *shape"], bits: int, images: int
) -> Float[Array, "b *shape"]:
    """`quantize` with a range for each of the `images` groups that make up the batch, image after image."""
    if images == 1:
        return quantize(tensor, bits)
    groups = tensor.reshape(images, -1, *tensor.shape[1:])
    return jax.vmap(lambda group: quantize(group, bits))(groups).reshape(tensor.shape)


def straight_through_round(u: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The nearest integers, as floats; the gradient is that of the identity."""
    return jax.lax.stop_gradient(jnp.round(u)) + (u - jax.lax.stop_gradient(u))
