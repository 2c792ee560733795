"""numpy's format .npy from files that nobody vouches for: what a header claims is counted before numpy does."""

import math
import struct
import tokenize
import zipfile
import zlib
from typing import Protocol, runtime_checkable

import numpy as np

DAMAGED = (
    *(ValueError, TypeError, LookupError, ArithmeticError, EOFError, OSError, MemoryError),
    *(SyntaxError, RuntimeError, AttributeError),
    *(zipfile.BadZipFile, zlib.error, tokenize.TokenError, struct.error),
)
"""What numpy, zipfile and the tokenizer raise on damaged headers; RuntimeError is of encrypted members."""


@runtime_checkable
class Readable(Protocol):
    """A file, a member of an archive, or bytes."""

    def read(self, count: int = -1, /) -> bytes:
        """The next bytes."""

    def tell(self) -> int:
        """How many were read."""


def read_header(file: Readable) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of an array; the file is then at its first sample.

    Raises:
        one of `DAMAGED`: no array of numpy's.
    """
    if np.lib.format.read_magic(file) == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    if any(type(length) is not int or length < 0 for length in shape):
        raise ValueError("a shape that no array has")
    return shape, dtype


def require_whole(file: Readable, size: int) -> None:
    """Refuse an array that is not all there: numpy counts an absurd shape in 64 bits, with a warning.

    Args:
        file: at its beginning.
        size: bytes that it has.

    Raises:
        one of `DAMAGED`: no array, or a longer one.
    """
    shape, dtype = read_header(file)
    needed = file.tell() + math.prod(shape) * dtype.itemsize
    if needed > size and not dtype.hasobject:
        raise ValueError(f"its header promises {needed} bytes, the file has {size}")
