"""The latent by its range in a file: range, tables and symbols, or plain floats at 32 bits."""

import struct
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float64, Int

from btcnet_jax.coding import static_table
from btcnet_jax.config import UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import CoderId, EntropyModelId
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError
from btcnet_jax.ops.quantizer import Symbols, from_symbols
from btcnet_jax.parts.file_facts import latent_shape
from btcnet_jax.parts.stream_coders import STREAM_CODERS, stream_coder

_RANGE = struct.Struct("<ff")
_RAW = np.dtype("<f4")
# Far above any latent, far below where float32 arithmetic overflows.
_LARGEST = 1e30


@runtime_checkable
class SymbolCoder(Protocol):
    """Codes symbols 0..2**bits-1 of a latent with tables that are sent along; `StaticTables` is one.

    Attributes:
        coder_id: what a file's header names.
    """

    coder_id: CoderId

    def compress_symbols(
        self, symbols: Int[np.ndarray, "rows cols channels"], bits: int
    ) -> tuple[bytes, bytes]:
        """Tables and coded symbols."""

    def decompress_symbols(
        self, tables: bytes, payload: bytes, shape: tuple[int, int, int], bits: int
    ) -> Int[np.ndarray, "rows cols channels"]:
        """Inverse of `compress_symbols`; FileFormatError where the bytes are damaged."""

    def bits_by_place(
        self, symbols: Int[np.ndarray, "rows cols channels"], tables: bytes, bits: int
    ) -> Float64[np.ndarray, "rows cols"] | None:
        """Code length of each place's symbols; None where it cannot be told."""


class StaticTables:
    """`coding.static_table` with one of the stream coders; see `SymbolCoder`.

    Args:
        coder_id: one of `STREAM_CODERS`.
    """

    def __init__(self, coder_id: CoderId = CoderId.RANGE) -> None:
        self.coder_id = coder_id

    def compress_symbols(
        self, symbols: Int[np.ndarray, "rows cols channels"], bits: int
    ) -> tuple[bytes, bytes]:
        """Tables, the same with every coder, and coded symbols."""
        return static_table.compress_symbols(symbols, bits, stream_coder(self.coder_id))

    def decompress_symbols(
        self, tables: bytes, payload: bytes, shape: tuple[int, int, int], bits: int
    ) -> Int[np.ndarray, "rows cols channels"]:
        """Inverse of `compress_symbols`; FileFormatError where the bytes are damaged."""
        coder = stream_coder(self.coder_id)
        return static_table.decompress_symbols(tables, payload, shape, bits, coder)

    def bits_by_place(
        self, symbols: Int[np.ndarray, "rows cols channels"], tables: bytes, bits: int
    ) -> Float64[np.ndarray, "rows cols"]:
        """Code length of each place's symbols, by the tables."""
        return static_table.bits_by_place(symbols, tables, bits)


class RangeLatent:
    """Sections of a latent that is quantized by the image's own range: QUANTIZER (the range, two float32),
    TABLES and SYMBOLS; or RAW_LATENT at 32 bits.

    Args:
        config: of the model.
        coder: that writes the symbols; those of the stream coders are read by each of them.
    """

    levels = 1

    def __init__(self, config: ModelConfig, coder: SymbolCoder) -> None:
        self._config, self._coder = config, coder
        raw = config.bits == UNQUANTIZED_BITS
        self.entropy_model = EntropyModelId.RAW if raw else EntropyModelId.STATIC_TABLE
        self.coder_id = CoderId.NONE if raw else coder.coder_id
        many = self.coder_id in STREAM_CODERS
        self.coders = STREAM_CODERS if many else frozenset({self.coder_id})

    def write(
        self, latent: Symbols | Float[np.ndarray, "h w channels"], level: int
    ) -> list[Section]:
        """The sections of a latent; of its only level."""
        if not isinstance(latent, Symbols):
            return [Section(SectionKind.RAW_LATENT, np.asarray(latent, _RAW).tobytes())]
        bits = self._config.bits
        tables, payload = self._coder.compress_symbols(np.asarray(latent.indices), bits)
        return [
            Section(SectionKind.QUANTIZER, _RANGE.pack(latent.minimum, latent.maximum)),
            Section(SectionKind.TABLES, tables),
            Section(SectionKind.SYMBOLS, payload),
        ]

    def read(self, file: CompressedFile) -> Float[np.ndarray, "h w channels"]:
        """The latent, dequantized.

        Raises:
            FileFormatError: a section is missing or does not fit the scene.
        """
        shape = latent_shape(self._config, file.header)
        if self._config.bits == UNQUANTIZED_BITS:
            return _read_raw(file.payload(SectionKind.RAW_LATENT), shape)
        return np.asarray(from_symbols(self._read_symbols(file), self._config.bits))

    def bits_by_place(self, file: CompressedFile) -> Float64[np.ndarray, "h w"] | None:
        """Code length in bits of each place of the latent; None at 32 bits. Errors as of `read`."""
        if self._config.bits == UNQUANTIZED_BITS:
            return None
        symbols = np.asarray(self._read_symbols(file).indices)
        tables = file.payload(SectionKind.TABLES)
        return self._coder.bits_by_place(symbols, tables, self._config.bits)

    def _read_symbols(self, file: CompressedFile) -> Symbols:
        quantizer = file.payload(SectionKind.QUANTIZER)
        if len(quantizer) != _RANGE.size:
            raise FileFormatError(
                "the quantizer section has a wrong length: compress the cube again"
            )
        minimum, maximum = np.asarray(_RANGE.unpack(quantizer), np.float32)
        # Written so that NaN fails too.
        if not (-_LARGEST < minimum <= maximum < _LARGEST):
            raise FileFormatError(
                f"the latent cannot range from {minimum} to {maximum}: damaged file"
            )
        tables, payload = file.payload(SectionKind.TABLES), file.payload(SectionKind.SYMBOLS)
        shape, bits = latent_shape(self._config, file.header), self._config.bits
        coder = self._coder
        if file.header.coder != coder.coder_id:
            coder = StaticTables(CoderId(file.header.coder))
        symbols = coder.decompress_symbols(tables, payload, shape, bits)
        return Symbols(symbols, minimum, maximum)


def _read_raw(payload: bytes, shape: tuple[int, int, int]) -> Float[np.ndarray, "h w channels"]:
    if len(payload) != int(np.prod(shape)) * _RAW.itemsize:
        raise FileFormatError("the latent section has a wrong length: compress the cube again")
    latent = np.frombuffer(payload, _RAW).reshape(shape).astype(np.float32)
    # Written so that NaN fails too.
    if not (np.abs(latent) < _LARGEST).all():
        raise FileFormatError("the latent holds impossible numbers: the file is damaged")
    return latent
