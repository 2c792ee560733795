"""The latent of a model with a learned prior in a file: its rate level, and symbols by the model's tables."""

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


class LearnedLatent:
    """Writes and reads the sections QUANTIZER (the level) and SYMBOLS.

    Args:
        config: with a learned quantizer.
        params: of the model; the steps are among them.
        tables: made from the same parameters.
        coder_id: of the coder that writes, one of `STREAM_CODERS`; all of them are read.
    """

    entropy_model = EntropyModelId.FACTORIZED
    coders = STREAM_CODERS

    def __init__(
        self,
        config: ModelConfig,
        params: Params,
        tables: Tables,
        coder_id: CoderId = CoderId.RANGE,
    ) -> None:
        self.coder_id = coder_id
        self.levels = config.rate_levels
        self._config = config
        self._steps = quantizer_steps(params)
        self._tables = tables
        self._prepared: dict[tuple[int, int], LearnedTables] = {}

    def write(self, latent: Num[np.ndarray, "h w channels"], level: int) -> list[Section]:
        """The sections of a latent at a level; of integers, as the symbols at this level."""
        if latent.dtype.kind == "i":
            symbols = latent
        else:
            # A latent that is not a number stands for a network whose training failed.
            scaled = np.nan_to_num(latent / self._steps[level])
            symbols = np.clip(np.rint(scaled), -MAX_MAGNITUDE, MAX_MAGNITUDE).astype(np.int32)
        return [
            Section(SectionKind.QUANTIZER, encode_varint(level)),
            Section(SectionKind.SYMBOLS, self._coder(level, self.coder_id).compress(symbols)),
        ]

    def read(self, file: CompressedFile) -> Float[np.ndarray, "h w channels"]:
        """The latent, dequantized.

        Raises:
            FileFormatError: a section is missing or does not fit the scene or the model.
        """
        level, symbols = self._read(file)
        return symbols.astype(np.float32) * self._steps[level]

    def bits_by_place(self, file: CompressedFile) -> Float64[np.ndarray, "h w"]:
        """Code length in bits of each place of the latent; errors as of `read`."""
        level, symbols = self._read(file)
        return self._coder(level, CoderId.RANGE).bits_by_place(symbols)

    def _read(self, file: CompressedFile) -> tuple[int, Int[np.ndarray, "h w channels"]]:
        level = read_level(file)
        if level >= self.levels:
            raise FileFormatError(f"the file tells of level {level}, the model has {self.levels}")
        shape = latent_shape(self._config, file.header)
        coder = self._coder(level, file.header.coder)
        return level, coder.decompress(file.payload(SectionKind.SYMBOLS), shape)

    def _coder(self, level: int, coder_id: int) -> LearnedTables:
        chosen = level, coder_id
        if chosen not in self._prepared:
            frequencies, first = self._tables["frequencies"][level], self._tables["first"][level]
            self._prepared[chosen] = LearnedTables(frequencies, first, stream_coder(coder_id))
        return self._prepared[chosen]
