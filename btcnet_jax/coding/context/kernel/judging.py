"""From features to a table, and what a value takes in it."""

import numpy as np

from btcnet_jax.coding.context.fixed_point import (
    CROSS_ONE,
    LOG_BIAS,
    LOG_BITS,
    LOG_CURVE,
    LOG_DIGITS,
    LOG_ONE,
    LOG_RISE,
    MEAN_ONE,
    WEIGHT_ONE,
)
from btcnet_jax.coding.context.kernel.arrays import Ints, Model, Work
from btcnet_jax.coding.context.kernel.compiling import inner
from btcnet_jax.coding.context.kernel.known import Known
from btcnet_jax.coding.context.kernel.surprise import WIDTHS, missed_along
from btcnet_jax.coding.context.layout import MAX_MAGNITUDE
from btcnet_jax.coding.context.weights import (
    CLASSES,
    CLASSES_PER_OCTAVE,
    HALF,
    LOWEST_OCTAVE,
    REMAINDERS,
    SCALE_FEATURES,
)

# Expectations have the fixed point of the weights.
assert MEAN_ONE == WEIGHT_ONE
_CLASS_SHIFT = (LOG_ONE * WEIGHT_ONE // CLASSES_PER_OCTAVE).bit_length() - 1
_LOWEST = LOWEST_OCTAVE * CLASSES_PER_OCTAVE
_HIGHEST = _LOWEST + CLASSES - 1
_CROSS_BITS, _MEAN_BITS = CROSS_ONE.bit_length() - 1, MEAN_ONE.bit_length() - 1
# Sixteenths of a step.
_REMAINDER_BITS = _MEAN_BITS - 4
# Bits of a float's fraction, and what its exponent has too much.
_FRACTION_32, _EXCESS_32, _FRACTION_64, _EXCESS_64 = 23, 127, 52, 1023
_LIMIT = MAX_MAGNITUDE * MEAN_ONE


@inner
def log2_fixed(n: int) -> np.int32:
    """LOG_ONE log2(2n + 1), nearly, of 0 <= n < 2**52: `fixed_point` says how it is rounded."""
    bits = np.float64(2 * n + 1).view(np.int64) >> (_FRACTION_64 - LOG_DIGITS)
    return _logarithm(np.int32(bits - (_EXCESS_64 << LOG_DIGITS)))


@inner
def log2_short(n: int) -> np.int32:
    """The same of an int32 below 2**30: as many more at once."""
    odd = np.int32(2 * n + 1)
    # Without what a float would round, and might round up: the first eight digits stay as they are.
    first = np.float32(odd & ~(odd >> 8)).view(np.int32)
    bits = np.int32(first >> (_FRACTION_32 - LOG_DIGITS))
    return _logarithm(np.int32(bits - (_EXCESS_32 << LOG_DIGITS)))


@inner
def _logarithm(bits: int) -> np.int32:
    """The logarithm of octave and first digits, which are the first bits of a float.

    Each step is of 32 bits by name: numba would widen it, and half as many would be found at once.
    """
    digits = np.int32(bits & ((1 << LOG_DIGITS) - 1))
    more = np.int32(digits * np.int32(LOG_RISE - LOG_CURVE * digits))
    octaves = np.int32(np.int32(np.int32(LOG_ONE * bits) << (LOG_BITS - LOG_DIGITS)) + LOG_BIAS)
    return np.int32(np.int32(octaves + more) >> LOG_BITS)


@inner
def judge(
    model: Model,
    known: Known,
    work: Work,
    k: int,
    p: int,
    count: int,
    f: tuple,
    m: tuple,
    targets: Ints,
    begin: int,
) -> None:
    """Tables and expectations of places from what is read of them, and squared targets; but for surprise."""
    level = known.classes[k]
    means, scales = model.means[p, level], model.scales[p, level]
    _add_logarithms(known, work, k, scales, m, targets, count, begin)
    _find_expectations(work, means, f, count, begin)
    _find_tables(work, count, begin)
    if model.surprised:
        _find_widths(work, count, begin)


@inner
def _find_expectations(work: Work, means: Ints, f: tuple, count: int, begin: int) -> None:
    expectation, cross = work.expectation[begin : begin + count], work.cross[:count]
    f0, f1, f2, f3, f4, f5 = f
    w0, w1, w2 = np.int32(means[0]), np.int32(means[1]), np.int32(means[2])
    w3, w4, w5 = np.int32(means[3]), np.int32(means[4]), np.int32(means[5])
    w6 = means[6]
    for i in range(count):
        linear = f0[i] * w0 + f1[i] * w1 + f2[i] * w2 + f3[i] * w3 + f4[i] * w4 + f5[i] * w5
        expected = (CROSS_ONE * linear + cross[i] * w6 + CROSS_ONE // 2) >> _CROSS_BITS
        expectation[i] = min(max(expected, -_LIMIT), _LIMIT)


@inner
def _find_tables(work: Work, count: int, begin: int) -> None:
    """Tables from expectations and scales."""
    expectation, table = work.expectation[begin : begin + count], work.table[begin : begin + count]
    scale = work.scale[begin : begin + count]
    for i in range(count):
        table[i] = _class_of(scale[i]) * REMAINDERS + remainder(expectation[i])


@inner
def remainder(expectation: int) -> int:
    """How far an expectation is from its rounding, in sixteenths."""
    rest = abs(expectation - (center(expectation) << _MEAN_BITS))
    return (rest + (1 << _REMAINDER_BITS >> 1)) >> _REMAINDER_BITS


@inner
def _class_of(scale: int) -> np.int32:
    return (
        min(max(np.int32(scale >> _CLASS_SHIFT), np.int32(_LOWEST)), np.int32(_HIGHEST)) - _LOWEST
    )


@inner
def _find_widths(work: Work, count: int, begin: int) -> None:
    """What scales are without surprise."""
    scale, width = work.scale[begin : begin + count], work.width[begin : begin + count]
    for i in range(count):
        width[i] = WIDTHS[_class_of(scale[i])]


@inner
def add_surprise(
    model: Model, known: Known, work: Work, k: int, p: int, count: int, begin: int
) -> None:
    """Finds the tables of a run again, its scales with the surprise that `work.missed` tells of."""
    weights = model.scales[p, known.classes[k]]
    near, along = np.int32(weights[SCALE_FEATURES]), weights[SCALE_FEATURES + 1]
    missed, expected = missed_along(known, 0, k, p), missed_along(known, 1, k, p)
    more = np.int32((log2_fixed(missed) - log2_fixed(expected)) * along)
    expectation, table = work.expectation[begin : begin + count], work.table[begin : begin + count]
    scale, around = work.scale[begin : begin + count], work.missed
    for i in range(count):
        found = np.int32(log2_short(around[0, i]) - log2_short(around[1, i]))
        surprised = np.int32(scale[i] + more + np.int32(found * near))
        table[i] = _class_of(surprised) * REMAINDERS + remainder(expectation[i])


@inner
def _add_logarithms(
    known: Known, work: Work, k: int, weights: Ints, m: tuple, targets: Ints, count: int, begin: int
) -> None:
    """Scales, but for surprise."""
    sent = 0
    for j in range(3):
        sent += known.sent[k, j] * weights[11 + j]
    base = np.int32(sent)
    scale, cross, total = work.scale[begin : begin + count], work.cross[:count], work.total[:count]
    m0, m1, m2, m3, m4, m5, m6, m7 = m
    # Of 32 bits, so that as many more are multiplied at once.
    w0, w1, w2 = np.int32(weights[0]), np.int32(weights[1]), np.int32(weights[2])
    w3, w4, w5 = np.int32(weights[3]), np.int32(weights[4]), np.int32(weights[5])
    w6, w7, w8 = np.int32(weights[6]), np.int32(weights[7]), np.int32(weights[8])
    w9, w10 = np.int32(weights[9]), np.int32(weights[10])
    for i in range(count):
        found = np.int32(base + _weigh(m0[i], w0) + _weigh(m1[i], w1) + _weigh(m2[i], w2))
        found = np.int32(found + _weigh(m3[i], w3) + _weigh(m4[i], w4) + _weigh(m5[i], w5))
        found = np.int32(found + _weigh(m6[i], w6) + _weigh(m7[i], w7) + _weigh(total[i], w10))
        wide = np.int32(log2_fixed(targets[i]) * w8) + np.int32(log2_fixed(abs(cross[i])) * w9)
        scale[i] = np.int32(found + wide)


@inner
def _weigh(n: int, weight: int) -> np.int32:
    return np.int32(log2_short(n) * weight)


@inner
def center(expectation: int) -> int:
    """The rounded expectation."""
    return (expectation + MEAN_ONE // 2) >> _MEAN_BITS


@inner
def mirror(expectation: int) -> int:
    """-1 where the expectation is below its rounding, else 1: the table is for the other side."""
    return -1 if expectation < center(expectation) << _MEAN_BITS else 1


@inner
def listed(upper: int) -> np.int64:
    """What the table lists an upper part as."""
    # Below -HALF lies beyond the end, of numbers without a sign.
    return np.int64(min(np.uint64(upper + HALF), np.uint64(2 * HALF)))


@inner
def length(model: Model, table: int, expectation: int, value: int) -> float:
    """Code length in bits."""
    upper = (value - center(expectation)) * mirror(expectation) >> model.shifts[table]
    return model.lengths[table, listed(upper)]
