"""The latent of a model with a learned prior in a file: its rate level, and symbols by the model's tables."""

import io

import numpy as np
from jaxtyping import Float, Float64, Int

from btcnet_jax.coding.learned_table import MAX_MAGNITUDE, LearnedTables
from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.config import ModelConfig
from btcnet_jax.container.container import Section
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.prior import STEP_NAME
from btcnet_jax.models.prior_tables import Tables
from btcnet_jax.parts.range_latent import require_section


class LearnedLatent:
    """Writes and reads the sections QUANTIZER (the level) and SYMBOLS.

    Args:
        config: with a learned quantizer.
        params: of the model; the steps are among them.
        tables: made from the same parameters.
    """

    def __init__(self, config: ModelConfig, params: Params, tables: Tables) -> None:
        self.levels = config.rate_levels
        self._steps = np.exp(np.asarray(params["prior"][STEP_NAME], np.float32))
        self._tables = tables
        self._prepared: dict[int, LearnedTables] = {}

    def write(self, latent: Float[np.ndarray, "h w channels"], level: int) -> list[Section]:
        """The sections of a latent at a level."""
        # A latent that is not a number stands for a network whose training failed.
        scaled = np.nan_to_num(latent / self._steps[level])
        symbols = np.clip(np.rint(scaled), -MAX_MAGNITUDE, MAX_MAGNITUDE).astype(np.int32)
        return [
            Section(SectionKind.QUANTIZER, encode_varint(level)),
            Section(SectionKind.SYMBOLS, self._coder(level).compress(symbols)),
        ]

    def read(
        self, sections: list[Section], shape: tuple[int, int, int]
    ) -> Float[np.ndarray, "h w channels"]:
        """The latent, dequantized, of `shape` (rows, cols, channels).

        Raises:
            FileFormatError: a section is missing or does not fit the shape or the model.
        """
        level, symbols = self._read(sections, shape)
        return symbols.astype(np.float32) * self._steps[level]

    def bits_by_place(
        self, sections: list[Section], shape: tuple[int, int, int]
    ) -> Float64[np.ndarray, "h w"]:
        """Code length in bits of each place of the latent; errors as of `read`."""
        level, symbols = self._read(sections, shape)
        return self._coder(level).bits_by_place(symbols)

    def _read(
        self, sections: list[Section], shape: tuple[int, int, int]
    ) -> tuple[int, Int[np.ndarray, "h w channels"]]:
        level = read_level(sections)
        if level >= self.levels:
            raise FileFormatError(f"the file tells of level {level}, the model has {self.levels}")
        payload = require_section(sections, SectionKind.SYMBOLS)
        return level, self._coder(level).decompress(payload, shape)

    def _coder(self, level: int) -> LearnedTables:
        if level not in self._prepared:
            frequencies, first = self._tables["frequencies"][level], self._tables["first"][level]
            self._prepared[level] = LearnedTables(frequencies, first)
        return self._prepared[level]


def read_level(sections: list[Section]) -> int:
    """The rate level of a file of a model with a learned prior, 0 the coarsest.

    Raises:
        FileFormatError: the file does not tell.
    """
    payload = require_section(sections, SectionKind.QUANTIZER)
    level, taken = read_varint(io.BytesIO(payload))
    if len(taken) != len(payload):
        raise FileFormatError("the quantizer section has a wrong length: compress the cube again")
    return level
