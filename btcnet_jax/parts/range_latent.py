"""The latent by its range in a file: range, tables and symbols, or plain floats at 32 bits."""

import struct

import numpy as np
from jaxtyping import Float, Float64

from btcnet_jax.coding.static_table import bits_by_place, compress_symbols, decompress_symbols
from btcnet_jax.config import UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.container.container import Section
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError
from btcnet_jax.ops.quantizer import Symbols, from_symbols

_RANGE = struct.Struct("<ff")
_RAW = np.dtype("<f4")
# Far above any latent, far below where float32 arithmetic overflows.
_LARGEST = 1e30


class RangeLatent:
    """Writes and reads the latent's sections for a model without a learned prior.

    Args:
        config: of the model.
    """

    def __init__(self, config: ModelConfig) -> None:
        self._config = config

    def write(self, latent: Symbols | Float[np.ndarray, "h w channels"]) -> list[Section]:
        """The sections of a latent."""
        return write_latent(latent, self._config)

    def read(
        self, sections: list[Section], shape: tuple[int, int, int]
    ) -> Float[np.ndarray, "h w channels"]:
        """The latent, dequantized, of `shape` (rows, cols, channels).

        Raises:
            FileFormatError: a section is missing or does not fit the shape.
        """
        latent = read_latent(sections, shape, self._config)
        if isinstance(latent, Symbols):
            return np.asarray(from_symbols(latent, self._config.bits))
        return latent

    def bits_by_place(
        self, sections: list[Section], shape: tuple[int, int, int]
    ) -> Float64[np.ndarray, "h w"] | None:
        """Code length in bits of each place of the latent; None at 32 bits. Errors as of `read`."""
        latent = read_latent(sections, shape, self._config)
        if not isinstance(latent, Symbols):
            return None
        tables = require_section(sections, SectionKind.TABLES)
        return bits_by_place(np.asarray(latent.indices), tables, self._config.bits)


def write_latent(
    latent: Symbols | Float[np.ndarray, "h w channels"], config: ModelConfig
) -> list[Section]:
    """QUANTIZER (the image's range, two float32), TABLES and SYMBOLS; or RAW_LATENT at 32 bits."""
    if not isinstance(latent, Symbols):
        return [Section(SectionKind.RAW_LATENT, np.asarray(latent, _RAW).tobytes())]
    tables, payload = compress_symbols(np.asarray(latent.indices), config.bits)
    return [
        Section(SectionKind.QUANTIZER, _RANGE.pack(latent.minimum, latent.maximum)),
        Section(SectionKind.TABLES, tables),
        Section(SectionKind.SYMBOLS, payload),
    ]


def read_latent(
    sections: list[Section], shape: tuple[int, int, int], config: ModelConfig
) -> Symbols | Float[np.ndarray, "h w channels"]:
    """The inverse of `write_latent`, for a latent of `shape` (rows, cols, channels).

    Raises:
        FileFormatError: a section is missing or does not fit the shape.
    """
    if config.bits == UNQUANTIZED_BITS:
        return _read_raw(require_section(sections, SectionKind.RAW_LATENT), shape)
    quantizer = require_section(sections, SectionKind.QUANTIZER)
    if len(quantizer) != _RANGE.size:
        raise FileFormatError("the quantizer section has a wrong length: compress the cube again")
    minimum, maximum = np.asarray(_RANGE.unpack(quantizer), np.float32)
    # Written so that NaN fails too.
    if not (-_LARGEST < minimum <= maximum < _LARGEST):
        raise FileFormatError(f"the latent cannot range from {minimum} to {maximum}: damaged file")
    tables = require_section(sections, SectionKind.TABLES)
    symbols = require_section(sections, SectionKind.SYMBOLS)
    return Symbols(decompress_symbols(tables, symbols, shape, config.bits), minimum, maximum)


def require_section(sections: list[Section], kind: SectionKind) -> bytes:
    """The payload of the section of a kind, the last one if there are several.

    Raises:
        FileFormatError: there is none.
    """
    payloads = {section.kind: section.payload for section in sections}
    if kind not in payloads:
        raise FileFormatError(f"the file has no {kind.name} section: compress the cube again")
    return payloads[kind]


def _read_raw(payload: bytes, shape: tuple[int, int, int]) -> Float[np.ndarray, "h w channels"]:
    if len(payload) != int(np.prod(shape)) * _RAW.itemsize:
        raise FileFormatError("the latent section has a wrong length: compress the cube again")
    return np.frombuffer(payload, _RAW).reshape(shape).astype(np.float32)
