"""Training and validation lower for TPU and CUDA on a machine that has neither."""

import re

import jax
import jax.numpy as jnp
import pytest
from jax import export

from btcnet_jax.config import Config, DataConfig, DecoderConfig, ModelConfig, TrainConfig
from btcnet_jax.config.hardware import HardwareConfig
from btcnet_jax.config.loss import LossConfig
from btcnet_jax.training.mesh import make_mesh
from btcnet_jax.training.optimizer import make_optimizer
from btcnet_jax.training.state import init_state
from btcnet_jax.training.train_step import make_train_step, make_validation_step

PLATFORMS = ("tpu", "cuda")
PAPER = Config(data=DataConfig(folder="unused"), train=TrainConfig(precision="bfloat16"))
LEARNED = Config(
    model=ModelConfig(
        bands=12,
        latent_channels=10,
        features=4,
        gamma=2,
        quantizer="learned",
        rate_levels=2,
        decoder=DecoderConfig(context="tile", core_channels=6, attention="mean"),
    ),
    loss=LossConfig(distortion="psnr", sam_weight=0.1, rate_weights=(2.0, 1.0)),
    data=DataConfig(
        folder="unused",
        images_per_batch=8,
        strips_per_image=1,
        patch_rows=32,
        patch_cols=32,
        strip_rows=16,
        tile_cols=16,
    ),
    train=TrainConfig(
        precision="bfloat16", remat=True, ema_decay=0.9, clip_norm=1.0, schedule="cosine"
    ),
)


def _batch(config, images):
    data, scalars = config.data, jax.ShapeDtypeStruct((images,), jnp.float32)
    shape = (images, data.patch_rows, data.patch_cols, config.model.bands)
    patches = jax.ShapeDtypeStruct(shape, jnp.uint16)
    return {"patches": patches, "minimum": scalars, "maximum": scalars}


@pytest.mark.parametrize(
    ("config", "devices", "ranges"),
    [pytest.param(PAPER, 1, 2, marks=pytest.mark.paper_size), (LEARNED, 8, 1)],
)
def test_training_and_validation_lower_for_tpu_and_cuda(config, devices, ranges):
    config.hardware = HardwareConfig(devices=devices)
    config.validate()
    mesh, optimizer = make_mesh(config), make_optimizer(config, 100)
    state = init_state(config, optimizer)
    step = make_train_step(config, optimizer, mesh, 100)
    validation = make_validation_step(config, mesh)
    lowered = [
        export.export(step, platforms=PLATFORMS)(
            state, _batch(config, config.data.images_per_batch)
        ),
        export.export(validation, platforms=PLATFORMS)(state.weights, _batch(config, 1)),
    ]
    for exported in lowered:
        assert exported.platforms == PLATFORMS
        assert exported.nr_devices == devices
        assert exported.mlir_module_serialized
    # Devices wait for each other at each exchange: one for a range over the batch, one for all gradients.
    exchanged = re.findall(
        r"all_reduce.*?\(tensor<(\w+)>\) ->", lowered[0].mlir_module(), re.DOTALL
    )
    assert len(exchanged) == ranges + 1
    assert exchanged[:-1] == ["2xf32"] * ranges
    assert exchanged[-1].endswith("xf32")
