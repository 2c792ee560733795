"""What a file says in an attribute: a text, or numbers in a type of their own."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Num

from btcnet_jax.errors import DataError


@dataclass(frozen=True)
class Numbers:
    """Numbers of an attribute, compared bit by bit, so that NaN is itself.

    Attributes:
        dtype: of each, in numpy's words, little-endian: "<i2".
        shape: of the array; empty for a single number.
        data: the numbers, in C order.
    """

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, values: object) -> "Numbers":
        """The numbers of an array, of a list or of one number.

        Raises:
            DataError: they are neither integers nor floats of up to 64 bits.
        """
        array = np.asarray(values)
        if array.dtype.kind == "b":
            array = array.astype(np.int8)
        if array.dtype.kind not in "iuf" or array.dtype.itemsize > 8:
            raise DataError(f"numbers are integers or floats of up to 64 bits, not {array.dtype}")
        little = array.astype(array.dtype.newbyteorder("<"), order="C")
        return cls(little.dtype.str, array.shape, little.tobytes())

    def array(self) -> Num[np.ndarray, "..."]:
        """These numbers, in native byte order."""
        dtype = np.dtype(self.dtype)
        return np.frombuffer(self.data, dtype).reshape(self.shape).astype(dtype.newbyteorder("="))

    def __str__(self) -> str:
        return ", ".join(repr(number) for number in self.array().ravel().tolist())


Tag = str | Numbers
"""What an attribute may hold."""
