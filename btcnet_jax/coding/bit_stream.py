"""Bits packed into bytes, most significant bit first, with Exp-Golomb codes for small integers."""

import numpy as np
from jaxtyping import Int

from btcnet_jax.errors import FileFormatError

# No field of a table needs more: a longer run of zeros is garbage, refused before it grows.
_MAX_PREFIX = 32


class BitWriter:
    """Collects bits and gives them back as bytes, the last one padded with zero bits."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def write(self, value: int, width: int) -> None:
        """Appends `value`, 0 <= value < 2**width, as `width` bits."""
        if width:
            self._parts.append(f"{value:0{width}b}")

    def write_exp_golomb(self, value: int, order: int) -> None:
        """Appends `value` >= 0 as an Exp-Golomb code of the given order (0 favors small values)."""
        offset = value + (1 << order)
        length = offset.bit_length()
        self.write(offset, 2 * length - 1 - order)

    def to_bytes(self) -> bytes:
        """All bits written so far."""
        bits = "".join(self._parts)
        count = -(-len(bits) // 8)
        return int(bits.ljust(8 * count, "0") or "0", 2).to_bytes(count, "big")


class BitReader:
    """Reads what BitWriter wrote. Every method raises FileFormatError where the bits end early."""

    def __init__(self, data: bytes) -> None:
        unpacked = np.unpackbits(np.frombuffer(data, np.uint8))
        self._bits = (unpacked + ord("0")).tobytes().decode("ascii")
        self._position = 0

    def read(self, width: int) -> int:
        """The next `width` bits as an unsigned integer."""
        end = self._position + width
        if end > len(self._bits):
            raise FileFormatError("the symbol tables are truncated: the file is damaged")
        bits = self._bits[self._position : end]
        self._position = end
        return int(bits or "0", 2)

    def read_exp_golomb(self, order: int) -> int:
        """The next Exp-Golomb code of the given order."""
        one = self._bits.find("1", self._position, self._position + _MAX_PREFIX)
        if one < 0:
            raise FileFormatError(
                "the symbol tables hold an impossible number: the file is damaged"
            )
        zeros = one - self._position
        self._position = one
        return self.read(zeros + 1 + order) - (1 << order)

    def finish(self) -> None:
        """Checks that only the zero bits that fill the last byte are left."""
        rest = self._bits[self._position :]
        if len(rest) >= 8 or "1" in rest:
            raise FileFormatError("the symbol tables have surplus bytes: the file is damaged")


def exp_golomb_lengths(values: Int[np.ndarray, "length"], order: int) -> Int[np.ndarray, "length"]:
    """Bits of each value's Exp-Golomb code of the given order; values are >= 0."""
    # frexp's exponent is the bit length, exact for integers below 2**53.
    lengths = np.frexp((values + (1 << order)).astype(np.float64))[1]
    return 2 * lengths - 1 - order
