"""Symbols of a latent coded with one Huffman table, as the papers count their rate.

The table is counted on the image and sent along as each symbol's count in base 128. A part of a codec:
`network_codec(..., coder=HuffmanSymbols())`.
"""

import io
import math

import constriction
import numpy as np
from jaxtyping import Float64, Int, Integer

from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.errors import FileFormatError

_coder = constriction.symbol


class HuffmanSymbols:
    """In place of `btcnet_jax.coding.static_table`."""

    def compress_symbols(
        self, symbols: Integer[np.ndarray, "rows cols channels"], bits: int
    ) -> tuple[bytes, bytes]:
        """Tables and coded symbols, integers 0..2**bits-1."""
        flat = np.asarray(symbols).ravel()
        counts = np.bincount(flat, minlength=2**bits)
        encoder, tree = _coder.QueueEncoder(), _coder.huffman.EncoderHuffmanTree(_shares(counts))
        for symbol in flat.tolist():
            encoder.encode_symbol(symbol, tree)
        words, size = encoder.get_compressed_and_bitrate()
        stream = np.asarray(words).astype("<u4").tobytes()[: -(-int(size) // 8)]
        return b"".join(encode_varint(int(n)) for n in counts), stream

    def decompress_symbols(
        self, tables: bytes, payload: bytes, shape: tuple[int, int, int], bits: int
    ) -> Int[np.ndarray, "rows cols channels"]:
        """The inverse of `compress_symbols`.

        Raises:
            FileFormatError: the table does not fit the scene, or the symbols end too early.
        """
        file = io.BytesIO(tables)
        counts = np.array([read_varint(file)[0] for _ in range(2**bits)])
        if counts.sum() != math.prod(shape):
            raise FileFormatError("the table does not fit the scene: compress the cube again")
        return _decode(payload, counts).reshape(shape).astype(np.int32)

    def bits_by_place(
        self, symbols: Int[np.ndarray, "rows cols channels"], tables: bytes, bits: int
    ) -> None:
        """None: the table is of the codes' order, not of their lengths."""


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
