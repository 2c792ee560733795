"""Layers with gradients of their own against what JAX derives from the formula."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.ops import mixed_precision

SLOPE = 0.2


def _normalize(x):
    return (x - x.mean(-1, keepdims=True)) / jnp.sqrt(x.var(-1, keepdims=True) + 1e-5)


def _gate_and_project(carried, gate, weight):
    return (carried * nn.leaky_relu(gate, SLOPE)) @ weight


def _mix_channels(query, key, value, weight, temperature):
    logits = jnp.einsum("bni,bnj->bij", key, query) / temperature
    return jnp.einsum("bni,bij,jk->bnk", value, nn.softmax(logits, axis=-1), weight)


CASES = {
    "leaky_relu": (lambda x: nn.leaky_relu(x, SLOPE), [(3, 5)]),
    "normalize": (_normalize, [(2, 3, 6)]),
    "gate_and_project": (_gate_and_project, [(2, 3, 6), (2, 3, 6), (6, 4)]),
    "mix_channels": (_mix_channels, [(2, 9, 4), (2, 9, 4), (2, 9, 4), (4, 4), ()]),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_those_of_the_formula(name):
    formula, shapes = CASES[name]
    random = np.random.default_rng(0)
    inputs = [jnp.asarray(random.normal(size=shape), jnp.float32) for shape in shapes]
    weights = np.random.default_rng(1).normal(size=jax.eval_shape(formula, *inputs).shape)

    def values_and_gradients(function):
        def loss(*inputs):
            y = function(*inputs)
            return jnp.sum(weights * y), y

        # Compiled as a whole: operation by operation takes several times as long.
        (_, y), grads = jax.jit(jax.value_and_grad(loss, range(len(inputs)), has_aux=True))(*inputs)
        return y, grads

    layer = getattr(mixed_precision, name)
    (y, by_layer), (expected, by_formula) = map(values_and_gradients, (layer, formula))
    np.testing.assert_allclose(y, expected, atol=1e-5)
    for index, (one, other) in enumerate(zip(by_layer, by_formula, strict=True)):
        np.testing.assert_allclose(one, other, atol=1e-4, err_msg=f"input {index}")


def test_statistics_of_bfloat16_are_float32():
    # Around 100 bfloat16 has steps of 0.5, so a mean of this type is off by half of the deviation.
    x = 100 + jnp.tile(jnp.array([0.0, 0, 0, 0, 1]), 200).astype(jnp.bfloat16)
    normed = mixed_precision.normalize(x)
    assert normed.dtype == jnp.bfloat16
    exact = _normalize(x.astype(jnp.float32))
    np.testing.assert_allclose(normed.astype(jnp.float32), exact, atol=0.01)


def test_affine_of_a_norm_folds_into_the_product_after_it():
    keys = jax.random.split(jax.random.key(0), 5)
    shapes = [(7, 6), (6,), (6,), (6, 4), (4,)]
    x, scale, shift, weight, bias = (
        jax.random.normal(key, shape) for key, shape in zip(keys, shapes, strict=True)
    )
    folded, folded_bias = mixed_precision.fold_affine(scale, shift, weight, bias)
    expected = (x * scale + shift) @ weight + bias
    np.testing.assert_allclose(x @ folded + folded_bias, expected, atol=1e-5)
