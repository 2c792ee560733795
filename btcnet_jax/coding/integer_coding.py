"""Adaptive range coding of integers around zero whose scale drifts along a row.

The scale is a running mean of magnitudes, which the decoder follows. It picks one of sixty tables of
a two-sided geometric distribution; of integers of large scale only the upper bits go through the
table and the rest are coded as they are. Scale and tables are integer arithmetic, so that every
machine decodes the same.
"""

import functools
from collections.abc import Callable

import numpy as np
from jaxtyping import Int64

from btcnet_jax.coding.frequency_table import normalize_frequencies
from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.coding.range_coder import CONSTRICTION, RangeTable
from btcnet_jax.coding.streams import CheckedDecoder
from btcnet_jax.errors import FileFormatError

MAX_MAGNITUDE = 1 << 40
"""Greatest magnitude of an integer that can be coded."""

# Codes a symbol with a table and returns it. The one that decodes ignores the symbol it is given:
# so the order of all that is coded is written down once, for both directions.
Code = Callable[[int, RangeTable], int]

# The running mean is kept in 1/16; a new magnitude counts 1/8 (best of 1/20, 1/12, 1/8).
_UNIT, _RATE, _LEAST, _START = 16, 3, 2, 64
# Symbols through the table are -32..31, and one that says that all bits follow.
_HALF, _ESCAPE, _ESCAPE_BITS, RAW_BITS = 32, 64, 48, 8
_OFFSET = 1 << (_ESCAPE_BITS - 1)
# One symbol at a time is a slice of these: making an array takes longer than coding it.
_SYMBOLS = np.arange(1 << RAW_BITS, dtype=np.int32)


def encode_integers(rows: Int64[np.ndarray, "rows length"]) -> bytes:
    """Codes integers row by row.

    Args:
        rows: magnitudes up to MAX_MAGNITUDE; small ones where neighbors in a row are small.

    Returns:
        Little-endian 32-bit words.
    """
    stream = IntegerEncoder()
    code_integers(stream.code, rows.ravel().tolist())
    return stream.to_bytes()


def decode_integers(data: bytes, shape: tuple[int, int]) -> Int64[np.ndarray, "rows length"]:
    """Inverse of `encode_integers`.

    Args:
        data: what encode_integers gave.
        shape: (rows, length).

    Raises:
        FileFormatError: the data are not what encode_integers writes.
    """
    # No integer takes less than an eighth of a bit: damage must not ask for any number of them.
    if len(data) % 4 or shape[0] * shape[1] > 8 * (8 * len(data) + 64):
        raise FileFormatError("the coded integers are truncated: the file is damaged")
    stream = IntegerDecoder(data)
    values = code_integers(stream.code, [0] * (shape[0] * shape[1]))
    stream.finish()
    return np.array(values, np.int64).reshape(shape)


class IntegerEncoder:
    """A range encoder of one symbol at a time; see `Code`."""

    def __init__(self) -> None:
        self._encode = CONSTRICTION.encoder()
        self.to_bytes = self._encode.to_bytes

    def code(self, symbol: int, table: RangeTable) -> int:
        """Appends a symbol and returns it."""
        self._encode(_SYMBOLS[symbol : symbol + 1], table)
        return symbol


class IntegerDecoder:
    """Inverse of `IntegerEncoder`; see `Code`.

    Raises:
        FileFormatError: not whole words.
    """

    def __init__(self, data: bytes) -> None:
        self._decode = CheckedDecoder(CONSTRICTION, data)
        self.finish = self._decode.finish

    def code(self, _: int, table: RangeTable) -> int:
        """The next symbol."""
        return int(self._decode(_SYMBOLS[:1], table)[0])


def code_integers(code: Code, values: list[int]) -> list[int]:
    """Codes the values one by one and returns what was coded: the values, or what was decoded."""
    coded, mean = [], _START
    for value in values:
        spare = max(0, (mean // _UNIT).bit_length() - 2)
        upper = value >> spare
        inside = -_HALF <= upper < _HALF
        symbol = code(upper + _HALF if inside else _ESCAPE, _table(mean >> spare))
        if symbol == _ESCAPE:
            value = code_bits(code, value + _OFFSET, _ESCAPE_BITS) - _OFFSET
        else:
            lower = code_bits(code, value, spare) if spare else 0
            value = ((symbol - _HALF) << spare) + lower
        # At once: what is decoded from zeros grows without end, and each value takes longer.
        if abs(value) > MAX_MAGNITUDE:
            raise FileFormatError("the coded integers are impossible: the file is damaged")
        coded.append(value)
        # One far value, such as the first of a row, must not spoil the scale for the next ten.
        magnitude = min(abs(value) * _UNIT, 8 * mean + 4 * _UNIT)
        mean = max(_LEAST, mean + ((magnitude - mean) >> _RATE))
    return coded


def code_bits(code: Code, value: int, bits: int) -> int:
    """The lowest bits of a value, each as likely 0 as 1."""
    coded = 0
    while bits > 0:
        part = min(bits, RAW_BITS)
        bits -= part
        coded = coded << part | code(value >> bits & (1 << part) - 1, _uniform(part))
    return coded


@functools.cache
def _uniform(bits: int) -> RangeTable:
    return CONSTRICTION.table(np.full(1 << bits, 1 << (PRECISION - bits), np.int64))


@functools.cache
def _table(mean: int) -> RangeTable:
    """Two-sided geometric distribution of this mean magnitude (in 1/16), and the escape."""
    magnitude = mean / _UNIT
    # Mean magnitude m = 2t / (1 - t^2). A square root is exact to the last digit on any machine.
    ratio = int((np.sqrt(1 + magnitude**2) - 1) / magnitude * (1 << 16))
    side = [1 << 32]
    for _ in range(_HALF):
        side.append(side[-1] * ratio >> 16)
    weights = np.array([*side[:0:-1], *side[:-1], 2 * side[-1] + (1 << 20)], np.int64)
    return CONSTRICTION.table(normalize_frequencies(np.maximum(weights, 1), PRECISION))
