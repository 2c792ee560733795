"""Fixed point of the context model, and a binary logarithm in it."""

import numpy as np
from jaxtyping import Int

LOG_ONE = 16
"""One octave of a logarithm."""
MEAN_ONE = 256
"""One quantization step of an expectation."""
WEIGHT_ONE = 256
"""A weight of 1."""
CROSS_ONE = 16
"""One quantization step of the cross term."""

_DIGITS = 6
_MANTISSA_BITS, _EXPONENT_BIAS = 52, 1023


def _fraction(index: int) -> int:
    """LOG_ONE log2(1 + (index + 1/2) / 64), rounded; found in integers, so that no library's logarithm counts.

    log2(x) >= (2n - 1) / 32 just where x**32 >= 2**(2n - 1).
    """
    numerator, denominator_bits = 2 * (index + (1 << _DIGITS)) + 1, _DIGITS + 1
    power, bits = numerator ** (2 * LOG_ONE), denominator_bits * 2 * LOG_ONE
    return sum(power >= 1 << (bits + 2 * n - 1) for n in range(1, LOG_ONE + 1))


_TABLE = np.array(
    [
        LOG_ONE * octave + _fraction(index)
        for octave in range(_MANTISSA_BITS + 1)
        for index in range(1 << _DIGITS)
    ],
    np.int32,
)


def log2_fixed(values: Int[np.ndarray, "*n"]) -> Int[np.ndarray, "*n"]:
    """LOG_ONE log2(2n + 1), nearly: int32, within 1 of the logarithm.

    2n + 1 below 2**53 is a binary64 number exactly (IEEE 754), so the exponent and the first digits that
    are read out of its bits are those of the integer: no rounding is ever done, and none can differ.

    Args:
        values: 0 <= n < 2**52.
    """
    bits = (2 * values.astype(np.int64) + 1).astype(np.float64).view(np.int64)
    return _TABLE.take((bits >> (_MANTISSA_BITS - _DIGITS)) - (_EXPONENT_BIAS << _DIGITS))
