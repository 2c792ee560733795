"""Symbols come back exactly, whatever they are, in as many bytes as their contexts promise."""

import dataclasses
import hashlib
import subprocess
import sys

import numpy as np
import pytest

from btcnet_jax.coding.context import (
    MAX_COMPONENTS,
    MAX_MAGNITUDE,
    ComponentLevels,
    ContextCoder,
    ContextWeights,
    judge_all,
)

GOLDEN = (9356, "56ea8bfdb4c5638d")


def round_trip(coder, symbols, levels=None):
    components, _, rows, cols = symbols.shape
    levels = ComponentLevels.of(symbols) if levels is None else levels
    data = coder.encode(symbols, levels)
    decoded = coder.decode(data, (components, rows, cols), levels)
    np.testing.assert_array_equal(decoded, symbols)
    assert decoded.dtype == np.int32
    return data


@pytest.mark.parametrize(
    "shape", [(1, 1, 1), (5, 1, 1), (3, 1, 13), (3, 13, 1), (1, 9, 8), (6, 7, 10), (2, 2, 3)]
)
def test_symbols_of_any_grid_come_back(coder, make_symbols, shape):
    round_trip(coder, make_symbols(shape))


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.int64])
def test_symbols_of_any_integer_type_come_back(coder, make_symbols, dtype):
    round_trip(coder, make_symbols((2, 4, 5)).astype(dtype))


@pytest.mark.parametrize("magnitude", [300, 40000, MAX_MAGNITUDE])
def test_noise_of_any_size_comes_back(coder, magnitude):
    noise = np.random.default_rng(0).integers(-magnitude, magnitude + 1, (4, 16, 6, 5))
    round_trip(coder, noise)


def test_extremes_come_back_whatever_the_levels(coder):
    """All bounds at once: greatest magnitudes, of alternating and of equal sign, under the least levels."""
    signs = np.random.default_rng(1).integers(0, 2, (5, 16, 4, 6)) * 2 - 1
    least = ComponentLevels(np.full(5, -12), np.full(5, -16))
    for symbols in (signs * MAX_MAGNITUDE, np.full_like(signs, -MAX_MAGNITUDE)):
        round_trip(coder, symbols, least)


def test_greatest_weights_keep_within_64_bits(weights):
    for sign in (-1, 1):
        limit = sign * (1 << 15)
        extreme = ContextWeights(
            np.full_like(weights.mean_weights, limit),
            np.full_like(weights.scale_weights, limit),
            weights.frequencies,
        )
        symbols = np.full((4, 16, 4, 4), MAX_MAGNITUDE)
        with np.errstate(all="raise"):
            round_trip(ContextCoder(extreme), symbols)


@pytest.mark.parametrize("shifts", [np.zeros(56, int), np.arange(56) // 4, np.full(56, 16)])
def test_any_shifts_code_any_symbols(weights, make_symbols, shifts):
    coder = ContextCoder(dataclasses.replace(weights, shifts=shifts))
    round_trip(coder, make_symbols((5, 6, 9)) * 3)
    round_trip(coder, np.random.default_rng(2).integers(-40000, 40001, (2, 16, 6, 5)))


def test_zeros_take_next_to_nothing(coder):
    # 25600 of them.
    assert len(round_trip(coder, np.zeros((4, 16, 20, 20), np.int64))) <= 80


@pytest.mark.parametrize("scale", [1, 40])
def test_bytes_are_those_that_the_contexts_promise(coder, make_symbols, scale):
    symbols = make_symbols((6, 20, 20)) * scale
    levels = ComponentLevels.of(symbols)
    bits = judge_all(coder, symbols, levels)[2].sum()
    data = coder.encode(symbols, levels)
    assert bits / 8 - 4 <= len(data) <= 1.001 * bits / 8 + 8


def test_escapes_cost_what_is_promised(coder):
    symbols = np.zeros((1, 16, 8, 8), np.int64)
    symbols[0, 9] = 5000 * (-1) ** np.arange(64).reshape(8, 8)
    levels = ComponentLevels(np.array([-12]), np.array([-16]))
    bits = judge_all(coder, symbols, levels)[2].sum()
    assert abs(8 * len(coder.encode(symbols, levels)) - bits) <= 64


def test_bytes_do_not_depend_on_the_machine(coder, make_symbols):
    symbols = make_symbols((5, 9, 7)) * np.array([40, 9, 3, 1, 1])[:, None, None, None]
    symbols[0, 0, 4, 4] = MAX_MAGNITUDE
    levels = ComponentLevels(np.array([19, 8, 3, 0, -2]), np.array([9, 5, 1, -2, -7]))
    data = coder.encode(symbols, levels)
    # Computed once, from integers alone: files must stay readable.
    assert (len(data), hashlib.sha256(data).hexdigest()[:16]) == GOLDEN


def test_progress_is_told_up_to_the_end(coder, make_symbols):
    symbols, seen = make_symbols((2, 3, 3)), []
    levels = ComponentLevels.of(symbols)
    data = coder.encode(symbols, levels, lambda done, count: seen.append((done, count)))
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]
    again = []
    coder.decode(data, (2, 3, 3), levels, lambda done, count: again.append((done, count)))
    assert again == seen


@pytest.mark.parametrize("value", [MAX_MAGNITUDE + 1, -MAX_MAGNITUDE - 1, np.iinfo(np.int64).min])
def test_too_large_symbols_are_refused(coder, value):
    symbols = np.zeros((1, 16, 2, 2), np.int64)
    levels = ComponentLevels.of(symbols)
    symbols[0, 3, 1, 1] = value
    with pytest.raises(ValueError, match="within"):
        coder.encode(symbols, levels)


def test_levels_of_another_number_are_refused(coder):
    levels = ComponentLevels.of(np.zeros((3, 16, 1, 1), np.int64))
    with pytest.raises(ValueError, match="levels"):
        coder.encode(np.zeros((2, 16, 1, 1), np.int64), levels)


def test_too_many_components_are_refused(coder):
    symbols = np.zeros((MAX_COMPONENTS + 1, 16, 1, 1), np.int64)
    with pytest.raises(ValueError, match="components"):
        coder.encode(symbols, ComponentLevels.of(symbols))


def test_numba_is_imported_when_something_is_coded():
    code = "import sys, btcnet_jax.codec; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_coding_needs_no_jax():
    code = "import sys, btcnet_jax.coding.context; sys.exit(bool({'jax', 'flax'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
