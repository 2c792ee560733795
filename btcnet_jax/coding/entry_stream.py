"""One stream of symbols and entries through the compiled range coder, in either direction."""

from typing import Any

import numpy as np
from jaxtyping import Float64, Int64, UInt32

from btcnet_jax.coding.context.kernel.arrays import DAMAGED, WRITTEN, Stream
from btcnet_jax.coding.range_coder import RangeTable
from btcnet_jax.errors import FileFormatError

_WORD = np.dtype("<u4")
# Of an entry, each of which adds at most one word: through a table, a length, eight pieces.
_STEPS = 10


class EntryStream:
    """Codes symbols one by one, then all entries of a matrix.

    Args:
        data: to decode, whole words; None to encode.
    """

    def __init__(self, data: bytes | None = None) -> None:
        words = None if data is None else np.frombuffer(data, _WORD).astype(np.uint32)
        self._decoding, self._stream = words is not None, Stream.start(words)
        self._lefts: dict[RangeTable, UInt32[np.ndarray, " edges"]] = {}

    def code(self, symbol: int, table: RangeTable) -> int:
        """A symbol, or the one that is decoded in its place; see `integer_coding.Code`.

        Raises:
            FileFormatError: there can be none such.
        """
        from btcnet_jax.coding.entry_kernel.coding import code_symbol

        if table not in self._lefts:
            edges = np.cumsum(np.append(0, table.occurring))
            self._lefts[table] = edges.astype(np.uint32)
        if not self._decoding:
            self._stream = self._stream.with_room(1)
        coded = code_symbol(self._stream, self._lefts[table], symbol, self._decoding)
        self._require_sound()
        return int(coded)

    def entries(
        self,
        wanted: Float64[np.ndarray, "rows bands"],
        exponents: Int64[np.ndarray, " bands"],
        bit_worth: float,
    ) -> Int64[np.ndarray, "rows bands"] | None:
        """The entries that are coded, or decoded, in steps; None where they take more than 64 bits.

        Args:
            wanted: in steps; of a decoder the shape alone counts.
            exponents: of the bands: steps are 2**exponent.
            bit_worth: squared error, in squared steps, that a bit must save.

        Raises:
            FileFormatError: there can be none such.
        """
        from btcnet_jax.coding.entry_kernel.arrays import (
            IMPOSSIBLE,
            WIDE,
            Predictors,
            entry_tables,
        )
        from btcnet_jax.coding.entry_kernel.coding import code_entries

        symbols, left = np.zeros(wanted.shape, np.int64), np.zeros(wanted.shape, np.int64)
        columns = np.zeros(wanted.shape[1], np.int64)
        if not self._decoding:
            self._stream = self._stream.with_room(_STEPS * wanted.size)
        room: list[Any] = [entry_tables(), Predictors.room(), self._stream]
        asked = exponents, wanted, bit_worth
        outcome = code_entries(*room, *asked, symbols, left, columns, self._decoding)
        if outcome == WIDE:
            return None
        self._require_sound()
        if outcome == IMPOSSIBLE:
            raise FileFormatError("the coded integers are impossible: the file is damaged")
        if self._decoding and self._stream.counts[WRITTEN] != len(self._stream.words):
            raise FileFormatError(
                "the coded symbols do not end where they should: the file is damaged"
            )
        return symbols

    def to_bytes(self) -> bytes:
        """The stream, of which `entries` was the last."""
        return bytes(self._stream.words[: self._stream.counts[WRITTEN]].astype(_WORD).tobytes())

    def _require_sound(self) -> None:
        if self._stream.counts[DAMAGED]:
            raise FileFormatError("the coded symbols are invalid: the file is damaged")
