"""The parameter table of the paper, and the sizes every option gives."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.btcnet import build, count_params, encoder_macs_per_sample, param_shapes
from btcnet_jax.models.initialization import init_params


def _tiny(**options):
    return ModelConfig(bands=6, latent_channels=3, features=2, gamma=1, **options)


def test_paper_model_has_the_published_number_of_parameters():
    shapes = param_shapes(ModelConfig())
    assert count_params(shapes) == 12_551_401
    assert count_params(shapes["encoder"]) == 204_364


def test_paper_encoder_costs_74_multiply_adds_a_sample():
    assert encoder_macs_per_sample(ModelConfig()) == pytest.approx(74.25)


@pytest.mark.parametrize("scale", [1, 2, 4, 8])
def test_every_scale_restores_the_size_of_its_strips(scale):
    config = _tiny(scale=scale)
    strip = jnp.ones((2, 16, config.strip_cols, 6)) * jnp.linspace(0, 1, 6)
    model = build(config)
    params = param_shapes(config)
    latent = jax.eval_shape(partial(model.apply, method="encode"), {"params": params}, strip)
    assert latent.shape == (2, 16 // scale, config.strip_cols // scale, 3)
    restored = jax.eval_shape(partial(model.apply, method="decode"), {"params": params}, latent)
    assert restored.shape == strip.shape


def test_a_scene_is_encoded_as_its_strips_are():
    config = _tiny(bits=32)
    model = build(config)
    params = init_params(config, 1)
    scene = jax.random.uniform(jax.random.key(0), (1, 16, 12, 6))
    whole = model.apply({"params": params}, scene, method="analyze")
    strips = [
        model.apply({"params": params}, scene[:, :, left : left + 4], method="analyze")
        for left in (0, 4, 8)
    ]
    np.testing.assert_allclose(whole, jnp.concatenate(strips, axis=2), atol=1e-6)


def test_gradients_reach_every_parameter_through_the_quantizers():
    config = _tiny(bits=6)
    model = build(config)
    x = jax.random.uniform(jax.random.key(0), (4, 16, 4, 6))

    def loss(params):
        return jnp.sum(jnp.square(model.apply({"params": params}, x) - x))

    grads = jax.jit(jax.grad(loss))(init_params(config, 0))
    flat = jax.tree_util.tree_leaves_with_path(grads)
    assert not [jax.tree_util.keystr(path) for path, leaf in flat if not jnp.any(leaf != 0)]


def test_same_seed_same_parameters_other_seed_others():
    one, again, other = (init_params(_tiny(), seed) for seed in (0, 0, 1))
    assert jax.tree.all(jax.tree.map(lambda a, b: bool(jnp.all(a == b)), one, again))
    assert not jnp.array_equal(one["encoder"]["kernel"], other["encoder"]["kernel"])
