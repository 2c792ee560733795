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


def to_symbols(tensor: Float[Array, "..."], bits: int, axis: str | None = None) -> Symbols:
    """Quantize to integers: `step = (max - min) / (2^bits - 1)`, `i = round((t - min) / step)`.

    Args:
        tensor: any shape, float; the range is taken over all its elements.
        bits: 2..8.
        axis: inside a `shard_map`, the mesh's axis over whose devices the range is taken as well.

    Returns:
        int32 indices of the tensor's shape, and the float32 range. A constant tensor gives zeros.

    Source: BTC-Net V2 (IEEE 2026), uniform quantizer.
    """
    minimum, maximum = _value_range(tensor, axis)
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


def quantize(
    tensor: Float[Array, "*shape"], bits: int, axis: str | None = None
) -> Float[Array, "*shape"]:
    """Quantize and dequantize, with a straight-through gradient; `axis` as in `to_symbols`.

    A tensor of one element, and any tensor at 32 bits, passes unchanged, as published.
    """
    if bits == UNQUANTIZED_BITS or tensor.size == 1:
        return tensor
    fixed = jax.lax.stop_gradient(tensor)
    # tensor - fixed is exactly 0 in value and the identity in gradient.
    return from_symbols(to_symbols(fixed, bits, axis), bits) + (tensor - fixed)


def quantize_images(
    tensor: Float[Array, "b *shape"], bits: int, images: int, axis: str | None = None
) -> Float[Array, "b *shape"]:
    """`quantize` with a range for each of the `images` groups that make up the batch, image after image.

    Where there is only one group, `axis` tells whether other devices hold parts of it.
    """
    if images == 1:
        return quantize(tensor, bits, axis)
    groups = tensor.reshape(images, -1, *tensor.shape[1:])
    return jax.vmap(lambda group: quantize(group, bits))(groups).reshape(tensor.shape)


def straight_through_round(u: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The nearest integers, as floats; the gradient is that of the identity."""
    return jax.lax.stop_gradient(jnp.round(u)) + (u - jax.lax.stop_gradient(u))


def _value_range(
    tensor: Float[Array, "..."], axis: str | None
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    minimum, maximum = jnp.min(tensor), jnp.max(tensor)
    if axis is None:
        return minimum, maximum
    # Both in one exchange: devices wait for each other at each.
    low, maximum = jax.lax.pmax(jnp.stack([-minimum, maximum]), axis)
    return -low, maximum
