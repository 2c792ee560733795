"""Small models, calibrated to a small scene."""

from typing import NamedTuple

import numpy as np
import pytest

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.fingerprint import model_fingerprint
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.saved_model import SavedModel
from btcnet_jax.parts.integers.integer_encoder import IntegerEncoder
from btcnet_jax.parts.integers.quantizing import integer_encoder
from btcnet_jax.parts.integers.settings import Settings, settings_of
from btcnet_jax.parts.integers.transform import IntegerLatent, calibrate
from btcnet_jax.scene.scene import Scene
from btcnet_jax.weights.coding_tables import coding_tables

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
    latent: IntegerLatent
    settings: Settings
    encoder: IntegerEncoder

    @property
    def saved(self) -> SavedModel:
        """The model as one that was read."""
        return SavedModel(self.config, self.params, {})


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
            (latent,) = calibrate(config, params, [scene])
            tables = coding_tables(config, params)
            settings = settings_of(model_fingerprint(config, params, tables), [latent])
            encoder = integer_encoder(config, params, latent.calibration)
            made[key] = Made(config, params, scene, latent, settings, encoder)
        return made[key]

    return build
