"""The choice of the architecture: refused options, and models written before there was a choice."""

import jax
import jax.numpy as jnp
import pytest

from btcnet_jax.config import Config, ModelConfig, V1Config, model_config_from_dict
from btcnet_jax.errors import ConfigError
from btcnet_jax.models.btcnet import param_shapes
from btcnet_jax.models.fingerprint import model_fingerprint

TINY = V1Config(width=4, growth=2, blocks=1)
V1 = ModelConfig(architecture="v1", bands=6, latent_channels=3, v1=TINY)


def _zeros_fingerprint(config):
    zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape), param_shapes(config))
    return model_fingerprint(config, zeros).hex()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"architecture": "v3"}, r"model\.architecture is 'v3', but must be one of \('v2', 'v1'\)"),
        ({"architecture": "v1", "features": 8}, r"model\.features is 8.* 32, since v1 has no such"),
        ({"architecture": "v1", "gamma": 2}, r"model\.gamma is 2.* 4, since v1 has no such"),
        ({"architecture": "v1", "scale": 8}, r"model\.scale is 8.* 4, since v1 has no such"),
        ({"v1": V1Config(blocks=2)}, r"model\.v1\.blocks is 2.* 16, since v2 has no such"),
        ({"architecture": "v1", "v1": V1Config(width=5)}, r"model\.v1\.width is 5.* even"),
        ({"architecture": "v1", "v1": V1Config(width=0)}, r"model\.v1\.width is 0.* at least 2"),
        ({"architecture": "v1", "v1": V1Config(growth=0)}, r"model\.v1\.growth is 0.* at least 1"),
        ({"architecture": "v1", "v1": V1Config(blocks=0)}, r"model\.v1\.blocks is 0.* at least 1"),
        ({"architecture": "v1", "bits": 9}, r"model\.bits is 9"),
    ],
)
def test_what_cannot_work_or_would_do_nothing_is_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        ModelConfig(**options).validate()


def test_both_architectures_are_valid_as_they_come():
    for architecture in ("v1", "v2"):
        ModelConfig(architecture=architecture).validate()


def test_a_v2_model_is_written_and_named_as_before_there_was_a_choice():
    config = ModelConfig(bands=6, latent_channels=3, features=2, gamma=1)
    names = ["bands", "latent_channels", "bits", "features", "gamma", "scale"]
    assert list(Config(model=config).to_dict()["model"]) == names
    assert _zeros_fingerprint(config) == "bf61877e4a588e5c", (
        "files and checkpoints of V2 name their model by this fingerprint: it must not change"
    )


@pytest.mark.parametrize("config", [V1, ModelConfig(bands=6, scale=8)])
def test_a_configuration_comes_back_from_what_checkpoints_hold(config):
    assert model_config_from_dict(Config(model=config).to_dict()["model"]) == config


def test_every_option_of_v1_is_part_of_the_fingerprint():
    wider = V1Config(width=4, growth=2, blocks=2)
    other = ModelConfig(architecture="v1", bands=6, latent_channels=3, bits=6, v1=TINY)
    more = ModelConfig(architecture="v1", bands=6, latent_channels=3, v1=wider)
    assert len({_zeros_fingerprint(config) for config in (V1, other, more)}) == 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"architecture": "v9"}, "model architecture 'v9' is not known"),
        ({"architecture": "v1", "v1": {"depth": 3}}, r"model option 'v1\.depth' is not known"),
        ({"depth": 3}, "model option 'depth' is not known"),
        ({"architecture": "v1", "v1": {"width": "4"}}, r"model\.v1\.width is '4', but must be a"),
        ({"bits": 8.0}, r"model\.bits is 8\.0, but must be a whole number"),
        ({"architecture": "v1", "gamma": 2}, r"model\.gamma is 2.* since v1 has no such option"),
    ],
)
def test_a_checkpoint_s_configuration_that_makes_no_sense_is_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        model_config_from_dict(values)
