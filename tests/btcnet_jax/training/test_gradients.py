"""Gradients that devices share out are those of the whole batch in one place."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from btcnet_jax.config import HardwareConfig, ModelConfig, V1Config
from btcnet_jax.config.loss import LossConfig
from btcnet_jax.models.btcnet import build
from btcnet_jax.models.initialization import init_params
from btcnet_jax.training.crops import training_crops
from btcnet_jax.training.gradients import draw, make_gradients
from btcnet_jax.training.mesh import AXIS, make_mesh
from btcnet_jax.training.objective import noise_then_rounding, objective

IMAGES = 8
MODELS = {
    "v2": ModelConfig(bands=6, latent_channels=3, bits=4, features=2, gamma=1),
    "v1": ModelConfig(
        architecture="v1",
        bands=6,
        latent_channels=3,
        bits=4,
        v1=V1Config(width=2, growth=2, blocks=1),
    ),
    "learned": ModelConfig(
        bands=6,
        latent_channels=3,
        features=2,
        gamma=1,
        quantizer="learned",
        rate_levels=2,
        ranges="image",
    ),
}


@pytest.fixture
def batch():
    """Each image of a brightness of its own, so that its range is not the batch's."""
    cube = np.random.default_rng(3).uniform(0, 1, (IMAGES, 16, 16, 6))
    cube *= np.linspace(0.2, 1, IMAGES)[:, None, None, None]
    return {
        "patches": jnp.asarray(cube * 999, jnp.uint16),
        "minimum": jnp.zeros(IMAGES),
        "maximum": jnp.full(IMAGES, 999.0),
    }


@pytest.mark.parametrize("name", MODELS)
def test_eight_devices_have_the_gradients_of_the_whole_batch(config, batch, name):
    config.model, config.data.images_per_batch = MODELS[name], IMAGES
    config.hardware = HardwareConfig(devices=8)
    if name == "learned":
        config.loss = LossConfig(sam_weight=0.1, rate_weights=(2.0, 1.0))
    params, noisy = init_params(config.model, 0), jnp.asarray(True)
    draws = draw(config, batch, jnp.asarray(5))
    shared = make_gradients(config, build(config.model, batch_axis=AXIS), make_mesh(config))
    grads, metrics = jax.jit(shared)(params, batch, draws, noisy)

    def whole(params):
        crops = training_crops(config, batch, draws.places)
        rounding = noise_then_rounding(draws.noise, noisy)
        loss, outcome = objective(
            config, build(config.model), params, crops, draws.levels, rounding
        )
        return loss, outcome.metrics | {"loss": loss}

    expected, whole_metrics = jax.jit(jax.grad(whole, has_aux=True))(params)
    norm = metrics.pop("grad_norm")
    for part, leaves in expected.items():
        own = metrics.pop(f"grad_norm_{part}")
        np.testing.assert_allclose(own, optax.tree.norm(leaves), rtol=1e-4, err_msg=part)
    assert metrics.keys() == whole_metrics.keys()
    for metric, value in whole_metrics.items():
        np.testing.assert_allclose(metrics[metric], value, rtol=1e-5, err_msg=metric)
    np.testing.assert_allclose(norm, optax.tree.norm(expected), rtol=1e-4)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, atol=1e-3 * np.abs(b).max()), grads, expected
    )


def test_images_are_random_each_on_its_own(config, batch):
    config.model, config.data.images_per_batch = MODELS["learned"], IMAGES
    first, again, other = (draw(config, batch, jnp.asarray(step)) for step in (5, 5, 6))
    jax.tree.map(np.testing.assert_array_equal, first.places, again.places)
    assert (first.places.top != other.places.top).any()
    noises = [
        noise_then_rounding(draws.noise, jnp.asarray(True))(jnp.zeros((IMAGES * 4, 2, 1, 3)))
        for draws in (first, other)
    ]
    assert len(np.unique(np.concatenate(noises))) == 2 * noises[0].size
    assert float(jnp.max(jnp.abs(noises[0]))) <= 0.5
