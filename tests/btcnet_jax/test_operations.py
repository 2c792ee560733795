"""The figures of an element's operations, counted on the code's own arrays."""

import numpy as np
import pytest
from array_model import ArrayCoder, ContextState, choose, features, fixed_point
from counting_array import CountingArray, counting

from btcnet_jax.coding.context import ComponentLevels, features_of, judge_all
from btcnet_jax.cost import CHOOSE, CODE, COMMIT, DEAD_ZONE, JUDGE, LENGTH
from btcnet_jax.parts import quantization
from btcnet_jax.parts.quantization import USEFUL, count_useful, dead_zone

_ROWS, _COLS, _COMPONENTS = 4, 5, 5
_RANGE_CODER = 8


@pytest.fixture
def coder(plain_weights, monkeypatch):
    """A coder whose tables notice that they are looked up."""
    coder = ArrayCoder(plain_weights.context)
    for name in ("_lengths", "_shifts"):
        monkeypatch.setattr(coder._tables, name, counting(getattr(coder._tables, name)))
    monkeypatch.setattr(fixed_point, "_TABLE", counting(fixed_point._TABLE))
    # What is made as a plain array, to be filled with counted ones.
    earlier, contiguous = features._earlier_positions, np.ascontiguousarray
    monkeypatch.setattr(features, "_earlier_positions", lambda *known: counting(earlier(*known)))
    monkeypatch.setattr(
        np,
        "ascontiguousarray",
        lambda values, dtype=None: counting(contiguous(values.view(np.ndarray), dtype)),
    )
    return coder


@pytest.fixture
def symbols():
    """Symbols of which none is zero."""
    random = np.random.default_rng(0)
    shape = (_COMPONENTS, 16, _ROWS, _COLS)
    return random.integers(1, 3, shape) * random.choice([-1, 1], shape)


def _state(symbols):
    state = ContextState(_COMPONENTS, _ROWS, _COLS, ComponentLevels.of(symbols))
    for part in (state._planes, state._regression):
        for name, values in vars(part).items():
            if isinstance(values, np.ndarray) and name != "symbols":
                setattr(part, name, counting(values))
    return state


def _count(work, *given, **options):
    CountingArray.operations = 0
    return work(*given, **options), CountingArray.operations / (_ROWS * _COLS)


def test_contexts_lengths_choice_and_coding_take_what_the_figures_say(coder, symbols):
    state, at = _state(symbols), np.arange(_ROWS * _COLS)
    found = {name: [] for name in ("judge", "commit", "length", "choose", "code")}
    for component, planes in enumerate(symbols):
        state.symbols[component] = planes
        for position in range(16):
            where = np.full_like(at, component), np.full_like(at, position), at
            values = counting(planes[position].ravel().astype(np.int64))
            (contexts, patterns), judge = _count(coder.judge, state, *where, dc=position == 0)
            todo = {
                "length": (coder.bits, values, contexts),
                "choose": (choose, coder, values.astype(float), contexts),
                "code": (coder._tables.code_wave, lambda known, _: known, values, contexts),
                "commit": (state.commit, *where, values, patterns),
            }
            found["judge"].append(judge)
            for name, (work, *given) in todo.items():
                found[name].append(_count(work, *given)[1])
    mean = {name: np.mean(counts) for name, counts in found.items()}
    assert mean["judge"] == pytest.approx(JUDGE, abs=0.5)
    assert mean["commit"] == pytest.approx(COMMIT, abs=0.5)
    assert mean["length"] == LENGTH
    assert mean["choose"] == CHOOSE
    assert mean["code"] + _RANGE_CODER == pytest.approx(CODE, abs=2)


def test_kernels_find_what_the_arrays_say(plain, plain_weights):
    """Every feature, table, expectation and code length, of symbols of all sizes."""
    random, shape = np.random.default_rng(1), (4, 16, 7, 6)
    symbols = np.rint(random.laplace(0, 30, shape) * 3.0 ** -np.arange(4)[:, None, None, None])
    symbols = symbols.astype(np.int64)
    symbols[0, 0, 3, 3], symbols[1, 5, 2, 2] = 1 << 23, -40_000
    levels, at = ComponentLevels.of(symbols), np.arange(42)
    means, scales = features_of(symbols, levels)
    _, expectation, bits = judge_all(plain._encoder._latent.coder, symbols, levels)
    state, coder = ContextState(4, 7, 6, levels), ArrayCoder(plain_weights.context)
    for component, planes in enumerate(symbols):
        state.symbols[component] = planes
        for position, plane in enumerate(planes):
            where = np.full_like(at, component), np.full_like(at, position), at
            found = state.features(*where, dc=position == 0)
            contexts, patterns = coder.judge(state, *where, dc=position == 0)
            state.commit(*where, plane.ravel(), patterns)
            for ours, theirs in (
                (means, found[0]),
                (scales, found[1]),
                (expectation, contexts.expectation),
                (bits, coder.bits(plane.ravel(), contexts)),
            ):
                own = ours[component, position].reshape(theirs.shape)
                np.testing.assert_array_equal(own, theirs)


def test_passes_over_coefficients_take_what_the_figures_say():
    values = counting(np.random.default_rng(0).normal(0, 9, (3, 16, 40)))
    for each, work, *given in (
        (DEAD_ZONE, dead_zone, values),
        (USEFUL, count_useful, values, 1.5, 9.0),
    ):
        operations = _count(work, *given)[1] * _ROWS * _COLS / values.size
        assert operations == pytest.approx(each, abs=0.01)


def test_levels_of_symbols_take_two_operations_a_coefficient(symbols):
    _, operations = _count(lambda: ComponentLevels.of(counting(symbols)))
    assert operations / (16 * _COMPONENTS) == pytest.approx(quantization._LEVELS, abs=0.1)
