"""From features to a table, and what a value takes in it."""

from btcnet_jax.coding.context.fixed_point import (
    CROSS_ONE,
    LOG_ONE,
    LOG_TABLE,
    LOG_TABLE_SHIFT,
    MEAN_ONE,
    WEIGHT_ONE,
)
from btcnet_jax.coding.context.kernel.arrays import RAW_BITS, Ints, Known, Model, Work
from btcnet_jax.coding.context.kernel.compiling import inner
from btcnet_jax.coding.context.kernel.surprise import WIDTHS, missed_along
from btcnet_jax.coding.context.kernel.surroundings import clip
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
    model: Model, known: Known, work: Work, k: int, p: int, count: int, targets: Ints, begin: int
) -> None:
    """Tables and expectations of a run from what `work` has of it, and squared targets of its places."""
    level, f, m, scale = known.classes[k], work.factors, work.magnitudes, work.scale
    means, scales = model.means[p, level], model.scales[p, level]
    expectation, table = work.expectation[begin : begin + count], work.table[begin : begin + count]
    sent = 0
    for j in range(3):
        sent += known.sent[k, j] * scales[11 + j]
    for i in range(count):
        scale[i] = sent
        expectation[i] = 0
    for j in range(8):
        _add_logarithms(scale, m[j], scales[j], count)
    _add_logarithms(scale, targets, scales[8], count)
    _add_logarithms(scale, work.cross, scales[9], count)
    _add_logarithms(scale, work.total, scales[10], count)
    if model.surprised:
        _add_surprise(known, work, scales, k, p, count, begin)
    for j in range(6):
        _add_products(expectation, f[j], means[j] * CROSS_ONE, count)
    _add_products(expectation, work.cross, means[6], count)
    for i in range(count):
        expected = clip((expectation[i] + CROSS_ONE // 2) // CROSS_ONE, _LIMIT)
        index = _class_of(scale[i])
        remainder = abs(expected - center(expected) * MEAN_ONE)
        rounded = (remainder + _REMAINDER_STEP // 2) // _REMAINDER_STEP
        expectation[i], table[i] = expected, index * REMAINDERS + rounded


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
        scale[i] += more
    _add_logarithms(scale, work.missed[0], near, count)
    _add_logarithms(scale, work.missed[1], -near, count)


@inner
def _add_logarithms(scale: Ints, values: Ints, weight: int, count: int) -> None:
    """Adds logarithms of magnitudes. Large ones are rare, and taken again."""
    most = 0
    for i in range(count):
        n = abs(values[i])
        most = max(most, n)
        scale[i] += LOG_TABLE[min(n, _LAST)] * weight
    if most > _LAST:
        for i in range(count):
            n = abs(values[i])
            scale[i] += (log2_fixed(n) - LOG_TABLE[min(n, _LAST)]) * weight


@inner
def _add_products(sums: Ints, values: Ints, weight: int, count: int) -> None:
    for i in range(count):
        sums[i] += values[i] * weight


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
