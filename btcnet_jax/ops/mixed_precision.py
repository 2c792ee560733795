"""Layers in bfloat16 whose sums are float32, with gradients that store what they must and no more."""

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from btcnet_jax.ops.convolution import project, project_backward

LEAKY_SLOPE = 0.2
LAYER_NORM_EPSILON = 1e-5
_PIXELS = (((1,), (1,)), ((0,), (0,)))  # of two (b, n, c): a matrix between their channels


@jax.custom_vjp
def leaky_relu(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Leaky ReLU of slope `LEAKY_SLOPE`."""
    return jnp.where(x >= 0, x, x * _slope(x))


def _leaky_relu_forward(x: Float[Array, "*shape"]) -> tuple[Array, Array]:
    y = leaky_relu(x)
    # The output's sign is the input's, and the next layer keeps the output anyway.
    return y, y


def _leaky_relu_backward(y: Float[Array, "*shape"], g: Float[Array, "*shape"]) -> tuple[Array]:
    return (jnp.where(y >= 0, g, g * _slope(g)),)


leaky_relu.defvjp(_leaky_relu_forward, _leaky_relu_backward)


@jax.custom_vjp
def normalize(x: Float[Array, "*b c"]) -> Float[Array, "*b c"]:
    """The last axis to mean 0 and variance 1; statistics are float32.

    A layer normalization without its scale and bias, which `fold_affine` brings to the layer after it.
    """
    return _normalize(x)[0]


def _normalize(x: Float[Array, "*b c"]) -> tuple[Array, tuple[Array, Array]]:
    # Two passes keep the digits.
    wide = x.astype(jnp.float32)
    centered = wide - jnp.mean(wide, axis=-1, keepdims=True)
    variance = jnp.mean(jnp.square(centered), axis=-1, keepdims=True)
    inverse_deviation = jax.lax.rsqrt(variance + LAYER_NORM_EPSILON)
    normal = (centered * inverse_deviation).astype(x.dtype)
    return normal, (normal, inverse_deviation)


def _normalize_backward(
    residuals: tuple[Array, Array], g: Float[Array, "*b c"]
) -> tuple[Float[Array, "*b c"]]:
    normal, inverse_deviation = residuals
    wide, normal = g.astype(jnp.float32), normal.astype(jnp.float32)
    mean, slope = (jnp.mean(t, -1, keepdims=True) for t in (wide, wide * normal))
    return ((inverse_deviation * (wide - mean - normal * slope)).astype(g.dtype),)


normalize.defvjp(_normalize, _normalize_backward)


def fold_affine(
    scale: Float[Array, "c"],
    shift: Float[Array, "c"],
    weight: Float[Array, "c features"],
    bias: Float[Array, "features"],
) -> tuple[Float[Array, "c features"], Float[Array, "features"]]:
    """Weight and bias of `(x * scale + shift) weight + bias` as one product of x.

    So the gradients of scale and shift come from the weight's, which is small, and not from two more
    sums over all pixels.
    """
    return scale[:, None] * weight, shift @ weight + bias


@jax.custom_vjp
def gate_and_project(
    carried: Float[Array, "*b c"], gate: Float[Array, "*b c"], weight: Float[Array, "c features"]
) -> Array:
    """`carried * leaky_relu(gate)` times a float32 matrix."""
    return project(carried * leaky_relu(gate), weight)


def _gate_and_project_forward(
    carried: Array, gate: Array, weight: Array
) -> tuple[Array, tuple[Array, ...]]:
    product = carried * leaky_relu(gate)
    # Kept, since to compute it again for the weight's gradient is to write it again.
    return project(product, weight), (carried, gate, product, weight)


def _gate_and_project_backward(
    residuals: tuple[Array, ...], g: Float[Array, "*b features"]
) -> tuple[Array, Array, Array]:
    carried, gate, product, weight = residuals
    d_product, d_weight = project_backward((product, weight), g)
    d_gate = d_product * carried
    d_gate = jnp.where(gate >= 0, d_gate, d_gate * _slope(gate))
    return d_product * leaky_relu(gate), d_gate, d_weight


gate_and_project.defvjp(_gate_and_project_forward, _gate_and_project_backward)


@jax.custom_vjp
def mix_channels(
    query: Float[Array, "b n c"],
    key: Float[Array, "b n c"],
    value: Float[Array, "b n c"],
    weight: Float[Array, "c features"],
    temperature: Float[Array, ""],
) -> Array:
    """`value A weight` with `A = softmax(key^T query / temperature)` over its last axis.

    The logits, their softmax and its gradient are float32. `A weight` is made first: it is a small matrix,
    where `value A` would be one more pass over the pixels.
    """
    return _mix(query, key, value, weight, temperature)[0]


def _mix(
    query: Array, key: Array, value: Array, weight: Array, temperature: Array
) -> tuple[Array, tuple[Array, ...]]:
    dtype = value.dtype
    logits = _matmul(key, query, _PIXELS, jnp.float32)
    attention = jax.nn.softmax(logits / temperature, axis=-1)
    matrix = _matmul(attention.astype(dtype), weight.astype(dtype), (((2,), (0,)), ((), ())), dtype)
    mixed = _matmul(value, matrix, (((2,), (1,)), ((0,), (0,))), dtype)
    return mixed, (query, key, value, weight, temperature, logits, attention, matrix)


def _mix_backward(residuals: tuple[Array, ...], g: Float[Array, "b n c"]) -> tuple[Array, ...]:
    query, key, value, weight, temperature, logits, attention, matrix = residuals
    dtype, last = value.dtype, (((2,), (2,)), ((0,), (0,)))
    d_value = _matmul(g, matrix, last, dtype)
    d_matrix = _matmul(value, g, _PIXELS, jnp.float32).astype(dtype)
    rows = (((0, 1), (0, 1)), ((), ()))
    d_weight = _matmul(attention.astype(dtype), d_matrix, rows, jnp.float32)
    d_attention = _matmul(d_matrix, weight.astype(dtype), (((2,), (1,)), ((), ())), jnp.float32)
    d_logits = attention * d_attention
    d_logits -= attention * jnp.sum(d_logits, axis=-1, keepdims=True)
    d_temperature = -jnp.sum(d_logits * logits) / temperature**2
    d_logits = (d_logits / temperature).astype(dtype)
    d_key = _matmul(query, d_logits, last, dtype)
    d_query = _matmul(key, d_logits, (((2,), (1,)), ((0,), (0,))), dtype)
    return d_query, d_key, d_value, d_weight, d_temperature


mix_channels.defvjp(_mix, _mix_backward)


def _matmul(
    a: Float[Array, "..."], b: Float[Array, "..."], dimensions: tuple, dtype: DTypeLike
) -> Float[Array, "..."]:
    return jax.lax.dot_general(a, b, dimensions, preferred_element_type=dtype)


def _slope(x: Float[Array, "*shape"]) -> Float[Array, ""]:
    return jnp.asarray(LEAKY_SLOPE, x.dtype)
