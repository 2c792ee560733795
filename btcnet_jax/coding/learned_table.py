"""The entropy model "learned tables": symbols coded with integer tables that ship with the model.

Nothing about the tables is in a file. A symbol that its channel's table does not list is coded as an escape,
and how far it lies outside as an Exp-Golomb code after the range coder's words.
"""

import io

import numpy as np
from jaxtyping import Bool, Float64, Int, Integer

from btcnet_jax.coding.bit_stream import BitReader, BitWriter, exp_golomb_lengths
from btcnet_jax.coding.precision import MAX_MAGNITUDE, PRECISION
from btcnet_jax.coding.range_coder import CONSTRICTION
from btcnet_jax.coding.runs import decode_runs, encode_runs
from btcnet_jax.coding.streams import CodingTable, StreamCoder
from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.errors import FileFormatError

_ESCAPE = 0
_ESCAPE_ORDER = 3
# Above this a damaged shape is likelier than a latent: 2**36 symbols take 256 GiB as int32.
_MAX_SYMBOLS = 1 << 36


class LearnedTables:
    """The tables of one rate level, ready to code latents of any size.

    Args:
        frequencies: of each channel, of sum 2**24: the escape's, then those of the symbols `first`,
            `first` + 1 and so on, all above 0, with zeros after the last.
        first: of each channel.
        coder: of all but the escapes.

    Raises:
        ValueError: frequencies of another sum, or none of them a symbol's.
    """

    def __init__(
        self,
        frequencies: Int[np.ndarray, "channels alphabet"],
        first: Int[np.ndarray, "channels"],
        coder: StreamCoder = CONSTRICTION,
    ) -> None:
        listed = np.count_nonzero(frequencies[:, 1:], axis=1)
        if listed.min() < 1 or (frequencies[:, 0] < 1).any():
            raise ValueError("a learned table lists no symbol or no escape")
        self._frequencies = frequencies.astype(np.int64)
        self._first = first.astype(np.int32)[:, None]
        self._listed = listed.astype(np.int32)[:, None]
        self._coder = coder
        self._tables: list[CodingTable] = [coder.table(table) for table in self._frequencies]

    def compress(self, symbols: Integer[np.ndarray, "rows cols channels"]) -> bytes:
        """Code a latent's symbols, channel after channel.

        Raises:
            ValueError: no symbols, of another number of channels, or beyond `MAX_MAGNITUDE`.
        """
        planes = self._planes(symbols)
        indices = self._indices(planes)
        writer = BitWriter()
        for distance in self._escape_codes(planes, indices == _ESCAPE).tolist():
            writer.write_exp_golomb(distance, _ESCAPE_ORDER)
        escapes = writer.to_bytes()
        words = encode_runs(self._coder, list(indices), self._tables)
        return encode_varint(len(escapes)) + words + escapes

    def decompress(
        self, payload: bytes, shape: tuple[int, int, int]
    ) -> Int[np.ndarray, "rows cols channels"]:
        """Inverse of `compress`, exact on every machine.

        Args:
            payload: the coded symbols.
            shape: (rows, cols, channels) of the latent.

        Raises:
            FileFormatError: the payload is truncated, altered or does not fit the shape.
        """
        rows, cols, channels = shape
        if min(shape) < 1 or rows * cols * channels > _MAX_SYMBOLS or channels != len(self._tables):
            raise FileFormatError(f"no latent of this model has the shape {shape}: damaged file")
        words, escapes = _split(payload)
        try:
            runs = decode_runs(self._coder, words, self._tables, [rows * cols] * channels)
            indices = np.stack(runs)
            planes = self._first + indices - 1
        except MemoryError as error:
            raise FileFormatError(f"a latent of shape {shape} does not fit into memory") from error
        self._read_escapes(escapes, planes, indices == _ESCAPE)
        return np.ascontiguousarray(planes.reshape(channels, rows, cols).transpose(1, 2, 0))

    def bits_by_place(
        self, symbols: Integer[np.ndarray, "rows cols channels"]
    ) -> Float64[np.ndarray, "rows cols"]:
        """Code length in bits of each place of the latent, its channels together."""
        planes = self._planes(symbols)
        indices = self._indices(planes)
        lengths = PRECISION - np.log2(np.maximum(self._frequencies, 1))
        bits = np.take_along_axis(lengths, indices, axis=1)
        outside = indices == _ESCAPE
        bits[outside] += exp_golomb_lengths(self._escape_codes(planes, outside), _ESCAPE_ORDER)
        return bits.sum(axis=0).reshape(symbols.shape[:2])

    def _planes(
        self, symbols: Integer[np.ndarray, "rows cols channels"]
    ) -> Int[np.ndarray, "channels places"]:
        channels = len(self._tables)
        if symbols.size == 0 or symbols.shape[2] != channels:
            raise ValueError(f"a latent must have {channels} channels, not shape {symbols.shape}")
        if np.abs(symbols).max() > MAX_MAGNITUDE:
            raise ValueError(f"symbols must lie within +-{MAX_MAGNITUDE}")
        return np.ascontiguousarray(symbols.reshape(-1, channels).T, np.int32)

    def _indices(
        self, planes: Int[np.ndarray, "channels places"]
    ) -> Int[np.ndarray, "channels places"]:
        """Where a symbol stands in its table."""
        offsets = planes - self._first
        return np.where((offsets >= 0) & (offsets < self._listed), offsets + 1, _ESCAPE)

    def _escape_codes(
        self,
        planes: Int[np.ndarray, "channels places"],
        outside: Bool[np.ndarray, "channels places"],
    ) -> Int[np.ndarray, "escapes"]:
        """Twice the distance beyond the table's last symbol, or that before its first plus 1."""
        offsets = (planes - self._first)[outside].astype(np.int64)
        listed = np.broadcast_to(self._listed, planes.shape)[outside]
        return np.where(offsets < 0, -2 * offsets - 1, 2 * (offsets - listed))

    def _read_escapes(
        self,
        data: bytes,
        planes: Int[np.ndarray, "channels places"],
        outside: Bool[np.ndarray, "channels places"],
    ) -> None:
        """Put the escaped symbols into `planes`."""
        reader = BitReader(data)
        count = np.count_nonzero(outside)
        codes = np.array([reader.read_exp_golomb(_ESCAPE_ORDER) for _ in range(count)], np.int64)
        reader.finish()
        first = np.broadcast_to(self._first, planes.shape)[outside]
        listed = np.broadcast_to(self._listed, planes.shape)[outside]
        symbols = first + np.where(codes % 2, -(codes + 1) // 2, codes // 2 + listed)
        if symbols.size and np.abs(symbols).max() > MAX_MAGNITUDE:
            raise FileFormatError("an escaped symbol is impossibly large: the file is damaged")
        planes[outside] = symbols


def _split(payload: bytes) -> tuple[bytes, bytes]:
    """The range coder's words, and the escapes after them."""
    file = io.BytesIO(payload)
    length, _ = read_varint(file)
    rest = payload[file.tell() :]
    if length > len(rest):
        raise FileFormatError("the coded symbols end within their escapes: the file is truncated")
    return rest[: len(rest) - length], rest[len(rest) - length :]
