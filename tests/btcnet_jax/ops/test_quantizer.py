"""The uniform quantizer: its integers, its gradient, its special cases."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.ops.quantizer import (
    from_symbols,
    quantize,
    quantize_images,
    straight_through_round,
    to_symbols,
)


@pytest.mark.parametrize("bits", [2, 5, 8])
def test_integers_span_the_range_and_values_lie_within_half_a_step(bits):
    x = jax.random.normal(jax.random.key(0), (50, 7))
    symbols = to_symbols(x, bits)
    assert (symbols.indices.min(), symbols.indices.max()) == (0, 2**bits - 1)
    step = (x.max() - x.min()) / (2**bits - 1)
    assert jnp.abs(from_symbols(symbols, bits) - x).max() <= step * 0.50001
    np.testing.assert_array_equal(quantize(x, bits), from_symbols(symbols, bits))


def test_gradient_is_straight_through():
    grad = jax.grad(lambda x: jnp.sum(quantize(x, 2) * jnp.arange(5.0)))(jnp.linspace(0, 1, 5))
    np.testing.assert_array_equal(grad, np.arange(5.0))


def test_one_element_and_32_bits_pass_unchanged():
    assert quantize(jnp.asarray([0.3]), 2)[0] == jnp.asarray(0.3)
    x = jax.random.normal(jax.random.key(0), (9,))
    assert quantize(x, 32) is x


def test_constant_tensor_gives_zeros_and_itself_back():
    with jax.debug_nans(True):
        symbols = to_symbols(jnp.full((3, 3), 0.7), 8)
    assert not symbols.indices.any()
    np.testing.assert_array_equal(from_symbols(symbols, 8), np.full((3, 3), np.float32(0.7)))


def test_rounding_gives_exact_integers_and_the_gradient_of_the_identity():
    u = jnp.asarray([-2.6, 0.3, 1.5000001, 90000.7])
    np.testing.assert_array_equal(straight_through_round(u), np.rint(u))
    grad = jax.grad(lambda u: jnp.sum(straight_through_round(u) * jnp.arange(4.0)))(u)
    np.testing.assert_array_equal(grad, np.arange(4.0))


def test_ranges_of_images_are_those_of_the_images_alone():
    x = (
        jax.random.normal(jax.random.key(0), (6, 5, 4, 3))
        * jnp.repeat(jnp.asarray([1, 9.0]), 3)[:, None, None, None]
    )
    alone = jnp.concatenate([quantize(x[:3], 4), quantize(x[3:], 4)])
    np.testing.assert_allclose(quantize_images(x, 4, 2), alone, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(quantize_images(x, 4, 1), quantize(x, 4))
