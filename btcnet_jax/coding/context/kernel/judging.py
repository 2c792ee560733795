"""From features to a table, and what a value takes in it."""

import numpy as np

from btcnet_jax.coding.context.fixed_point import (
    CROSS_ONE,
    LOG_ONE,
    LOG_TABLE,
    LOG_TABLE_SHIFT,
    MEAN_ONE,
    WEIGHT_ONE,
)
from btcnet_jax.coding.context.kernel.arrays import RAW_BITS, Ints, Model, Work
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
_REMAINDER_STEP = MEAN_ONE // 16
_LAST = len(LOG_TABLE) - 1
assert _LAST & (_LAST + 1) == 0
_LIMIT = MAX_MAGNITUDE * MEAN_ONE


@inner
def log2_fixed(n: int) -> int:
    """LOG_ONE log2(2n + 1), nearly, of 0 <= n < 2**52: `fixed_point` says how it is rounded."""
    octaves = 0
    while n >= len(LOG_TABLE):
        n >>= LOG_TABLE_SHIFT
        octaves += LOG_TABLE_SHIFT
    return LOG_TABLE[n] + LOG_ONE * octaves


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
    """Tables and expectations of a run from what is read of it, and squared targets of its places."""
    level = known.classes[k]
    means, scales = model.means[p, level], model.scales[p, level]
    _add_logarithms(known, work, k, scales, m, targets, count)
    if model.surprised:
        _add_surprise(known, work, scales, k, p, count, begin)
    _find_tables(work, means, f, count, begin)


@inner
def _find_tables(work: Work, means: Ints, f: tuple, count: int, begin: int) -> None:
    """Expectations from factors, and tables from these and the scales."""
    expectation, table = work.expectation[begin : begin + count], work.table[begin : begin + count]
    scale, cross = work.scale[:count], work.cross[:count]
    f0, f1, f2, f3, f4, f5 = f
    w0, w1, w2 = np.int32(means[0]), np.int32(means[1]), np.int32(means[2])
    w3, w4, w5 = np.int32(means[3]), np.int32(means[4]), np.int32(means[5])
    w6 = means[6]
    for i in range(count):
        linear = f0[i] * w0 + f1[i] * w1 + f2[i] * w2 + f3[i] * w3 + f4[i] * w4 + f5[i] * w5
        expected = (CROSS_ONE * linear + cross[i] * w6 + CROSS_ONE // 2) // CROSS_ONE
        expected = min(max(expected, -_LIMIT), _LIMIT)
        remainder = abs(expected - center(expected) * MEAN_ONE)
        rounded = (remainder + _REMAINDER_STEP // 2) // _REMAINDER_STEP
        expectation[i], table[i] = expected, _class_of(scale[i]) * REMAINDERS + rounded


@inner
def _class_of(scale: int) -> int:
    return min(max((scale >> _CLASS_SHIFT) - _LOWEST, 0), CLASSES - 1)


@inner
def _add_surprise(
    known: Known, work: Work, weights: Ints, k: int, p: int, count: int, begin: int
) -> None:
    """Adds surprise to scales, and keeps what they were without."""
    scale, width = work.scale, work.width[begin : begin + count]
    near, along = weights[SCALE_FEATURES], weights[SCALE_FEATURES + 1]
    missed, expected = missed_along(known, 0, k, p), missed_along(known, 1, k, p)
    more = (log2_fixed(missed) - log2_fixed(expected)) * along
    for i in range(count):
        width[i] = WIDTHS[_class_of(scale[i])]
        found = log2_fixed(work.missed[0, i]) - log2_fixed(work.missed[1, i])
        scale[i] += more + found * near


@inner
def _add_logarithms(
    known: Known, work: Work, k: int, weights: Ints, m: tuple, targets: Ints, count: int
) -> None:
    """Scales, but for surprise. Large magnitudes are rare, and taken again."""
    sent = 0
    for j in range(3):
        sent += known.sent[k, j] * weights[11 + j]
    base = np.int32(sent)
    scale, cross, total = work.scale[:count], work.cross[:count], work.total[:count]
    m0, m1, m2, m3, m4, m5, m6, m7 = m
    # Of 32 bits, so that as many more are multiplied at once.
    w0, w1, w2 = np.int32(weights[0]), np.int32(weights[1]), np.int32(weights[2])
    w3, w4, w5 = np.int32(weights[3]), np.int32(weights[4]), np.int32(weights[5])
    w6, w7, w8 = np.int32(weights[6]), np.int32(weights[7]), np.int32(weights[8])
    w9, w10 = np.int32(weights[9]), np.int32(weights[10])
    seen, wide = np.int32(0), np.int64(0)
    for i in range(count):
        crossed = abs(cross[i])
        found = base + _small(m0[i]) * w0 + _small(m1[i]) * w1 + _small(m2[i]) * w2
        found += _small(m3[i]) * w3 + _small(m4[i]) * w4 + _small(m5[i]) * w5
        found += _small(m6[i]) * w6 + _small(m7[i]) * w7
        found += _small_of_wide(targets[i]) * w8 + _small_of_wide(crossed) * w9
        found += _small(total[i]) * w10
        seen |= m0[i] | m1[i] | m2[i] | m3[i] | m4[i] | m5[i] | m6[i] | m7[i] | total[i]
        wide |= targets[i] | crossed
        scale[i] = found
    # _LAST has all bits below a power of two: one number is larger just where all bits together are.
    if (seen | wide) > _LAST:
        for i in range(count):
            more = _rest(m0[i]) * w0 + _rest(m1[i]) * w1 + _rest(m2[i]) * w2 + _rest(m3[i]) * w3
            more += _rest(m4[i]) * w4 + _rest(m5[i]) * w5 + _rest(m6[i]) * w6 + _rest(m7[i]) * w7
            more += _rest(targets[i]) * w8 + _rest(abs(cross[i])) * w9 + _rest(total[i]) * w10
            scale[i] += more


@inner
def _small(n: int) -> int:
    """The logarithm of a small magnitude; of larger ones `_rest` is left out."""
    return LOG_TABLE[min(np.uint32(n), np.uint32(_LAST))]


@inner
def _small_of_wide(n: int) -> int:
    """The same of 64 bits."""
    return LOG_TABLE[min(np.uint64(n), np.uint64(_LAST))]


@inner
def _rest(n: int) -> int:
    return log2_fixed(n) - LOG_TABLE[_LAST] if n > _LAST else 0


@inner
def center(expectation: int) -> int:
    """The rounded expectation."""
    return (expectation + MEAN_ONE // 2) // MEAN_ONE


@inner
def mirror(expectation: int) -> int:
    """-1 where the expectation is below its rounding, else 1: the table is for the other side."""
    return -1 if expectation < center(expectation) * MEAN_ONE else 1


@inner
def listed(upper: int) -> int:
    """What the table lists an upper part as."""
    return upper + HALF if -HALF <= upper < HALF else 2 * HALF


@inner
def length(model: Model, table: int, expectation: int, value: int) -> float:
    """Code length in bits."""
    shift = model.shifts[table]
    index = listed((value - center(expectation)) * mirror(expectation) >> shift)
    return model.lengths[table, index] + shift + (RAW_BITS if index == 2 * HALF else 0)
