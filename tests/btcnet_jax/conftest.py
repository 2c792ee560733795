"""Codecs of the universal kind: with the weights that ship, and with some that know nothing."""

import dataclasses

import numpy as np
import pytest

from btcnet_jax.codec import load, universal_codec
from btcnet_jax.models.detail_net import DetailNet, init_detail_params
from btcnet_jax.weights.weight_file import UniversalWeights, load_weights


@pytest.fixture(scope="session")
def shipped():
    return load()


@pytest.fixture(scope="session")
def plain_weights():
    """A network that restores nothing, and contexts that are a guess."""
    weights = load_weights()
    rolled = np.roll(weights.context.scale_weights, 1, axis=0)
    context = dataclasses.replace(weights.context, scale_weights=rolled)
    # Small, so that it compiles and runs at once; it starts as one that restores nothing.
    tiny = init_detail_params(DetailNet(components=2, width=2, blocks=1), 0)
    return UniversalWeights(context, tiny, b"nothing!", b"network!")


@pytest.fixture(scope="session")
def plain(plain_weights):
    """A codec of such weights."""
    return universal_codec(plain_weights)


@pytest.fixture(scope="session")
def make_cube():
    """Smooth mixtures of some spectra with noise, uint16."""

    def make(rows=40, cols=36, bands=20, seed=0):
        random = np.random.default_rng(seed)
        row, col = np.mgrid[:rows, :cols]
        shares = [np.sin(row / a + b) * np.cos(col / b) for a, b in random.uniform(3, 15, (12, 2))]
        spectra = random.normal(0, 1, (12, bands)).cumsum(axis=1) * 0.6 ** np.arange(12)[:, None]
        cube = np.stack(shares, axis=2) @ spectra * 80 + 2000
        return (cube + random.normal(0, 2, cube.shape)).astype(np.uint16)

    return make
