"""Training with a learned rate: each distortion falls, from each start, and the log tells how it goes."""

import dataclasses
import itertools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.config import DecoderConfig, LossConfig
from btcnet_jax.config.model import KLT_DCT, RANDOM
from btcnet_jax.models.btcnet import build, run_model
from btcnet_jax.models.initialization import init_params
from btcnet_jax.training.analytic_start import _entropy, analytic_start
from btcnet_jax.training.logbook import read_records
from btcnet_jax.training.mesh import make_mesh
from btcnet_jax.training.train_step import make_validation_step
from data_pipeline.patches import PatchStream

pytestmark = pytest.mark.trainings

_WEIGHTS = {"l1": (0.4, 0.1), "mse": (0.1, 0.02), "band_mse": (0.2, 0.05), "psnr": (80.0, 20.0)}


def _scenes(count=4):
    """Smooth scenes of few spectra, as real ones are."""
    random = np.random.default_rng(1)
    spectra = random.uniform(0.2, 1, (3, 6))
    planes = random.normal(size=(count, 3, 24, 24)).cumsum(2).cumsum(3)
    planes -= planes.min((2, 3), keepdims=True)
    values = np.einsum("nkrc,kb->nrcb", planes, spectra) * 50
    return list(np.rint(values + random.normal(size=values.shape)).clip(0).astype(np.uint16))


@pytest.fixture
def rate_config(config):
    def change(distortion, start, **train):
        options = {
            "epochs": 30,
            "learning_rate": 2e-3,
            "schedule": "cosine",
            "warmup_steps": 5,
            "clip_norm": 1.0,
            "encoder_rate": 0.1,
            "prior_rate": 10.0,
            "validate_every": 1000,
            "checkpoint_every": 1000,
            "log_every": 10,
        }
        decoder = DecoderConfig(context="tile", core_channels=3, attention="mean")
        return dataclasses.replace(
            config,
            model=dataclasses.replace(
                config.model,
                latent_channels=8,
                bits=32,
                quantizer="learned",
                rate_levels=2,
                start=start,
                decoder=decoder,
            ),
            data=dataclasses.replace(config.data, strips_per_image=2, tile_cols=8),
            loss=LossConfig(distortion=distortion, rate_weights=_WEIGHTS[distortion]),
            train=dataclasses.replace(config.train, **options | train),
        )

    return change


def _start(config):
    stream = PatchStream(_scenes(), 16, 16, 2, 0)
    params = init_params(config.model, 0)
    return analytic_start(config, params, list(itertools.islice(stream, 4)))


@pytest.mark.parametrize("start", [RANDOM, KLT_DCT])
@pytest.mark.parametrize("distortion", sorted(_WEIGHTS))
def test_every_distortion_ends_lower_than_it_began(rate_config, train, distortion, start):
    config = rate_config(distortion, start)
    train(config)
    records = [r for r in read_records(_log(config)) if "loss" in r]
    assert len(records) == 6
    assert records[-1]["loss"] < records[0]["loss"]
    told = {"grad_norm_encoder", "grad_norm_decoder", "grad_norm_prior", "symbol_magnitude"}
    assert told | {"symbol_zeros", "channels_used"} <= records[-1].keys()


def _log(config):
    return Path(config.workdir) / "train.jsonl"


def test_the_analytic_start_has_finer_steps_where_the_rate_weighs_less(rate_config):
    params = _start(rate_config("psnr", KLT_DCT))
    steps = np.exp(params["prior"]["log_step"])
    assert (steps[0] > steps[1]).all()
    assert jax.tree.all(jax.tree.map(lambda leaf: bool(np.isfinite(leaf).all()), params))


@pytest.mark.parametrize("form", ["logistic", "laplace", "factorized"])
def test_the_prior_begins_as_wide_as_the_symbols(rate_config, form):
    """Its estimate at the start is near to the entropy: nothing has to be found first."""
    config = rate_config("psnr", KLT_DCT)
    config.model.prior = form
    params = _start(config)
    stream = PatchStream(_scenes(), 24, 24, 4, 0)
    batch = stream.batch_at(0)
    low, high = (batch[name][:, None, None, None] for name in ("minimum", "maximum"))
    x = jnp.asarray((batch["patches"] - low) / (high - low), jnp.float32)
    levels = jnp.ones(len(x), jnp.int32)
    result = run_model(build(config.model), params, x, levels, method="restore")
    symbols = np.asarray(result.symbols).reshape(-1, 8).astype(int)
    entropy = sum(_entropy(channel) for channel in symbols.T) * len(symbols)
    assert float(result.bits.sum()) < 1.6 * entropy + 64


def test_bands_in_their_own_units_start_better_where_spectra_differ(rate_config):
    """Scenes of one texture under other sensors: what differs is what two numbers a band tell."""
    random = np.random.default_rng(2)
    scenes = [
        (scene * random.uniform(0.05, 1, 6) + random.uniform(0, 500, 6)).astype(np.uint16)
        for scene in _scenes(8)
    ]
    losses = []
    for normalization in ("whole", "bands"):
        config = rate_config("psnr", KLT_DCT)
        config.model = dataclasses.replace(
            config.model, normalization=normalization, quantizer="range", rate_levels=1
        )
        config.loss = LossConfig(distortion="psnr")
        stream = PatchStream(scenes, 16, 16, 4, 0)
        batches = list(itertools.islice(stream, 4))
        params = analytic_start(config, init_params(config.model, 0), batches)
        step = make_validation_step(config, make_mesh(config))
        unseen = {name: value[:1] for name, value in batches[3].items()}
        losses.append(float(step(params, unseen)[0]["loss"]))
    assert losses[1] < losses[0] - 1
