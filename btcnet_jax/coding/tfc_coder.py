"""The range coder of TensorFlow-Compression behind the interface of `streams`, at 16 bits of precision.

The tables are those of the other coder; their frequencies are brought from 2**24 to 2**16 by
`normalize_frequencies`, which is integer arithmetic, so every machine has the same. TensorFlow is imported
when a stream is coded, not with this file.

A stream ends with two symbols of its own. Without them nearly every beginning of a stream would be one of other
symbols: the library leaves out zeros at the end and reads them as if they were there. They are not decoded:
whoever encodes again what was decoded (`streams.CheckedDecoder`) finds them missing.

What the library makes of damaged bytes is defined: the point that it decodes lies within the interval from
the start on, and frequencies that sum to 2**16 leave no part of an interval to no symbol. It checks nothing
when it encodes, so symbols that do not occur in a table are refused here.
"""

import contextlib
import functools
import importlib.util
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int

from btcnet_jax.coding.frequency_table import normalize_frequencies
from btcnet_jax.coding.streams import CodingTable
from btcnet_jax.errors import MissingExtraError
from btcnet_jax.extras import how_to_install, require_extra

TFC_PRECISION = 16
"""The library takes frequencies of sum 2**16 at most."""


class TfcTable(CodingTable):
    """A table as TensorFlow-Compression takes it: the precision, then the cumulative frequencies.

    Raises:
        ValueError: as of `CodingTable`; or more than 2**16 symbols occur.
    """

    def __init__(self, frequencies: Int[np.ndarray, "alphabet"]) -> None:
        super().__init__(frequencies)
        self.occurring = normalize_frequencies(self.occurring, TFC_PRECISION)
        self.lookup = np.array([TFC_PRECISION, 0, *self.occurring.cumsum()], np.int32)
        # What is left of an interval is a difference of rounded down products: it can shrink by half of
        # what the frequency says, never by less, as an interval has 2**16 parts or more.
        largest = float(self.occurring.max())
        self.least_bits = 1 + TFC_PRECISION - float(np.log2(2**TFC_PRECISION + largest))


class TfcEncoder:
    """Encodes to bytes; see `streams.Encoder`.

    Args:
        tables: all that symbols will come with.
    """

    def __init__(self, tables: Sequence[TfcTable]) -> None:
        self._places, lookup = _lookup(tables)
        self._handle = _library().create_range_encoder(_ONE_STREAM, lookup)
        self._empty = True

    def __call__(self, symbols: Int[np.ndarray, "n"], table: TfcTable) -> Int[np.ndarray, "n"]:
        """Appends symbols and returns them."""
        ranks = table.ranks(symbols)
        if ranks.size and not table.lone:
            self._encode(ranks, self._places[table])
        return symbols

    def to_bytes(self) -> bytes:
        """The stream; nothing can be appended to it any more."""
        if not self._empty:
            self._encode(_END, _END_PLACE)
        return bytes(_library().entropy_encode_finalize(self._handle).numpy())

    def _encode(self, ranks: Int[np.ndarray, "n"], place: int) -> None:
        index = np.full(ranks.size, place, np.int32)
        self._handle = _library().entropy_encode_index(self._handle, index, ranks)
        self._empty = False


class TfcDecoder:
    """Decodes what `TfcEncoder` gave; see `streams.Decoder`.

    Args:
        data: the stream.
        tables: all that symbols will come with.
    """

    def __init__(self, data: bytes, tables: Sequence[TfcTable]) -> None:
        self._places, lookup = _lookup(tables)
        self._handle = _library().create_range_decoder(data, lookup)

    def __call__(self, symbols: Int[np.ndarray, "n"], table: TfcTable) -> Int[np.ndarray, "n"]:
        """The next symbols, as many as are given."""
        if table.lone or not symbols.size:
            return table.symbols(np.zeros(symbols.size, np.int32))
        index = np.full(symbols.size, self._places[table], np.int32)
        shape = np.array(index.shape, np.int32)
        self._handle, ranks = _library().entropy_decode_index(self._handle, index, shape, np.int32)
        return table.symbols(ranks.numpy())


class TfcCoder:
    """The coder of TensorFlow-Compression; see `streams.StreamCoder`."""

    name = "tfc"

    def require(self) -> None:
        """Refuse to go on where the library is not installed.

        Raises:
            MissingExtraError: says what to install.
        """
        _library()

    def table(self, frequencies: Int[np.ndarray, "alphabet"]) -> TfcTable:
        """A table for its encoders and decoders."""
        return TfcTable(frequencies)

    def encoder(self, tables: Sequence[TfcTable]) -> TfcEncoder:
        """An encoder of these tables."""
        return TfcEncoder(tables)

    def decoder(self, data: bytes, tables: Sequence[TfcTable]) -> TfcDecoder:
        """A decoder of these tables."""
        return TfcDecoder(data, tables)


TFC = TfcCoder()

_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
# Two bytes, each value as likely as any other.
_END, _END_PLACE = np.array([165, 90], np.int32), 0
_END_LOOKUP = np.array([8, *range(257)], np.int32)
_ONE_STREAM = np.zeros(0, np.int32)


def _lookup(tables: Sequence[TfcTable]) -> tuple[dict[TfcTable, int], Int[np.ndarray, "n"]]:
    """Where each table that codes anything stands; the one of the end and these in a row."""
    coding = list(dict.fromkeys(table for table in tables if not table.lone))
    row = np.concatenate([_END_LOOKUP, *(table.lookup for table in coding)])
    return {table: place for place, table in enumerate(coding, _END_PLACE + 1)}, row


@functools.cache
def _library() -> Any:
    """TensorFlow-Compression's operations, without an accelerator.

    Raises:
        MissingExtraError: they are not installed, or for another TensorFlow.
    """
    # First what is missing most often: TensorFlow alone takes seconds to import.
    missing = importlib.util.find_spec("tensorflow_compression_ops") is None
    with _quiet():
        require_extra("tfc", "tensorflow_compression_ops" if missing else "tensorflow")
        import tensorflow as tf

        try:
            import tensorflow_compression_ops
        except tf.errors.OpError:
            raise MissingExtraError(
                f"tensorflow-compression-ops does not load with TensorFlow {tf.__version__}: "
                f"{how_to_install('tfc')}"
            ) from None
    # The accelerator belongs to jax; where TensorFlow is at work already it keeps what it has.
    with contextlib.suppress(RuntimeError):
        tf.config.set_visible_devices([], "GPU")
    return tensorflow_compression_ops


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What TensorFlow tells of accelerators when it is imported, silenced; JAX has set a lower level."""
    before = os.environ.get(_LOG_LEVEL)
    os.environ[_LOG_LEVEL] = "3"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_LOG_LEVEL]
        else:
            os.environ[_LOG_LEVEL] = before
