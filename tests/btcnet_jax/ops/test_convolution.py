"""The folded convolutions against plain ones, with their gradients."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.ops.convolution import add_bias, convolve, convolve_and_shuffle, project
from btcnet_jax.ops.pixel_shuffle import pixel_shuffle


def _random(*shapes):
    random = np.random.default_rng(0)
    return [jnp.asarray(random.normal(size=shape), jnp.float32) for shape in shapes]


def _plain(x, kernel, bias, stride=1):
    pad = (kernel.shape[0] // 2,) * 2
    return bias + jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), (pad, pad), dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _assert_same(one, other, *inputs):
    """Values, and gradients by all inputs."""
    weights = np.random.default_rng(1).normal(size=jax.eval_shape(other, *inputs).shape)

    def values_and_gradients(function):
        def loss(*inputs):
            y = function(*inputs)
            return jnp.sum(weights * y), y

        # Compiled as a whole: operation by operation takes several times as long.
        (_, y), grads = jax.jit(jax.value_and_grad(loss, range(len(inputs)), has_aux=True))(*inputs)
        return y, grads

    (y, got), (plain, expected) = map(values_and_gradients, (one, other))
    np.testing.assert_allclose(y, plain, atol=1e-4)
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-3, rtol=1e-4)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(
    ("cols", "channels"), [(1, 3), (2, 3), (3, 3), (4, 3), (4, 70), (5, 3), (12, 3)]
)
def test_convolution_of_any_width_is_the_plain_one(cols, channels, stride):
    inputs = _random((2, 7, cols, channels), (3, 3, channels, 5), (5,))
    _assert_same(
        lambda *inputs: convolve(*inputs, stride), lambda *inputs: _plain(*inputs, stride), *inputs
    )


@pytest.mark.parametrize(("cols", "dimensions"), [(1, 1), (2, 1), (4, 1), (5, 2)])
def test_narrow_inputs_fold_to_one_dimension_in_the_gradient_too(cols, dimensions):
    # Of a second dimension of size 1, XLA takes the weight's gradient for another kind of convolution.
    def loss(*inputs):
        return jnp.sum(convolve(*inputs))

    inputs = _random((2, 7, cols, 3), (3, 3, 3, 5), (5,))
    text = jax.jit(jax.grad(loss, (0, 1))).lower(*inputs).as_text()
    layouts = re.findall(r"dim_numbers = \[([^\]]*)\]x", text)
    assert len(layouts) == 2
    assert all(layout.count(",") == 1 + dimensions for layout in layouts)


def test_pointwise_convolution_is_the_plain_one():
    _assert_same(convolve, _plain, *_random((2, 7, 4, 6), (1, 1, 6, 5), (5,)))


@pytest.mark.parametrize(("cols", "factor"), [(1, 4), (2, 2), (4, 2), (8, 2), (1, 1)])
def test_shuffle_inside_the_kernel_is_the_one_after_it(cols, factor):
    shuffled = 3 * factor**2
    _assert_same(
        lambda *inputs: convolve_and_shuffle(*inputs, factor),
        lambda *inputs: pixel_shuffle(_plain(*inputs), factor),
        *_random((2, 5, cols, 6), (3, 3, 6, shuffled), (shuffled,)),
    )


def test_gradients_of_weights_are_summed_in_float32():
    # A sum in bfloat16 stops growing at 256, where one more is less than half of its spacing.
    x, count = jnp.ones((1, 5000, 1, 1), jnp.bfloat16), 5000
    by_bias = jax.grad(lambda bias: jnp.sum(add_bias(x, bias).astype(jnp.float32)))(jnp.zeros(1))
    by_weight = jax.grad(lambda weight: jnp.sum(project(x, weight).astype(jnp.float32)))(
        jnp.zeros((1, 1))
    )
    kernel = jnp.zeros((3, 3, 1, 1))
    by_kernels_bias = jax.grad(lambda bias: jnp.sum(convolve(x, kernel, bias).astype(jnp.float32)))(
        jnp.zeros(1)
    )
    assert by_bias.dtype == by_weight.dtype == by_kernels_bias.dtype == jnp.float32
    assert by_bias[0] == by_weight[0, 0] == by_kernels_bias[0] == count
