"""Logarithm, levels, weights and tables of the context model."""

import dataclasses

import numba
import numpy as np
import pytest

from btcnet_jax.coding.bit_stream import BitWriter
from btcnet_jax.coding.context import ComponentLevels, ContextWeights, build_tables
from btcnet_jax.coding.context.fixed_point import LOG_TABLE
from btcnet_jax.coding.context.kernel.judging import log2_fixed, log2_short
from btcnet_jax.errors import FileFormatError

LAPLACE = np.tile([0.0, 0.0, 0.0], (56, 1))
# Of weights that name no shifts: a bit from class 32 on, another one each octave.
FIRST_SHIFTS = np.maximum(0, np.arange(56) // 4 - 7)


@numba.njit
def logarithms(values):
    found = np.zeros(len(values), np.int64)
    for i in range(len(values)):
        found[i] = log2_fixed(values[i])
    return found


@numba.njit
def short_logarithms(values):
    found = np.zeros(len(values), np.int64)
    for i in range(len(values)):
        found[i] = log2_short(values[i])
    return found


def test_logarithm_is_right_at_every_size():
    small = np.arange(5000)
    large = (1 << np.arange(3, 52))[:, None] + np.array([-1, 0, 1])
    for values in (small, large.ravel(), np.array([(1 << 52) - 1])):
        exact = 16 * np.log2(2 * values.astype(np.longdouble) + 1)
        assert np.abs(logarithms(values) - exact).max() < 0.7
        assert (np.diff(logarithms(np.sort(values))) >= 0).all()


def test_short_logarithms_are_the_same():
    sizes = (1 << np.arange(2, 30))[:, None] + np.array([-2, -1, 0, 1])
    values = np.concatenate([np.arange(5000), sizes.ravel(), [(1 << 30) - 1]])
    np.testing.assert_array_equal(short_logarithms(values.astype(np.int32)), logarithms(values))


def test_small_logarithms_are_those_of_the_table():
    assert (logarithms(np.arange(len(LOG_TABLE))) == LOG_TABLE).all()


def test_logarithm_is_pinned():
    values = np.array([0, 1, 2, 3, 5, 10, 100, 1000, 10**6, 1 << 40, (1 << 52) - 1])
    assert logarithms(values).tolist() == [0, 25, 37, 45, 55, 70, 122, 176, 335, 656, 848]


@pytest.mark.parametrize("components", [1, 2, 30])
def test_levels_come_back_in_few_bytes(components):
    falling = np.arange(components)
    levels = ComponentLevels(14 - falling // 2, 11 - falling * 9 // 10)
    data = levels.to_bytes()
    again = ComponentLevels.from_bytes(data, components)
    np.testing.assert_array_equal(again.dc, levels.dc)
    np.testing.assert_array_equal(again.ac, levels.ac)
    assert len(data) <= 2 + components / 2


def test_extreme_levels_come_back():
    levels = ComponentLevels(np.array([-12, 19, -12]), np.array([15, -16, 15]))
    again = ComponentLevels.from_bytes(levels.to_bytes(), 3)
    assert again.dc.tolist() == [-12, 19, -12]
    assert again.ac.tolist() == [15, -16, 15]


def test_levels_are_those_of_the_symbols():
    symbols = np.zeros((2, 16, 8, 8), np.int64)
    symbols[1, 0] = 64 * np.arange(8)
    symbols[1, 1:] = 4
    levels = ComponentLevels.of(symbols)
    # Seven steps of 64 in eight, half octaves: 2 log2(56) = 11.6.
    assert levels.dc.tolist() == [-12, 12]
    assert levels.ac.tolist() == [-16, 4]
    assert levels.classes().tolist() == [0, 6]


def test_levels_out_of_range_are_refused():
    for dc, ac in (([-13], [0]), ([20], [0]), ([0], [-17]), ([0], [16]), ([], [])):
        with pytest.raises(ValueError, match=r"range|each"):
            ComponentLevels(np.array(dc, np.int64), np.array(ac, np.int64))


def test_damaged_levels_are_refused():
    data = ComponentLevels(np.array([9, 6, 2]), np.array([1, -2, -5])).to_bytes()
    for damaged in (b"", data[:-1], data + b"\x00", b"\xff" * len(data), bytes(len(data))):
        with pytest.raises(FileFormatError):
            ComponentLevels.from_bytes(damaged, 3)
    for components in (0, -1, 1 << 40):
        with pytest.raises(FileFormatError):
            ComponentLevels.from_bytes(data, components)


def test_impossible_levels_are_refused():
    writer = BitWriter()
    for _ in range(2):
        writer.write(31, 5)
        # One above the last level that there is.
        writer.write_exp_golomb(3, 0)
    with pytest.raises(FileFormatError, match="impossible"):
        ComponentLevels.from_bytes(writer.to_bytes(), 2)


def changed(weights, **arrays):
    return dataclasses.replace(weights, **arrays)


@pytest.mark.parametrize("name", ["mean_weights", "scale_weights", "frequencies"])
def test_arrays_of_another_shape_are_refused(weights, name):
    with pytest.raises(ValueError, match="shape"):
        changed(weights, **{name: getattr(weights, name)[..., :-1]})


@pytest.mark.parametrize("name", ["mean_weights", "scale_weights"])
@pytest.mark.parametrize("value", [-(1 << 15) - 1, (1 << 15) + 1])
def test_too_large_weights_are_refused(weights, name, value):
    array = getattr(weights, name).copy()
    array[3, 2, 1] = value
    with pytest.raises(ValueError, match="within"):
        changed(weights, **{name: array})


@pytest.mark.parametrize("change", [(5, 1), (0, -(1 << 24))])
def test_frequencies_that_do_not_add_up_are_refused(weights, change):
    add, other = change
    frequencies = weights.frequencies.copy()
    frequencies[7, 3] += add or other
    # A frequency of zero could not be coded, though the sum is right.
    if not add:
        frequencies[7, 4] -= other
    with pytest.raises(ValueError, match="sum to"):
        changed(weights, frequencies=frequencies)


def test_tables_are_laplace_distributions_of_their_class():
    tables = build_tables(LAPLACE)[0].reshape(56, 9, 65)
    assert (tables.sum(axis=2) == 1 << 24).all()
    assert tables.min() >= 1
    middle = tables[24, 0] / (1 << 24)
    # Class 24 is of scale 2**(24.5 / 4 - 6): mass of its middle and of the next symbol.
    scale = 2.0 ** (24.5 / 4 - 6)
    assert middle[32] == pytest.approx(1 - np.exp(-0.5 / scale), rel=1e-3)
    assert middle[33] == pytest.approx(
        0.5 * (np.exp(-0.5 / scale) - np.exp(-1.5 / scale)), rel=1e-3
    )
    np.testing.assert_allclose(middle[1:32][::-1], middle[33:64], rtol=0.02, atol=1e-6)


def test_tables_lean_to_the_remainder_of_the_expectation():
    table = build_tables(LAPLACE)[0].reshape(56, 9, 65)[24]
    assert (np.diff(table[:, 33]) > 0).all()
    assert (np.diff(table[:, 31]) < 0).all()
    # Half way between two integers both are as likely.
    assert table[8, 32] == pytest.approx(table[8, 33], rel=1e-6)


def test_lower_bits_stay_out_of_a_table_only_where_it_would_list_too_little():
    tables, shifts = build_tables(LAPLACE)
    width = 2.0 ** ((np.arange(56) + 0.5) / 4 - 6)
    assert shifts[width < 2.5].max() == 0
    assert (np.diff(shifts) >= 0).all()
    # Between 32 cells of the greatest and four times as wide a table.
    assert (32 * 2.0**shifts > 5 * width).all()
    assert (32 * 2.0 ** shifts[shifts > 0] < 40 * width[shifts > 0]).all()
    # Narrow shapes of the same classes need no shift.
    narrow = LAPLACE - [0.0, 3.0, 3.0]
    assert build_tables(narrow)[1][-1] == shifts[-1] - 3
    # Of a class that is three octaves wider than its shape, no mass is lost to cells that are too wide.
    middle = build_tables(narrow)[0].reshape(56, 9, 65)[36, 0] / (1 << 24)
    assert middle[32] == pytest.approx(1 - np.exp(-0.5 / (width[36] / 8)), rel=1e-3)
    assert tables.shape == (504, 65)


def test_weights_without_shifts_are_the_first_that_shipped(weights):
    assert weights.shifts.tolist() == FIRST_SHIFTS.tolist()
    assert "shifts" not in weights.arrays()
    others = changed(weights, shifts=FIRST_SHIFTS // 2)
    assert others.arrays()["shifts"].tolist() == (FIRST_SHIFTS // 2).tolist()
    for each in (weights, others):
        again = ContextWeights.of_arrays(each.arrays() | {"layout": np.zeros(3)})
        assert again.shifts.tolist() == each.shifts.tolist()
        np.testing.assert_array_equal(again.frequencies, each.frequencies)


@pytest.mark.parametrize(
    "shifts", [FIRST_SHIFTS[::-1], FIRST_SHIFTS - 1, FIRST_SHIFTS + 11, FIRST_SHIFTS[:55]]
)
def test_impossible_shifts_are_refused(weights, shifts):
    with pytest.raises(ValueError, match="shifts"):
        changed(weights, shifts=shifts)


def test_shapes_of_another_number_of_classes_are_refused():
    with pytest.raises(ValueError, match="56"):
        build_tables(LAPLACE[:55])
