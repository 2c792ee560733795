"""Symbols of two quantizers in turn: they come back, cost what is promised, and are the best path's."""

import hashlib
import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from btcnet_jax.coding.context import (
    MAX_MAGNITUDE,
    ComponentLevels,
    ContextCoder,
    SymbolSearch,
    build_dependent_tables,
    judge_all,
    quantizers_of,
)
from btcnet_jax.coding.context import coder as coder_module
from btcnet_jax.errors import FileFormatError

GOLDEN = (2952, "30cfe9d702fac3e0")
SHAPE = (3, 6, 7)


@pytest.fixture(scope="module")
def symbols(on_path, make_symbols):
    return on_path(make_symbols(SHAPE) * 3)


@pytest.fixture(scope="module")
def coded(dependent, symbols):
    levels = ComponentLevels.of(symbols, 2)
    return dependent.encode(symbols, levels), levels


def round_trip(coder, symbols):
    levels = ComponentLevels.of(symbols, coder.per_step)
    data = coder.encode(symbols, levels)
    shape = len(symbols), *symbols.shape[2:]
    np.testing.assert_array_equal(coder.decode(data, shape, levels), symbols)
    bits = judge_all(coder, symbols, levels)[2].sum()
    assert bits / 8 - 4 <= len(data) <= 1.001 * bits / 8 + 8


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 13), (3, 13, 1), (5, 7, 10)])
@pytest.mark.parametrize("scale", [1, 40])
def test_symbols_of_any_grid_come_back(dependent, make_symbols, on_path, shape, scale):
    round_trip(dependent, on_path(make_symbols(shape) * scale))


@pytest.mark.parametrize("magnitude", [2, 300, MAX_MAGNITUDE // 2])
def test_noise_of_any_size_comes_back(dependent, on_path, magnitude):
    noise = np.random.default_rng(0).integers(-magnitude, magnitude + 1, (4, 16, 6, 5))
    round_trip(dependent, on_path(noise))


def test_quantizers_are_those_of_the_path(symbols):
    quantizers = quantizers_of(symbols)
    assert ((symbols % 2 == quantizers) | (symbols == 0)).all()
    assert 0.3 < quantizers.mean() < 0.7


@pytest.mark.parametrize("off", [1, -1])
def test_a_symbol_of_the_other_quantizer_is_refused(dependent, symbols, off):
    wrong = symbols.copy()
    wrong[0, 0, 0, 0] += off
    with pytest.raises(ValueError, match="path"):
        dependent.encode(wrong, ComponentLevels.of(wrong, 2))


def test_bytes_do_not_depend_on_the_machine(coded):
    # Computed once, from integers alone: files must stay readable.
    assert (len(coded[0]), hashlib.sha256(coded[0]).hexdigest()[:16]) == GOLDEN


def test_damage_is_refused_or_gives_other_symbols(dependent, coded, symbols):
    data, levels = coded
    damaged = [data[:length] for length in (0, 4, len(data) // 8 * 4, len(data) - 4, len(data) - 1)]
    damaged += [data + bytes(4), bytes([0x5A]) * 800]
    for wrong in damaged:
        with pytest.raises(FileFormatError):
            dependent.decode(wrong, SHAPE, levels)
    random, refused = np.random.default_rng(0), 0
    for _ in range(24):
        altered = bytearray(data)
        altered[random.integers(len(data))] ^= int(random.integers(1, 256))
        try:
            assert (dependent.decode(bytes(altered), SHAPE, levels) != symbols).any()
        except FileFormatError:
            refused += 1
    assert refused > 8


def test_impossibly_large_symbols_are_refused(dependent, coded, monkeypatch):
    monkeypatch.setattr(coder_module, "MAX_MAGNITUDE", 100)
    with pytest.raises(FileFormatError, match="impossibly large"):
        dependent.decode(coded[0], SHAPE, coded[1])


def chosen(coder, values, empty, slope):
    """What the search makes of values in half steps."""
    start = 2 * np.rint(values / 2).astype(np.int64)
    search = SymbolSearch(coder, start, ComponentLevels.of(start, 2))
    flat = values.reshape(*values.shape[:2], -1)
    bits = [search.choose(k, flat[k], empty, slope)[1] for k in range(len(flat))]
    return start, search.symbols(len(flat)), sum(bits)


@pytest.mark.parametrize("slope", [0.0, 0.3, 2.0])
def test_the_search_finds_the_path_of_least_cost(dependent, on_path, slope):
    values = np.zeros((1, 16, 2, 3))
    values[0, 0] = np.random.default_rng(4).normal(0, 3, (2, 3))
    start, found, _ = chosen(dependent, values, np.zeros(6, bool), slope)
    levels = ComponentLevels.of(start, 2)
    # The first plane's contexts are those of the start, whatever is chosen.
    classes, expectations, _ = (each[0, 0] for each in judge_all(dependent, start, levels))

    def cost(plane):
        symbols = np.zeros((1, 16, 2, 3), np.int64)
        symbols[0, 0] = plane
        bits = bits_of(dependent.model, symbols, classes, expectations)
        return np.square(values[0, 0] - plane).sum() + slope * bits

    spans = [range(int(low), int(low) + 3) for low in np.floor(values[0, 0].ravel() / 2) - 1]
    indices = [sorted({*span, 0}) for span in spans]
    costs = []
    for each in itertools.product(*indices):
        all_positions = np.zeros((1, 16, 2, 3), np.int64)
        all_positions[0, 0] = np.reshape(each, (2, 3))
        costs.append(cost(on_path(all_positions)[0, 0]))
    assert cost(found[0, 0]) == pytest.approx(min(costs))


def bits_of(model, symbols, classes, expectations):
    """Code lengths of the first plane in given contexts, as section 7 of docs/FORMAT_CODING.md has it."""
    total, quantizers = 0.0, quantizers_of(symbols)[0, 0]
    for place in np.ndindex(quantizers.shape):
        quantizer, symbol = int(quantizers[place]), int(symbols[0, 0][place])
        half = int(expectations[place])
        if quantizer == 0:
            expected, index = half // 2, symbol // 2
        else:
            sign = -1 if half < 0 else 1
            expected = half if abs(half) <= 256 else sign * ((abs(half) + 256) // 2)
            index = (symbol > 0) * (symbol + 1) // 2 - (symbol < 0) * ((1 - symbol) // 2)
        center = (expected + 128) // 256
        rest = expected - 256 * center
        mirror = -1 if rest < 0 else 1
        zone = {0: 0, 1: 1, -1: 2}.get(-center * mirror, 3)
        table = ((quantizer * 4 + zone) * 56 + int(classes[place])) * 9 + (abs(rest) + 8) // 16
        upper = (index - center) * mirror >> int(model.shifts[table])
        assert -32 <= upper < 32
        total += model.lengths[table, upper + 32]
    return total


def test_what_is_chosen_costs_less_than_rounding(dependent):
    values = np.random.default_rng(1).normal(0, 4, (2, 16, 9, 8))
    _, found, bits = chosen(dependent, values, np.zeros(72, bool), 0.4)
    assert bits == pytest.approx(
        judge_all(dependent, found, ComponentLevels.of(2 * np.rint(values / 2), 2))[2].sum()
    )
    # Of one quantizer errors are 1/3 of a half step squared, less at the same bits is not to be had.
    assert np.square(values - found).mean() < 0.34


def test_errors_of_places_without_data_do_not_count(dependent):
    values = 2 * np.rint(np.random.default_rng(3).normal(0, 2, (1, 16, 8, 8)))
    empty, moved = np.arange(64) >= 16, values.copy()
    # Not so far that the search would start elsewhere.
    moved.reshape(16, 64)[:, empty] += 0.7
    _, found, bits = chosen(dependent, values, empty, 0.3)
    np.testing.assert_array_equal(chosen(dependent, moved, empty, 0.3)[1], found)
    all_count = chosen(dependent, values, np.zeros(64, bool), 0.3)
    assert (all_count[1] != found).any()
    assert bits < all_count[2]


def test_many_threads_choose_and_code_the_same(dependent):
    values = np.random.default_rng(5).normal(0, 3, (2, 16, 8, 9))

    def once(_):
        found = chosen(dependent, values, np.zeros(72, bool), 0.3)[1]
        return found.tobytes(), dependent.encode(found, ComponentLevels.of(found, 2))

    with ThreadPoolExecutor(4) as pool:
        assert len({*pool.map(once, range(12)), once(0)}) == 1


@pytest.mark.parametrize("quantizer", [0, 1])
@pytest.mark.parametrize("zone", [0, 1, 2])
def test_tables_hold_the_mass_of_each_cell(quantizer, zone):
    shape, width, zero = np.zeros((2, 56, 3)), 2.0 ** (28.5 / 4 - 6), 0.3
    frequencies, shifts = build_dependent_tables(shape, np.full((2, 56), zero))
    remainder, table = 5, ((quantizer * 4 + zone) * 56 + 28) * 9 + 5
    assert shifts[28] == 0
    at = (0, 1, -1)[zone]

    def cell(index):
        """Of a symbol of an index, in steps: a symbol reaches half a step around, but for zero."""
        if index == 0:
            return -zero, zero
        value = abs(index) - 0.5 * quantizer
        low = zero if abs(index) == 1 else value - 0.5
        return (low, value + 0.5) if index > 0 else (-value - 0.5, -low)

    # The expectation is so many indices off zero; in steps that is
    off = remainder / 16 - at
    if quantizer == 1:
        off = off / 2 if abs(off) <= 1 else np.sign(off) * (abs(off) - 0.5)
    grid = np.arange(-200, 200, 1e-3) + 5e-4
    density = np.exp(-np.abs(grid - off) / width) / (2 * width)
    for difference in (-3, -2, -1, 0, 1, 2, 3):
        low, high = cell(difference - at)
        mass = density[(grid > low) & (grid < high)].sum() * 1e-3
        share = frequencies[table, difference + 32] / 2**24
        assert share == pytest.approx(mass, rel=0.01)


def test_weights_of_either_quantization_name_themselves(weights, dependent_weights):
    assert not weights.dependent
    assert dependent_weights.dependent
    assert (ContextCoder(weights).per_step, ContextCoder(dependent_weights).per_step) == (1, 2)
    with pytest.raises(ValueError, match="frequencies of the shape"):
        type(weights)(weights.mean_weights, weights.scale_weights, weights.frequencies[:503])
