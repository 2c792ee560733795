"""The three published tiny networks: same integers, same latent, same output, from imported weights."""

from functools import partial

import jax
import numpy as np
import pytest
from golden_networks import golden_network

from btcnet_jax.models.btcnet import build
from btcnet_jax.models.published import from_published, to_published
from btcnet_jax.ops.quantizer import from_symbols, to_symbols


@pytest.mark.parametrize("bits", [8, 6, 32])
def test_latent_and_output_are_the_published_ones(bits):
    golden = golden_network(bits)
    config, params = from_published(golden.state, bits)
    model = build(config)
    latent = jax.jit(partial(model.apply, method="encode"))({"params": params}, golden.input)
    output = jax.jit(model.apply)({"params": params}, golden.input)
    np.testing.assert_allclose(latent, golden.latent, atol=1e-5, rtol=0)
    np.testing.assert_allclose(output, golden.output, atol=1e-4, rtol=0)


@pytest.mark.parametrize("bits", [8, 6])
def test_latent_integers_are_the_published_ones(bits):
    golden = golden_network(bits)
    config, params = from_published(golden.state, bits)
    model = build(config)
    analyze = jax.jit(partial(model.apply, method="analyze"))
    unquantized = analyze({"params": params}, golden.input)
    symbols = to_symbols(unquantized, bits)
    flips = np.count_nonzero(symbols.indices != golden.integers)
    assert flips == 0, f"{flips} of {symbols.indices.size} latent integers flipped"
    np.testing.assert_allclose(from_symbols(symbols, bits), golden.latent, atol=1e-5, rtol=0)


def test_published_names_and_layouts_round_trip():
    state = golden_network(8).state
    _, params = from_published(state, 8)
    back = to_published(params)
    assert back.keys() == state.keys()
    assert all(np.array_equal(back[name], state[name]) for name in state)
    assert all(leaf.dtype == np.float32 for leaf in jax.tree.leaves(params))
