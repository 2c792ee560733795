"""The choice of symbols tile by tile: as of each alone, whatever the number of threads."""

import numpy as np
import pytest

from btcnet_jax.codec.build import shipped_weights
from btcnet_jax.coding.context import ComponentLevels, ContextCoder, judge_all
from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.parts.context_latent import encode_piece
from btcnet_jax.parts.quantization import optimize
from btcnet_jax.weights.named_contexts import DEPENDENT, named_contexts

COMPONENTS, ROWS, COLS, TILE = 4, 11, 13, (4, 6)
GRID = TileGrid(ROWS, COLS, *TILE)


@pytest.fixture(scope="module")
def coder():
    return ContextCoder(shipped_weights().context)


@pytest.fixture(scope="module")
def values():
    random = np.random.default_rng(0)
    fall = np.array([9, 4, 2, 1])[:, None, None, None]
    return (random.laplace(0, 1, (COMPONENTS, 16, ROWS, COLS)) * fall).astype(np.float32)


@pytest.fixture(scope="module")
def held():
    return np.random.default_rng(1).random((ROWS, COLS)) < 0.7


@pytest.fixture(scope="module")
def chosen(coder, values, held):
    return optimize(coder, values, 0.0, None, held, TILE, COMPONENTS)


def test_a_tile_is_chosen_as_if_it_were_alone(coder, values, held, chosen):
    assert GRID.count == 9
    bits = np.zeros(COMPONENTS)
    for place in map(GRID.place, range(GRID.count)):
        alone = optimize(coder, values[(..., *place)], 0.0, None, held[place], least=COMPONENTS)
        np.testing.assert_array_equal(chosen.symbols[(..., *place)], alone.symbols)
        bits += alone.bits
    np.testing.assert_allclose(chosen.bits, bits)
    whole = optimize(coder, values, 0.0, None, held, least=COMPONENTS)
    assert (whole.symbols != chosen.symbols).any()


@pytest.mark.parametrize("jobs", [2, 3, 16])
def test_threads_change_nothing(coder, values, held, chosen, jobs):
    again = optimize(coder, values, 0.0, None, held, TILE, COMPONENTS, jobs)
    np.testing.assert_array_equal(again.symbols, chosen.symbols)
    assert again.bits.tobytes() == chosen.bits.tobytes()
    assert again.operations == chosen.operations


def test_the_bits_that_are_told_are_those_of_tiles_as_they_are_coded(coder, values):
    chosen = optimize(coder, values, 0.0, None, None, TILE, COMPONENTS)
    told = 0.0
    for place in map(GRID.place, range(GRID.count)):
        own = np.ascontiguousarray(chosen.symbols[(..., *place)])
        told += judge_all(coder, own, ComponentLevels.of(own, coder.per_step))[2].sum()
    # Levels are those of the symbols to begin with here, of the chosen ones there.
    assert chosen.bits.sum() == pytest.approx(told, rel=0.01)


@pytest.mark.parametrize("jobs", [1, 4])
def test_components_end_where_all_tiles_together_say(coder, values, jobs):
    faint = np.concatenate([values, 1e-3 * values])
    # One tile alone would go on.
    faint[COMPONENTS:, :, :4, :6] = 40 * values[:, :, :4, :6]
    few = optimize(coder, faint, 1e6, None, None, TILE, jobs=jobs)
    assert len(few.symbols) == 1
    some = optimize(coder, faint, 10.0, None, None, TILE, jobs=jobs)
    assert len(some.symbols) == 2 * COMPONENTS
    assert not some.symbols[COMPONENTS:, :, 4:].any()


@pytest.mark.parametrize("weights", [shipped_weights().context, named_contexts(DEPENDENT)])
def test_contexts_of_the_choice_code_what_coding_would_find_itself(values, held, weights):
    coder = ContextCoder(weights)
    # One more component is looked at than is worth its bits.
    faint = np.concatenate([values, 1e-3 * values[:1]])
    chosen = optimize(coder, faint, 0.0, None, held, TILE, keep=True)
    assert len(chosen.symbols) == COMPONENTS
    for number, known in enumerate(chosen.contexts):
        own = np.ascontiguousarray(chosen.symbols[(..., *GRID.place(number))])
        assert encode_piece(coder, own, known) == encode_piece(coder, own, known.levels)
    assert optimize(coder, faint, 0.0, None, held, TILE).contexts is None
