"""Integer tables of a prior: exact sums, the prior's probabilities, made once."""

import numpy as np
import pytest

from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import PRIORS
from btcnet_jax.models.fingerprint import model_fingerprint
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.prior import log_probability
from btcnet_jax.models.prior_tables import make_tables


def _model(form="logistic", levels=2):
    config = ModelConfig(
        bands=4,
        latent_channels=5,
        features=2,
        gamma=1,
        quantizer="learned",
        prior=form,
        rate_levels=levels,
    )
    params = init_params(config, 0)
    random = np.random.default_rng(1)
    params["prior"] = {
        name: np.asarray(leaf + random.normal(0, 0.5, leaf.shape), np.float32)
        for name, leaf in params["prior"].items()
    }
    return config, params


@pytest.mark.parametrize("form", PRIORS)
def test_frequencies_are_the_priors_probabilities_and_sum_exactly(form):
    config, params = _model(form)
    tables = make_tables(config, params)
    frequencies, first = tables["frequencies"], tables["first"]
    assert (frequencies.dtype, first.dtype, first.shape) == (np.int32, np.int32, (2, 5))
    assert (frequencies.astype(np.int64).sum(axis=-1) == 2**24).all()
    assert (frequencies[..., 0] >= 2**8).all(), "every table can escape"
    for level, channel in np.ndindex(2, 5):
        listed = frequencies[level, channel, 1:]
        count = np.count_nonzero(listed)
        assert (listed[:count] > 0).all()
        assert not listed[count:].any()
        values = {
            name: np.asarray(leaf, np.float64)[level] for name, leaf in params["prior"].items()
        }
        symbols = first[level, channel] + np.arange(count, dtype=np.float64)
        mass = np.exp(log_probability(form, values, symbols[:, None], np))[:, channel]
        np.testing.assert_allclose(listed[:count] / 2**24, mass, rtol=2e-4, atol=2**-23)
        assert mass.sum() > 1 - 1e-4


def test_a_prior_of_one_symbol_and_one_far_away_still_have_tables():
    config, params = _model(levels=1)
    prior = params["prior"]
    prior["log_scales"] = np.full_like(prior["log_scales"], -9)
    prior["means"] = np.zeros_like(prior["means"])
    prior["means"][0, 1] = 1e6
    tables = make_tables(config, params)
    assert tables["first"][0, 0] == 0
    assert tables["frequencies"][0, 0].tolist()[:2] == [2**8, 2**24 - 2**8]
    assert tables["first"][0, 1] == 0
    assert tables["frequencies"][0, 1, 0] > 0.99 * 2**24, "all but escapes is improbable"
    assert (tables["frequencies"].sum(axis=-1) == 2**24).all()


def test_no_prior_no_tables_and_the_fingerprint_of_old_models_stays():
    config = ModelConfig(bands=6, latent_channels=3, features=2, gamma=1)
    params = init_params(config, 0)
    assert make_tables(config, params) == {}
    assert model_fingerprint(config, params).hex() == "0599c86f3a9e2e88"
    assert model_fingerprint(config, params, {}) == model_fingerprint(config, params)


def test_tables_are_part_of_the_fingerprint():
    config, params = _model()
    tables = make_tables(config, params)
    named = model_fingerprint(config, params, tables)
    assert named != model_fingerprint(config, params)
    tables["frequencies"][0, 0, :2] += [1, -1]
    assert named != model_fingerprint(config, params, tables)
