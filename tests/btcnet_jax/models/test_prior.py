"""The learned prior in the network: steps, rate, ranges; and the published forward pass without it."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.config import ModelConfig, V1Config
from btcnet_jax.config.model import PRIORS
from btcnet_jax.models.btcnet import build, encoder_cost, run_model
from btcnet_jax.models.initialization import init_params
from btcnet_jax.ops.quantizer import quantize


def _tiny(**options):
    return ModelConfig(bands=6, latent_channels=3, features=2, gamma=1, **options)


def _either(architecture, **options):
    if architecture == "v2":
        return _tiny(**options)
    v1 = V1Config(width=4, growth=2, blocks=1)
    return ModelConfig(architecture="v1", bands=6, latent_channels=3, v1=v1, **options)


def _learned(**options):
    return _tiny(quantizer="learned", rate_levels=2, **options)


def _compiled(model, method, **options):
    """A method of the network, compiled as a whole: layer by layer takes three times as long."""
    return jax.jit(partial(run_model, model, method=method, **options))


def _restore(model, images=1):
    return _compiled(model, "restore", images=images)


def _crops(count=4, key=0):
    return jax.random.uniform(jax.random.key(key), (count, 16, 4, 6))


@pytest.mark.parametrize("architecture", ["v2", "v1"])
def test_without_learned_steps_restore_is_the_published_forward_pass(architecture):
    config = _either(architecture, bits=6)
    model, params, x = build(config), init_params(config, 0), _crops()

    @jax.jit
    def forward(params, x):
        restored = run_model(model, params, x, jnp.zeros(4, jnp.int32), method="restore", images=2)
        latent = run_model(model, params, x, method="analyze")
        published = run_model(model, params, quantize(latent, 6), method="decode")
        return restored, published, run_model(model, params, x)

    restored, published, whole = forward(params, x)
    np.testing.assert_array_equal(restored.values, published)
    np.testing.assert_array_equal(restored.values, whole)
    np.testing.assert_array_equal(restored.bits, np.zeros(4))
    assert "prior" not in params


@pytest.mark.parametrize("form", PRIORS)
def test_prior_starts_the_same_for_the_same_seed_with_steps_in_even_proportion(form):
    config = _tiny(quantizer="learned", rate_levels=3, prior=form)
    prior = init_params(config, 5)["prior"]
    again = init_params(config, 5)["prior"]
    assert jax.tree.all(jax.tree.map(lambda a, b: bool(jnp.all(a == b)), prior, again))
    assert all(leaf.shape[:2] == (3, 3) for leaf in jax.tree.leaves(prior))
    falls = np.diff(np.asarray(prior["log_step"]), axis=0)
    assert (falls < -0.1).all()
    np.testing.assert_allclose(falls, falls[0, 0], rtol=1e-5)


@pytest.mark.parametrize("form", PRIORS)
def test_a_finer_level_costs_more_and_each_element_has_its_own(form):
    config = _learned(prior=form)
    model, params, x = build(config), init_params(config, 0), _crops(1)
    pair = jnp.concatenate([x, x])
    restore = _restore(model)
    mixed = restore(params, pair, jnp.asarray([0, 1]))
    assert mixed.bits[1] > mixed.bits[0] > 0
    for level in (0, 1):
        alone = restore(params, x, jnp.asarray([level]))
        np.testing.assert_allclose(alone.bits[0], mixed.bits[level], rtol=1e-5)
        np.testing.assert_allclose(alone.values[0], mixed.values[level], atol=1e-5)
    finest = restore(params, x, jnp.asarray([1])).values
    np.testing.assert_array_equal(jax.jit(partial(run_model, model))(params, x), finest)


def test_symbols_are_the_latent_in_steps_and_rounding_may_be_replaced():
    config = _learned(bits=32)
    model, params, x = build(config), init_params(config, 0), _crops()
    seen = []

    def keep(symbols):
        seen.append(symbols)
        return symbols

    levels = jnp.asarray([0, 1, 1, 0])

    @jax.jit
    def forward(params, x):
        restored = run_model(model, params, x, levels, method="restore", round_symbols=keep)
        latent = run_model(model, params, x, method="analyze")
        steps = jnp.exp(params["prior"]["log_step"])[levels][:, None, None]
        decoded = run_model(model, params, latent, method="decode")
        return seen.pop(), latent / steps, restored.values, decoded

    symbols, latent_in_steps, restored, decoded = forward(params, x)
    np.testing.assert_allclose(symbols, latent_in_steps, rtol=1e-6)
    np.testing.assert_allclose(restored, decoded, atol=1e-5)


@pytest.mark.parametrize("form", PRIORS)
def test_gradients_of_distortion_and_rate_reach_every_parameter(form):
    config = _learned(prior=form, bits=6)
    model, x = build(config), _crops()

    def loss(params):
        values, bits, _ = run_model(model, params, x, jnp.asarray([0, 1, 0, 1]), method="restore")
        return jnp.sum(jnp.square(values - x)) + jnp.sum(bits)

    grads = jax.jit(jax.grad(loss))(init_params(config, 0))
    flat = jax.tree_util.tree_leaves_with_path(grads)
    assert not [jax.tree_util.keystr(path) for path, leaf in flat if not jnp.any(leaf != 0)]
    assert all(jnp.isfinite(leaf).all() for _, leaf in flat)


@pytest.mark.parametrize("architecture", ["v2", "v1"])
@pytest.mark.parametrize("quantizer", ["range", "learned"])
def test_ranges_of_images_do_not_depend_on_what_is_in_the_batch_beside_them(
    architecture, quantizer
):
    crops, other = _crops(2), 3 * _crops(2, key=1)
    levels = jnp.zeros(4, jnp.int32)
    for ranges in ("image", "batch"):
        config = _either(architecture, bits=4, ranges=ranges, quantizer=quantizer)
        model, params = build(config), init_params(config, 0)
        alone = _restore(model, 1)(params, crops, levels[:2])
        beside = _restore(model, 2)(params, jnp.concatenate([crops, other]), levels)
        same = np.allclose(alone.values, beside.values[:2], atol=1e-5)
        assert same == (ranges == "image")


@pytest.mark.parametrize("remat", [False, True])
def test_a_network_of_bfloat16_restores_nearly_the_same_at_the_same_rate(remat):
    config = _learned(ranges="image")
    params, x, levels = init_params(config, 0), _crops(), jnp.asarray([0, 1, 1, 0])
    exact = _restore(build(config), 2)(params, x, levels)
    short = _restore(build(config, jnp.bfloat16, remat), 2)(params, x, levels)
    assert short.values.dtype == short.bits.dtype == jnp.float32
    np.testing.assert_allclose(short.bits, exact.bits, rtol=0.02)
    assert 0 < jnp.abs(short.values - exact.values).max() < 0.05 * jnp.std(exact.values) + 0.02


def test_the_cost_of_the_encoder_is_told_in_one_line():
    assert encoder_cost(ModelConfig()) == (
        "204,364 parameters, 74.2 multiply-accumulates a pixel and band"
    )
    wide = encoder_cost(ModelConfig(latent_channels=128, quantizer="learned", rate_levels=4))
    assert wide == "968,833 parameters, 352.0 multiply-accumulates a pixel and band"
