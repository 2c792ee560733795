"""Streams of symbols: the one interface behind which a library's entropy coder stands.

A coder makes tables of integer frequencies, and encoders and decoders that code symbols with these tables.
Tables may change from call to call; a decoder must be called as the encoder was.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int

from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.errors import FileFormatError

Code = Callable[[Int[np.ndarray, "n"], Any], Int[np.ndarray, "n"]]
"""Codes int32 symbols with a table and returns them. The one that decodes uses their number alone: so the
order of all that is coded is written down once, for both directions."""


class CodingTable:
    """Frequencies of the symbols 0..alphabet-1; a coder's own table adds what its library takes.

    Args:
        frequencies: integers >= 0 of sum 2**PRECISION; a symbol of frequency 0 cannot be coded.

    Attributes:
        occurring: the frequencies above 0, in order.
        lone: whether there is but one of them: its symbol costs nothing and is not coded at all.
        least_bits: no symbol takes less, on an average over many.

    Raises:
        ValueError: the frequencies are negative or have another sum.
    """

    def __init__(self, frequencies: Int[np.ndarray, "alphabet"]) -> None:
        if frequencies.min(initial=0) < 0 or int(frequencies.sum()) != 1 << PRECISION:
            raise ValueError(f"frequencies must be >= 0 and sum to 2**{PRECISION}")
        # Coders give every symbol they know a share, so they are told only of those that occur.
        symbols = np.flatnonzero(frequencies).astype(np.int32)
        self.occurring = frequencies[symbols]
        self.lone = symbols.size == 1
        self.least_bits = PRECISION - float(np.log2(frequencies.max()))
        self._symbols: Int[np.ndarray, " occurring"] | None = None
        if symbols.size < frequencies.size:
            self._symbols = symbols
            self._ranks = np.full(frequencies.size, -1, np.int32)
            self._ranks[symbols] = np.arange(symbols.size, dtype=np.int32)

    def ranks(self, symbols: Int[np.ndarray, "n"]) -> Int[np.ndarray, "n"]:
        """Where each symbol stands among those that occur, int32.

        Raises:
            ValueError: one does not occur.
        """
        if self._symbols is None:
            return symbols.astype(np.int32, copy=False)
        ranks = self._ranks[symbols]
        if ranks.min(initial=0) < 0:
            raise ValueError("a symbol has no frequency in its table")
        return ranks

    def symbols(self, ranks: Int[np.ndarray, "n"]) -> Int[np.ndarray, "n"]:
        """Inverse of `ranks`."""
        return ranks if self._symbols is None else self._symbols[ranks]


@runtime_checkable
class Encoder(Protocol):
    """Puts symbols into a stream."""

    def __call__(self, symbols: Int[np.ndarray, "n"], table: Any) -> Int[np.ndarray, "n"]:
        """Appends symbols and returns them; ValueError where one has no frequency in the table."""

    def to_bytes(self) -> bytes:
        """The whole stream; nothing can be appended any more."""


@runtime_checkable
class Decoder(Protocol):
    """Gets symbols out of a stream."""

    def __call__(self, symbols: Int[np.ndarray, "n"], table: Any) -> Int[np.ndarray, "n"]:
        """The next symbols, int32, as many as are given; FileFormatError where there can be none such."""


@runtime_checkable
class StreamCoder(Protocol):
    """One library's entropy coder.

    Attributes:
        name: of the library, as users type it.
    """

    name: str

    def require(self) -> None:
        """Refuse to go on where the library is not installed: MissingExtraError."""

    def table(self, frequencies: Int[np.ndarray, "alphabet"]) -> CodingTable:
        """A table for this coder's encoders and decoders; see `CodingTable`."""

    def encoder(self, tables: Sequence[Any]) -> Encoder:
        """An encoder for symbols of these tables."""

    def decoder(self, data: bytes, tables: Sequence[Any]) -> Decoder:
        """A decoder of what an encoder of these tables gave; FileFormatError where it cannot be that."""


class CheckedDecoder:
    """A decoder that knows where the stream must end; see `Code`.

    Decoders read zeros past the end without a word. So what is decoded is encoded again: that finds bytes
    lost, bytes added and most changes of a byte, at the cost of a fast pass.

    Args:
        coder: of the stream.
        data: the whole stream.
        tables: as of `StreamCoder.decoder`.

    Raises:
        FileFormatError: no such stream.
    """

    def __init__(self, coder: StreamCoder, data: bytes, tables: Sequence[Any] = ()) -> None:
        self._data, self._again = data, coder.encoder(tables)
        self._decoder = coder.decoder(data, tables)

    def __call__(self, symbols: Int[np.ndarray, "n"], table: Any) -> Int[np.ndarray, "n"]:
        """The next symbols, as many as are given."""
        return self._again(self._decoder(symbols, table), table)

    def finish(self) -> None:
        """Checks the end.

        Raises:
            FileFormatError: the data are not what encoding the decoded symbols gives.
        """
        if self._again.to_bytes() != self._data:
            raise FileFormatError(
                "the coded symbols do not end where they should: the file is damaged"
            )
