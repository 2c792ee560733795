"""A `.btcn` file whose symbols are coded with one Huffman table, as the papers count their rate.

The table is counted on the image and sent along as each symbol's count in base 128.
"""

import io

import constriction
import numpy as np
from jaxtyping import Float64, Int

from btcnet_jax.codec.codec import read_header
from btcnet_jax.coding.static_table import compress_symbols, decompress_symbols
from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.config import DECODER_MULTIPLE, ModelConfig
from btcnet_jax.container.container import Section
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError

_TABLES, _SYMBOLS = SectionKind.TABLES, SectionKind.SYMBOLS
_coder = constriction.symbol


def to_huffman(sections: list[Section], config: ModelConfig) -> list[Section]:
    """The same file with its TABLES and SYMBOLS in Huffman's form.

    Args:
        sections: of a file of a quantized model.
        config: of the model.
    """
    parts = {section.kind: section.payload for section in sections}
    shape = latent_shape(sections, config)
    symbols = decompress_symbols(parts[_TABLES], parts[_SYMBOLS], shape, config.bits).ravel()
    counts = np.bincount(symbols, minlength=2**config.bits)
    encoder, tree = _coder.QueueEncoder(), _coder.huffman.EncoderHuffmanTree(_shares(counts))
    for symbol in symbols.tolist():
        encoder.encode_symbol(symbol, tree)
    words, bits = encoder.get_compressed_and_bitrate()
    stream = np.asarray(words).astype("<u4").tobytes()[: -(-int(bits) // 8)]
    return _replaced(sections, b"".join(encode_varint(int(n)) for n in counts), stream)


def from_huffman(sections: list[Section], config: ModelConfig) -> list[Section]:
    """The inverse of `to_huffman`.

    Raises:
        FileFormatError: the table does not fit the scene, or the symbols end too early.
    """
    parts = {section.kind: section.payload for section in sections}
    shape = latent_shape(sections, config)
    file = io.BytesIO(parts.get(_TABLES, b""))
    counts = np.array([read_varint(file)[0] for _ in range(2**config.bits)])
    if counts.sum() != np.prod(shape):
        raise FileFormatError("the table does not fit the scene: compress the cube again")
    symbols = _decode(parts.get(_SYMBOLS, b""), counts).reshape(shape)
    return _replaced(sections, *compress_symbols(symbols, config.bits))


def _decode(stream: bytes, counts: Int[np.ndarray, " symbols"]) -> Int[np.ndarray, " n"]:
    words = np.frombuffer(stream + bytes(-len(stream) % 4), "<u4").astype(np.uint32)
    decoder, tree = _coder.QueueDecoder(words), _coder.huffman.DecoderHuffmanTree(_shares(counts))
    try:
        return np.array([decoder.decode_symbol(tree) for _ in range(int(counts.sum()))])
    except ValueError:
        raise FileFormatError("the symbols end too early: compress the cube again") from None


def _shares(counts: Int[np.ndarray, " symbols"]) -> Float64[np.ndarray, " symbols"]:
    """What both trees are made from; symbols that do not occur get the longest codes."""
    return counts.astype(np.float64)


def latent_shape(sections: list[Section], config: ModelConfig) -> tuple[int, int, int]:
    """Rows, columns and channels of the latent of a file."""
    header = read_header(sections)
    side = max(config.scale, DECODER_MULTIPLE)
    rows, cols = (-(-size // side) * side // config.scale for size in (header.rows, header.cols))
    return rows, cols, config.latent_channels


def _replaced(sections: list[Section], tables: bytes, symbols: bytes) -> list[Section]:
    new = {_TABLES: tables, _SYMBOLS: symbols}
    return [Section(kind, new.get(SectionKind(kind), payload)) for kind, payload in sections]
