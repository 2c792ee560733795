"""From features to a table, and what a value takes in it."""



from btcnet_jax.coding.context.fixed_point import (
    CROSS_ONE,
    LOG_ONE,
    LOG_TABLE,
    LOG_TABLE_SHIFT,
    MEAN_ONE,
    WEIGHT_ONE,
)
from btcnet_jax.coding.context.kernel.arrays import RAW_BITS, Known, Model, Work
from btcnet_jax.coding.context.kernel.compiling import inner
from btcnet_jax.coding.context.kernel.surroundings import clip
from btcnet_jax.coding.context.layout import MAX_MAGNITUDE
from btcnet_jax.coding.context.weights import (
    CLASSES,
    CLASSES_PER_OCTAVE,
    HALF,
    LOWEST_OCTAVE,
    REMAINDERS,
)

# Expectations have the fixed point of the weights.
assert MEAN_ONE == WEIGHT_ONE
_CLASS_SHIFT = (LOG_ONE * WEIGHT_ONE // CLASSES_PER_OCTAVE).bit_length() - 1
_LOWEST = LOWEST_OCTAVE * CLASSES_PER_OCTAVE
_REMAINDER_STEP = MEAN_ONE // 16
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
    model: Model, known: Known, work: Work, k: int, p: int, i: int, targets: int
) -> tuple[int, int]:
    """Table, and expectation in 1/256 steps, of coefficient i of a run; squared targets of its place."""
    level, f, m, cross = known.classes[k], work.factors, work.magnitudes, work.cross[i]
    means, scales = model.means[p, level], model.scales[p, level]
    near = 0
    for j in range(6):
        near += f[j, i] * means[j]
    total = near * CROSS_ONE + cross * means[6]
    expectation = clip((total + CROSS_ONE // 2) // CROSS_ONE, _LIMIT)
    scale = 0
    for j in range(8):
        scale += log2_fixed(m[j, i]) * scales[j]
    scale += log2_fixed(targets) * scales[8] + log2_fixed(abs(cross)) * scales[9]
    scale += log2_fixed(work.total[i]) * scales[10]
    for j in range(3):
        scale += known.sent[k, j] * scales[11 + j]
    index = min(max((scale >> _CLASS_SHIFT) - _LOWEST, 0), CLASSES - 1)
    remainder = abs(expectation - center(expectation) * MEAN_ONE)
    rounded = (remainder + _REMAINDER_STEP // 2) // _REMAINDER_STEP
    return index * REMAINDERS + rounded, expectation


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
