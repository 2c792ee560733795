"""The latent of a model with learned steps in a file: its rate level, and symbols by the model's own tables."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float64, Int, Num

from btcnet_jax.coding.learned_table import LearnedTables
from btcnet_jax.coding.precision import MAX_MAGNITUDE
from btcnet_jax.coding.varint import encode_varint
from btcnet_jax.config import ModelConfig
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import CoderId, EntropyModelId
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.prior import quantizer_steps
from btcnet_jax.models.prior_tables import Tables
from btcnet_jax.parts.file_facts import latent_shape, read_level
from btcnet_jax.parts.stream_coders import STREAM_CODERS, stream_coder

Symbols = Int[np.ndarray, "h w channels"]


@runtime_checkable
class SymbolModel(Protocol):
    """How a level's symbols become bytes: `PriorSymbols` or `ChannelContexts`.

    Attributes:
        entropy_model: what a header calls it.
        coders: whose streams it reads, each a `CoderId`.
    """

    entropy_model: EntropyModelId
    coders: frozenset[int]

    def encode(self, symbols: Symbols, level: int, coder_id: int) -> tuple[bytes, bytes]:
        """Side information, if it has any, and the symbols."""

    def decode(
        self, side: bytes, data: bytes, shape: tuple[int, int, int], level: int, coder_id: int
    ) -> Symbols:
        """Inverse of `encode`.

        Raises:
            FileFormatError: the bytes do not fit.
        """

    def bits_by_place(
        self, side: bytes, symbols: Symbols, level: int
    ) -> Float64[np.ndarray, "h w"]:
        """Code length in bits of each place of the latent."""


class PriorSymbols:
    """Symbols by the tables of the model's prior, of each level and channel.

    Args:
        tables: of the model.
    """

    entropy_model = EntropyModelId.FACTORIZED
    coders = STREAM_CODERS

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._prepared: dict[tuple[int, int], LearnedTables] = {}

    def encode(self, symbols: Symbols, level: int, coder_id: int) -> tuple[bytes, bytes]:
        """No side information, and the symbols."""
        return b"", self._coder(level, coder_id).compress(symbols)

    def decode(
        self, side: bytes, data: bytes, shape: tuple[int, int, int], level: int, coder_id: int
    ) -> Symbols:
        """Inverse of `encode`."""
        return self._coder(level, coder_id).decompress(data, shape)

    def bits_by_place(
        self, side: bytes, symbols: Symbols, level: int
    ) -> Float64[np.ndarray, "h w"]:
        """Code length in bits of each place of the latent."""
        return self._coder(level, CoderId.RANGE).bits_by_place(symbols)

    def _coder(self, level: int, coder_id: int) -> LearnedTables:
        chosen = level, coder_id
        if chosen not in self._prepared:
            frequencies, first = self._tables["frequencies"][level], self._tables["first"][level]
            self._prepared[chosen] = LearnedTables(frequencies, first, stream_coder(coder_id))
        return self._prepared[chosen]


class LearnedLatent:
    """Writes and reads the sections QUANTIZER (the level, and the symbols' side information) and SYMBOLS.

    Args:
        config: with a learned quantizer.
        params: of the model; the steps are among them.
        symbols: the entropy model.
        coder_id: of the coder that writes, one of `coders`; all of them are read.
    """

    def __init__(
        self,
        config: ModelConfig,
        params: Params,
        symbols: SymbolModel,
        coder_id: CoderId = CoderId.RANGE,
    ) -> None:
        self.coder_id, self.levels = coder_id, config.rate_levels
        self.entropy_model, self.coders = symbols.entropy_model, symbols.coders
        self._config, self._symbols = config, symbols
        self._steps = quantizer_steps(params)

    def write(self, latent: Num[np.ndarray, "h w channels"], level: int) -> list[Section]:
        """The sections of a latent at a level; of integers, as the symbols at this level."""
        if latent.dtype.kind == "i":
            symbols = latent
        else:
            # A latent that is not a number stands for a network whose training failed.
            scaled = np.nan_to_num(latent / self._steps[level])
            symbols = np.clip(np.rint(scaled), -MAX_MAGNITUDE, MAX_MAGNITUDE).astype(np.int32)
        side, coded = self._symbols.encode(symbols, level, self.coder_id)
        return [
            Section(SectionKind.QUANTIZER, encode_varint(level) + side),
            Section(SectionKind.SYMBOLS, coded),
        ]

    def read(self, file: CompressedFile) -> Float[np.ndarray, "h w channels"]:
        """The latent, dequantized.

        Raises:
            FileFormatError: a section is missing or does not fit the scene or the model.
        """
        level, _, symbols = self._read(file)
        return symbols.astype(np.float32) * self._steps[level]

    def bits_by_place(self, file: CompressedFile) -> Float64[np.ndarray, "h w"]:
        """Code length in bits of each place of the latent; errors as of `read`."""
        level, side, symbols = self._read(file)
        return self._symbols.bits_by_place(side, symbols, level)

    def _read(self, file: CompressedFile) -> tuple[int, bytes, Symbols]:
        level, side = read_level(file)
        if level >= self.levels:
            raise FileFormatError(f"the file tells of level {level}, the model has {self.levels}")
        shape = latent_shape(self._config, file.header)
        data = file.payload(SectionKind.SYMBOLS)
        return level, side, self._symbols.decode(side, data, shape, level, file.header.coder)
