"""Small models, calibrated to a small scene."""

from typing import NamedTuple

import numpy as np
import pytest

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.initialization import init_params
from btcnet_jax.onboard.calibration import Calibration, calibrate
from btcnet_jax.onboard.integer_encoder import IntegerEncoder
from btcnet_jax.onboard.quantizing import integer_encoder
from btcnet_jax.scene.scene import Scene

BANDS = 6
OPTIONS = {
    "published": {},
    "6 bits by bands": {"bits": 6, "normalization": "bands"},
    "learned, floats": {"quantizer": "learned", "bits": 32, "rate_levels": 2},
    "learned, 8 bits, stride 2": {"quantizer": "learned", "rate_levels": 2, "scale": 2},
    "stride 8": {"scale": 8},
    "stride 1": {"scale": 1},
}


class Made(NamedTuple):
    """A model and what it becomes."""

    config: ModelConfig
    params: Params
    scene: Scene
    calibration: Calibration
    encoder: IntegerEncoder


@pytest.fixture(scope="session")
def cube():
    """Smooth, signed, of sides that no stride divides: (30, 13, 6)."""
    row, col, band = np.mgrid[:30, :13, :BANDS]
    noise = np.random.default_rng(0).normal(0, 20, row.shape)
    values = 900 * np.sin(row / 5 + band / 3) * np.cos(col / 4) + 300 * band - 700 + noise
    return values.astype(np.int16)


@pytest.fixture(scope="session")
def make(cube):
    """Makes a model of options, its weights as large as trained ones."""
    made = {}

    def build(name="published", values=cube):
        key = name, values.dtype
        if key not in made:
            fixed = {"bands": BANDS, "latent_channels": 5, "features": 2, "gamma": 1}
            config = ModelConfig(**fixed, **OPTIONS[name])
            params = init_params(config, 0)
            scene = Scene(name="small", values=values)
            calibration = calibrate(config, params, scene)
            encoder = integer_encoder(config, params, calibration)
            made[key] = Made(config, params, scene, calibration, encoder)
        return made[key]

    return build
