"""Probabilities of integers: against scipy, summing to 1, and finite far out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from btcnet_jax.models.prior import FACTORIZED, LatentPrior, initial_value, log_probability
from btcnet_jax.ops.symbol_mass import log_laplace, log_logistic, log_mixture, log_with_escape

FORMS = ("logistic", "laplace", FACTORIZED)


def _values(form, channels=5, dtype=np.float64):
    """Parameters of one level, away from where training starts."""
    random = np.random.default_rng(3)
    prior = LatentPrior(channels, 1, form)
    inputs = jnp.zeros((1, 1, 1, channels)), jnp.zeros(1, jnp.int32)
    shapes = jax.eval_shape(lambda: prior.init(jax.random.key(0), *inputs, method="bits")["params"])
    values = {}
    for name, leaf in sorted(shapes.items()):
        value = initial_value(name, leaf.shape, random)[0]
        values[name] = (value + random.normal(0, 0.3, value.shape)).astype(dtype)
    return values


@pytest.mark.parametrize(
    ("mass", "distribution"), [(log_logistic, stats.logistic), (log_laplace, stats.laplace)]
)
@pytest.mark.parametrize("scale", [0.05, 0.7, 30.0])
def test_the_mass_of_an_interval_is_the_difference_of_the_cumulative(mass, distribution, scale):
    x = np.array([-3.2, -0.5, -0.2, 0.0, 0.4999, 0.5, 1.7])
    expected = distribution.cdf(x + 0.5, scale=scale) - distribution.cdf(x - 0.5, scale=scale)
    seen = expected > 1e-6  # below, the difference of the cumulative has lost its digits
    np.testing.assert_allclose(np.exp(mass(x, scale, np))[seen], expected[seen], rtol=1e-9)
    single = np.exp(mass(jnp.asarray(x, jnp.float32), jnp.float32(scale), jnp))
    np.testing.assert_allclose(single[seen], expected[seen], rtol=2e-4)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("xp", "dtype"), [(np, np.float64), (jnp, np.float32)])
def test_probabilities_of_all_integers_sum_to_1(form, xp, dtype):
    symbols = np.arange(-3000, 3001)[:, None].astype(dtype)
    log_mass = log_probability(form, _values(form, dtype=dtype), xp.asarray(symbols), xp)
    np.testing.assert_allclose(xp.exp(log_mass).sum(axis=0), 1, atol=2e-5)
    # The escape's tail beyond 3000 holds 2^-16 / 3000.
    np.testing.assert_allclose(
        xp.exp(log_with_escape(log_mass, symbols, xp)).sum(axis=0), 1, atol=2e-5
    )


@pytest.mark.parametrize("form", FORMS)
def test_far_symbols_keep_finite_code_lengths_and_gradients(form):
    values = jax.tree.map(jnp.asarray, _values(form, dtype=np.float32))
    for magnitude in (0.0, 30.0, 1e3, 1e6):
        symbols = jnp.asarray([[-magnitude], [magnitude]], jnp.float32) * jnp.ones(5)

        def total(values, symbols):
            log_mass = log_probability(form, values, symbols, jnp)
            return -jnp.sum(log_with_escape(log_mass, symbols, jnp)) / jnp.log(2.0)

        bits, grads = jax.value_and_grad(total, argnums=(0, 1))(values, symbols)
        # An escape, and twice the magnitude's own bits.
        assert bits / symbols.size < 16 + 2 * np.log2(1 + magnitude) + 2
        assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(grads))
        if magnitude:
            assert (grads[1] * symbols > 0).all(), "farther out must cost more"


def test_a_mixture_is_the_weighted_sum_of_its_parts():
    weights, means = np.log([0.2, 0.3, 0.5]), np.array([-1.0, 0.0, 2.0])
    scales = np.array([1.0, 2.0, 0.5])
    k = np.arange(-4, 5.0)
    parts = [
        stats.laplace.cdf(k + 0.5, mean, scale) - stats.laplace.cdf(k - 0.5, mean, scale)
        for mean, scale in zip(means, scales, strict=True)
    ]
    # Weights count up to a common constant.
    mass = log_mixture(k[:, None], weights + 7, means, np.log(scales), "laplace", np)
    np.testing.assert_allclose(np.exp(mass), np.exp(weights) @ np.array(parts), rtol=1e-9)
