"""A model with a learned prior that fits its encoder's latents, without any training."""

import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.config import DecoderConfig, ModelConfig
from btcnet_jax.models.btcnet import build, run_model
from btcnet_jax.models.initialization import init_params


def _config(**options):
    sizes = {"bands": 16, "latent_channels": 24, "features": 2, "gamma": 1, "rate_levels": 3}
    context = DecoderConfig(context=options.pop("context", "tile"))
    return ModelConfig(**sizes | options, quantizer="learned", decoder=context)


def _smooth_cube(rows, cols, bands=16, seed=0):
    """Hills, stripes and noise, in 12 bits."""
    random = np.random.default_rng(seed)
    down, across = np.mgrid[:rows, :cols]
    waves = random.uniform(0.02, 0.3, (3, 2))
    hills = np.stack([np.sin(a * down + b * across + a) for a, b in waves], axis=-1)
    cube = (
        hills @ random.normal(0, 300, (3, bands)) + 1500 + random.normal(0, 40, (rows, cols, bands))
    )
    return np.clip(np.rint(cube), 0, 4095).astype(np.uint16)


def _fitted_params(config, cube, step=0.05):
    """Random weights, and a logistic prior with the mean and width of each channel's latents on a cube."""
    params = init_params(config, 0)
    scene = (cube - cube.min()) / np.float32(np.ptp(cube))
    latent = run_model(
        build(config), params, jnp.asarray(scene, jnp.float32)[None], method="analyze"
    )
    steps = step * 2.0 ** np.arange(config.rate_levels - 1, -1, -1)[:, None]
    ones = np.ones((1, config.latent_channels))
    widths = np.std(latent, axis=(0, 1, 2)) * np.sqrt(3) / np.pi
    prior = {"log_step": np.log(steps * ones), "weights": np.zeros((*(steps * ones).shape, 3))}
    for name, value in (
        ("means", np.mean(latent, axis=(0, 1, 2)) / steps),
        ("log_scales", np.log(widths / steps + 0.15)),
    ):
        prior[name] = np.repeat(value[:, :, None], 3, axis=2)
    params["prior"] = {name: jnp.asarray(value, jnp.float32) for name, value in prior.items()}
    return params


@pytest.fixture(scope="session")
def smooth_cube():
    """Makes cubes of given rows, columns and seed."""
    return _smooth_cube


@pytest.fixture(scope="session")
def learned():
    """Makes a configuration with the options given, and parameters whose prior fits it."""

    def make(**options):
        config = _config(**options)
        return config, _fitted_params(config, _smooth_cube(256, 256, config.bands))

    return make
