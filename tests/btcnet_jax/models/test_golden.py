"""The three published tiny networks: same integers, same latent, same output, from imported weights."""

from functools import partial

import jax
import numpy as np
import pytest

from btcnet_jax.models.btcnet import build
from btcnet_jax.models.published import from_published, to_published
from btcnet_jax.ops.quantizer import from_symbols, to_symbols


def _golden(folder, bits):
    with np.load(folder / f"tiny_{bits}bit.npz") as file:
        arrays = dict(file)
    state = {k.removeprefix("param/"): v for k, v in arrays.items() if k.startswith("param/")}
    cubes = {k: arrays[k].transpose(0, 2, 3, 1) for k in ("input", "latent", "output")}
    return state, cubes, arrays


@pytest.mark.parametrize("bits", [8, 6, 32])
def test_latent_and_output_are_the_published_ones(reference_data, bits):
    state, cubes, _ = _golden(reference_data, bits)
    config, params = from_published(state, bits)
    model = build(config)
    latent = jax.jit(partial(model.apply, method="encode"))({"params": params}, cubes["input"])
    output = jax.jit(model.apply)({"params": params}, cubes["input"])
    np.testing.assert_allclose(latent, cubes["latent"], atol=1e-5, rtol=0)
    np.testing.assert_allclose(output, cubes["output"], atol=1e-4, rtol=0)


@pytest.mark.parametrize("bits", [8, 6])
def test_latent_integers_are_the_published_ones(reference_data, bits):
    state, cubes, arrays = _golden(reference_data, bits)
    config, params = from_published(state, bits)
    model = build(config)
    analyze = jax.jit(partial(model.apply, method="analyze"))
    unquantized = analyze({"params": params}, cubes["input"])
    symbols = to_symbols(unquantized, bits)
    flips = np.count_nonzero(symbols.indices != arrays["latent_int"].transpose(0, 2, 3, 1))
    assert flips == 0, f"{flips} of {symbols.indices.size} latent integers flipped"
    np.testing.assert_allclose(from_symbols(symbols, bits), cubes["latent"], atol=1e-5, rtol=0)


def test_published_names_and_layouts_round_trip(reference_data):
    state, _, _ = _golden(reference_data, 8)
    _, params = from_published(state, 8)
    back = to_published(params)
    assert back.keys() == state.keys()
    assert all(np.array_equal(back[name], state[name]) for name in state)
    assert all(leaf.dtype == np.float32 for leaf in jax.tree.leaves(params))
