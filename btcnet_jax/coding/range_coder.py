"""The range coder of `constriction` behind the interface of `streams`, with exact integer frequencies.

Why decoding is the same on every machine: `constriction` takes floating-point probabilities p and,
for `perfect=False`, gives symbol i of n the left edge
`floor(cumulative(p, i) * (2**24 - n) / sum(p)) + i` out of 2**24 (its fast_quantized_cdf). Here p
is the frequency minus one, and the frequencies sum to 2**24. So sum(p) = 2**24 - n, the factor is
exactly 1, every partial sum is an integer below 2**24 (exact even in float32), and the left edge is
the integer cumulative frequency itself. Nothing is ever rounded, whatever the machine, the compiler
or the order of the sum. A test reads the coder's state to prove it. `perfect=True` does not honor
the frequencies and must not be used.
"""

from collections.abc import Sequence
from typing import Any

import constriction
import numpy as np
from jaxtyping import Int

from btcnet_jax.coding.streams import CodingTable
from btcnet_jax.errors import FileFormatError

_WORD = np.dtype("<u4")
_queue = constriction.stream.queue


class RangeTable(CodingTable):
    """A table as `constriction` takes it; see `CodingTable`."""

    def __init__(self, frequencies: Int[np.ndarray, "alphabet"]) -> None:
        super().__init__(frequencies)
        self.model: Any = None
        if not self.lone:
            shares = (self.occurring - 1).astype(np.float64)
            self.model = constriction.stream.model.Categorical(shares, perfect=False)


class RangeEncoder:
    """Encodes to little-endian 32-bit words; see `streams.Encoder`."""

    def __init__(self) -> None:
        self._encoder = _queue.RangeEncoder()

    def __call__(self, symbols: Int[np.ndarray, "n"], table: RangeTable) -> Int[np.ndarray, "n"]:
        """Appends symbols and returns them."""
        ranks = table.ranks(symbols)
        if table.model is not None:
            self._encoder.encode(ranks, table.model)
        return symbols

    def to_bytes(self) -> bytes:
        """The words; none where nothing was to be told."""
        return bytes(self._encoder.get_compressed().astype(_WORD).tobytes())


class RangeDecoder:
    """Decodes what `RangeEncoder` gave; see `streams.Decoder`.

    Raises:
        FileFormatError: not whole words.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) % _WORD.itemsize:
            raise FileFormatError("the coded symbols are truncated: the file is damaged")
        words = np.frombuffer(data, _WORD).astype(np.uint32)
        try:
            self._decoder = _queue.RangeDecoder(words)
        except BaseException as error:
            raise _refusal(error) from error

    def __call__(self, symbols: Int[np.ndarray, "n"], table: RangeTable) -> Int[np.ndarray, "n"]:
        """The next symbols, as many as are given."""
        if table.model is None:
            return table.symbols(np.zeros(len(symbols), np.int32))
        try:
            ranks = self._decoder.decode(table.model, len(symbols))
        except BaseException as error:
            raise _refusal(error) from error
        return table.symbols(ranks)


class RangeCoder:
    """The coder of `constriction`; see `streams.StreamCoder`. It need not know its tables beforehand."""

    name = "constriction"

    def require(self) -> None:
        """Nothing: it is installed wherever this package is."""

    def table(self, frequencies: Int[np.ndarray, "alphabet"]) -> RangeTable:
        """A table for its encoders and decoders."""
        return RangeTable(frequencies)

    def encoder(self, tables: Sequence[RangeTable] = ()) -> RangeEncoder:
        """An encoder, of any tables."""
        return RangeEncoder()

    def decoder(self, data: bytes, tables: Sequence[RangeTable] = ()) -> RangeDecoder:
        """A decoder, of any tables."""
        return RangeDecoder(data)


CONSTRICTION = RangeCoder()


def _refusal(error: BaseException) -> BaseException:
    """What to raise for an error of the library: its complaints about its input are FileFormatError."""
    # A panic of the Rust code derives from BaseException and its class cannot be imported.
    if isinstance(error, AssertionError) or type(error).__name__ == "PanicException":
        return FileFormatError("the coded symbols are invalid: the file is damaged")
    return error
