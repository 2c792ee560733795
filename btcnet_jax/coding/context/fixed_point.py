"""Fixed point of the context model, and a binary logarithm in it."""

import numpy as np

LOG_ONE = 16
"""One octave of a logarithm."""
MEAN_ONE = 256
"""One quantization step of an expectation."""
WEIGHT_ONE = 256
"""A weight of 1."""
CROSS_ONE = 16
"""One quantization step of the cross term."""

_DIGITS = 6


def _fraction(index: int) -> int:
    """LOG_ONE log2(1 + (index + 1/2) / 64), rounded; found in integers, so that no library's logarithm counts.

    log2(x) >= (2n - 1) / 32 just where x**32 >= 2**(2n - 1).
    """
    numerator, denominator_bits = 2 * (index + (1 << _DIGITS)) + 1, _DIGITS + 1
    power, bits = numerator ** (2 * LOG_ONE), denominator_bits * 2 * LOG_ONE
    return sum(power >= 1 << (bits + 2 * n - 1) for n in range(1, LOG_ONE + 1))


def _logarithm(n: int) -> int:
    """Octave and first digits of 2n + 1: no rounding but of the table, so that none can differ."""
    octave = (2 * n + 1).bit_length() - 1
    digits = ((2 * n + 1) << _DIGITS >> octave) - (1 << _DIGITS)
    return LOG_ONE * octave + _FRACTIONS[digits]


_FRACTIONS = [_fraction(index) for index in range(1 << _DIGITS)]

LOG_TABLE = np.array([_logarithm(n) for n in range(1 << (2 * _DIGITS))], np.int32)
"""LOG_ONE log2(2n + 1), nearly, of n below 2**12: within 1 of the logarithm.

Of a larger n six bits may be dropped, for as many octaves, until it is below: the first 7 digits count."""

LOG_DIGITS, LOG_BITS, LOG_RISE, LOG_CURVE, LOG_BIAS = _DIGITS, 12, 290, 5, 4011
"""The same of all n without a table: with x = octave << LOG_DIGITS | digits, as the first bits of a float are,
(LOG_ONE x << (LOG_BITS - LOG_DIGITS)) + digits (LOG_RISE - LOG_CURVE digits) + LOG_BIAS >> LOG_BITS. Many are
found at once, where a table would be read number by number."""


def _without_table(digits: int) -> int:
    more = digits * (LOG_RISE - LOG_CURVE * digits) + LOG_BIAS
    return ((LOG_ONE * digits << (LOG_BITS - LOG_DIGITS)) + more) >> LOG_BITS


assert [_without_table(digits) for digits in range(1 << _DIGITS)] == _FRACTIONS
