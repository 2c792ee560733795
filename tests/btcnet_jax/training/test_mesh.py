"""Devices: losses do not depend on how many there are, and what they cannot do is said in one line."""

import copy
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from btcnet_jax.config import HardwareConfig, ModelConfig, V1Config
from btcnet_jax.errors import ConfigError
from btcnet_jax.training import mesh as mesh_module
from btcnet_jax.training.mesh import make_mesh, place_batch, place_replicated
from btcnet_jax.training.optimizer import make_optimizer
from btcnet_jax.training.state import init_state
from btcnet_jax.training.train_step import make_train_step

STEPS = 3


def _losses(config, devices):
    config = copy.deepcopy(config)
    config.hardware = HardwareConfig(devices=devices)
    mesh, optimizer = make_mesh(config), make_optimizer(config, STEPS)
    assert mesh.devices.size == devices
    state = place_replicated(mesh, init_state(config, optimizer))
    step = make_train_step(config, optimizer, mesh, STEPS)
    random, losses = np.random.default_rng(3), []
    for _ in range(STEPS):
        patches = random.integers(0, 999, (8, 16, 16, 6)).astype(np.uint16)
        scalars = {
            name: np.full(8, value, np.float32)
            for name, value in (("minimum", 0), ("maximum", 999))
        }
        before = state
        state, metrics = step(state, place_batch(mesh, {"patches": patches, **scalars}))
        losses.append(float(metrics["loss"]))
        assert all(leaf.is_deleted() for leaf in jax.tree.leaves(before)), "the state is given up"
    return losses, jax.device_get(state.params)


def test_losses_are_equal_on_1_2_and_8_devices(config):
    # The network that compiles soonest: each number of devices is a compilation of its own.
    v1 = V1Config(width=2, growth=2, blocks=1)
    config.model = ModelConfig(architecture="v1", bands=6, latent_channels=3, v1=v1)
    config.data.images_per_batch = 8
    config.train.clip_norm = 0.5
    (one, params), *others = (_losses(config, devices) for devices in (1, 2, 8))
    assert one[-1] < one[0]
    for losses, other in others:
        np.testing.assert_allclose(losses, one, rtol=1e-5)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=2e-4), params, other)


@pytest.mark.parametrize(
    ("images", "hardware", "message"),
    [
        (
            12,
            {"devices": 8},
            r"images_per_batch is 12, which 8 cpu devices .*images_per_batch=8 or 16",
        ),
        (
            3,
            {"devices": 4},
            r"which 4 cpu devices .*images_per_batch=4, or --config.hardware.devices",
        ),
        (8, {"devices": 9}, r"hardware\.devices is 9, but there are 8 cpu devices: .*devices=8"),
        (8, {"platform": "gpu"}, r"hardware\.platform is 'gpu', but JAX finds only cpu: install"),
        (
            8,
            {"platform": "tpu"},
            r"hardware\.platform is 'tpu', but JAX finds only cpu: .*platform=cpu",
        ),
    ],
)
def test_devices_that_do_not_fit_are_refused(config, images, hardware, message):
    config.data.images_per_batch = images
    config.hardware = HardwareConfig(**hardware)
    with pytest.raises(ConfigError, match=message) as caught:
        make_mesh(config)
    assert "\n" not in str(caught.value)


def test_images_that_processes_cannot_share_are_refused(config, monkeypatch):
    devices = [SimpleNamespace(process_index=index, platform="cpu") for index in range(4)]
    monkeypatch.setattr(mesh_module, "_devices", lambda hardware: devices)
    with pytest.raises(ConfigError, match="which 4 processes cannot share equally"):
        make_mesh(config)
