"""The latent in a file: its range, its tables and its symbols, or plain floats at 32 bits."""

import struct

import numpy as np
from jaxtyping import Float

from btcnet_jax.coding.static_table import compress_symbols, decompress_symbols
from btcnet_jax.config import UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.container.container import Section
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError
from btcnet_jax.ops.quantizer import Symbols

_RANGE = struct.Struct("<ff")
_RAW = np.dtype("<f4")
# Far above any latent, far below where float32 arithmetic overflows.
_LARGEST = 1e30


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
    """The inverse of `write_latent`, for a latent of `shape` (rows, columns, channels).

    Raises:
        FileFormatError: a section is missing or does not fit the shape.
    """
    payloads = {section.kind: section.payload for section in sections}
    if config.bits == UNQUANTIZED_BITS:
        return _read_raw(_payload(payloads, SectionKind.RAW_LATENT), shape)
    quantizer = _payload(payloads, SectionKind.QUANTIZER)
    if len(quantizer) != _RANGE.size:
        raise FileFormatError("the quantizer section has a wrong length: compress the cube again")
    minimum, maximum = np.asarray(_RANGE.unpack(quantizer), np.float32)
    # Written so that NaN fails too.
    if not (-_LARGEST < minimum <= maximum < _LARGEST):
        raise FileFormatError(f"the latent cannot range from {minimum} to {maximum}: damaged file")
    tables = _payload(payloads, SectionKind.TABLES)
    symbols = _payload(payloads, SectionKind.SYMBOLS)
    return Symbols(decompress_symbols(tables, symbols, shape, config.bits), minimum, maximum)


def _read_raw(payload: bytes, shape: tuple[int, int, int]) -> Float[np.ndarray, "h w channels"]:
    if len(payload) != int(np.prod(shape)) * _RAW.itemsize:
        raise FileFormatError("the latent section has a wrong length: compress the cube again")
    return np.frombuffer(payload, _RAW).reshape(shape).astype(np.float32)


def _payload(payloads: dict[int, bytes], kind: SectionKind) -> bytes:
    if kind not in payloads:
        raise FileFormatError(f"the file has no {kind.name} section: compress the cube again")
    return payloads[kind]
