"""The analytic start is a transform and its inverse, as formulas and as a network."""

import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.config import DecoderConfig, ModelConfig
from btcnet_jax.models import klt_dct
from btcnet_jax.models.btcnet import build, run_model
from btcnet_jax.models.initialization import init_params
from btcnet_jax.ops.quantizer import quantize

BANDS = 8


def _blocks(count=400):
    """Smooth blocks of few spectra, dark in their last bands, and noise."""
    random = np.random.default_rng(3)
    ramp = np.linspace(0, 1, 4)
    slopes = random.normal(size=(count, 3, 1, 1)) * ramp[:, None] + random.normal(
        size=(count, 3, 1, 1)
    )
    spectra = random.uniform(size=(3, BANDS)) * np.linspace(1, 0.05, BANDS)
    values = 0.4 + np.einsum("nkrc,kb->nrcb", slopes + 0 * ramp, spectra) / 10
    return (values + random.normal(size=values.shape) * 1e-3).astype(np.float32)


def _config(**options):
    return ModelConfig(
        **{"bands": BANDS, "latent_channels": 12, "features": 2, "gamma": 1} | options
    )


def test_all_coefficients_restore_all():
    blocks = _blocks()
    config = _config(latent_channels=16 * BANDS, bits=32)
    transform = klt_dct.fit(config, blocks)
    latent = klt_dct.analyze(transform, blocks)
    np.testing.assert_allclose(klt_dct.synthesize(transform, latent, 4), blocks, atol=1e-5)
    energy = np.square(blocks - transform.mean).sum(), np.square(latent).sum()
    assert energy[0] == pytest.approx(energy[1], rel=1e-4), "not orthonormal"


def test_channels_are_the_strongest_and_fall():
    blocks = _blocks()
    transform = klt_dct.fit(_config(bits=32), blocks)
    variance = klt_dct.analyze(transform, blocks).var(0)
    assert (np.diff(variance) < 1e-6).all()
    assert (transform.component[0], transform.frequency[0]) == (0, 0)


def test_by_ratio_the_dark_bands_lose_less():
    blocks = _blocks()
    errors = []
    for by_ratio in (False, True):
        transform = klt_dct.fit(_config(bits=32, latent_channels=4), blocks, by_ratio=by_ratio)
        restored = klt_dct.synthesize(transform, klt_dct.analyze(transform, blocks), 4)
        errors.append(np.sqrt(np.square(restored - blocks).mean((0, 1, 2))))
    assert np.log(errors[1]).mean() < np.log(errors[0]).mean()


@pytest.mark.parametrize("core", [0, 5])
def test_the_network_computes_the_transform(core):
    blocks = _blocks()
    config = _config(bits=32, decoder=DecoderConfig(core_channels=core, context="tile"))
    transform = klt_dct.fit(config, blocks, by_ratio=True)
    params = klt_dct.transform_params(config, init_params(config, 0), transform)
    image = blocks[:12].reshape(3, 4, 4, 4, BANDS).swapaxes(1, 2).reshape(1, 12, 16, BANDS)
    restored = np.asarray(run_model(build(config), params, jnp.asarray(image)))
    expected = klt_dct.synthesize(transform, klt_dct.analyze(transform, blocks[:12]), 4)
    cut = restored.reshape(3, 4, 4, 4, BANDS).swapaxes(1, 2).reshape(12, 4, 4, BANDS)
    np.testing.assert_allclose(cut, expected, atol=1e-5)


def test_rows_beside_the_block_stay_zero_behind_the_weights_quantizer():
    blocks = _blocks()
    config = _config()
    transform = klt_dct.fit(config, blocks)
    params = klt_dct.transform_params(config, init_params(config, 0), transform)
    kernel = np.asarray(quantize(params["encoder"]["kernel"], config.bits))
    assert np.abs(kernel[:5]).max() < 1e-6
    assert np.abs(kernel[5:9]).max() > 0.1
    exact = klt_dct._analysis(transform, 4).reshape(4, 4, BANDS, -1)
    assert np.abs(kernel[5:9] - exact).max() < 1.5 * np.abs(exact).max() / 127
