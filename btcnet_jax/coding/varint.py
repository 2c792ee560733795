"""Unsigned integers in base 128, least significant group first, as in Protocol Buffers."""

from io import BufferedIOBase

from btcnet_jax.errors import FileFormatError

# Nine groups of seven bits: lengths below 2**63.
_MAX_BYTES = 9


def encode_varint(value: int) -> bytes:
    """The bytes of `value`, 0 <= value < 2**63; the last one has its top bit clear."""
    groups = bytearray()
    while value >= 0x80:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)


def read_varint(file: BufferedIOBase) -> tuple[int, bytes]:
    """Reads one integer from the file.

    Returns:
        The integer and the bytes it took.

    Raises:
        FileFormatError: the file ends within it, or it is longer than any length can be.
    """
    taken = b""
    while len(taken) < _MAX_BYTES:
        byte = file.read(1)
        if not byte:
            raise FileFormatError("the file is truncated: it ends within the length of a section")
        taken += byte
        if byte[0] < 0x80:
            return sum((b & 0x7F) << (7 * i) for i, b in enumerate(taken)), taken
    raise FileFormatError("the file is damaged: a section has an impossible length")


def encode_differences(values: list[int]) -> bytes:
    """Signed integers as differences from one to the next, each a varint of 2 d, or of -2 d - 1 where d < 0."""
    steps = [value - before for before, value in zip([0, *values], values, strict=False)]
    return b"".join(encode_varint(2 * step if step >= 0 else -2 * step - 1) for step in steps)


def read_differences(file: BufferedIOBase, count: int) -> list[int]:
    """Inverse of `encode_differences`.

    Raises:
        FileFormatError: the file ends within them.
    """
    values, last = [], 0
    for _ in range(count):
        word = read_varint(file)[0]
        last += word // 2 if word % 2 == 0 else -(word // 2) - 1
        values.append(last)
    return values
