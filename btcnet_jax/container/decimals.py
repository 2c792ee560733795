"""Lists of numbers as people write them, in few bytes: wavelengths, widths, coordinates.

Decimal fractions are whole numbers after a shift of the point: those are kept as differences. What is no
decimal fraction of up to nine digits is kept as it is.
"""

import io

import numpy as np
from jaxtyping import Float64

from btcnet_jax.coding.varint import encode_differences, read_differences
from btcnet_jax.errors import FileFormatError

_MOST_DIGITS, _PLAIN = 9, 255
# Within it a whole number over a power of ten is the float64 that reading the decimal gives.
_EXACT = 2**52


def pack_numbers(values: Float64[np.ndarray, " n"]) -> bytes:
    """Digits after the point (1 byte), then `encode_differences`; or 255, then float64."""
    for digits in range(_MOST_DIGITS + 1):
        shifted = np.rint(values * 10.0**digits)
        if not (np.abs(shifted) < _EXACT).all():
            break
        # Compared bit by bit: a negative zero is no whole number.
        if (shifted.astype(np.int64) / 10.0**digits).tobytes() == values.tobytes():
            return bytes([digits]) + encode_differences(shifted.astype(np.int64).tolist())
    return bytes([_PLAIN]) + values.astype("<f8").tobytes()


def unpack_numbers(data: bytes, count: int) -> Float64[np.ndarray, " n"]:
    """Inverse of `pack_numbers`, the same numbers to the last bit.

    Raises:
        FileFormatError: not so many numbers.
    """
    if not data:
        raise FileFormatError("a list of numbers is empty: the file is damaged")
    if data[0] == _PLAIN:
        if len(data) != 1 + 8 * count:
            raise FileFormatError("a list of numbers has another length: the file is damaged")
        return np.frombuffer(data, "<f8", offset=1).astype(np.float64)
    if data[0] > _MOST_DIGITS:
        raise FileFormatError("a list of numbers is of an unknown kind: the file is damaged")
    file = io.BytesIO(data[1:])
    whole = read_differences(file, count)
    if file.read(1) or max(map(abs, whole), default=0) > _EXACT:
        raise FileFormatError("a list of numbers is too long: the file is damaged")
    return np.array(whole, np.float64) / 10.0 ** data[0]
