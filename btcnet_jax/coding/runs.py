"""Runs of symbols in a stream, each run with its own table: how networks' latents are coded."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from btcnet_jax.coding.streams import CheckedDecoder, CodingTable, StreamCoder
from btcnet_jax.errors import FileFormatError

_BLOCK = 1 << 20


def encode_runs(
    coder: StreamCoder, runs: Sequence[Int[np.ndarray, "_"]], tables: Sequence[CodingTable]
) -> bytes:
    """Codes runs of symbols one after another, each with its own table.

    Args:
        coder: what codes.
        runs: one array of symbols per run.
        tables: the coder's, one per run; the same object may serve several runs.

    Returns:
        The coder's bytes; none where every table holds a lone symbol.

    Raises:
        ValueError: a symbol that its table gives no frequency.
    """
    encode = coder.encoder(tables)
    for run, table in zip(runs, tables, strict=True):
        encode(run, table)
    return encode.to_bytes()


def decode_runs(
    coder: StreamCoder, payload: bytes, tables: Sequence[CodingTable], lengths: Sequence[int]
) -> list[Int[np.ndarray, "_"]]:
    """Inverse of `encode_runs`.

    Args:
        coder: the same as that of the encoder.
        payload: the bytes that encode_runs returned.
        tables: one table per run, equal to those of the encoder.
        lengths: the number of symbols of each run.

    Returns:
        One int32 array of symbols per run.

    Raises:
        FileFormatError: the payload is too short, too long or not what encode_runs writes.
    """
    _check_length(payload, tables, lengths)
    decode = CheckedDecoder(coder, payload, tables)
    runs = [_decode_run(decode, t, n) for t, n in zip(tables, lengths, strict=True)]
    decode.finish()
    return runs


def _decode_run(
    decode: CheckedDecoder, table: CodingTable, length: int
) -> Int[np.ndarray, "length"]:
    # Rust code ends the process where memory runs out. So NumPy asks for it, which raises an error
    # that can be caught, and the decoder is given one block at a time.
    symbols = np.empty(length, np.int32)
    for start in range(0, length, _BLOCK):
        block = symbols[start : start + _BLOCK]
        block[:] = decode(block, table)
    return symbols


def _check_length(payload: bytes, tables: Sequence[CodingTable], lengths: Sequence[int]) -> None:
    # A few garbage bytes must not make the decoder allocate and invent millions of symbols:
    # no message is shorter than its likeliest symbols, eight bytes aside for how the coder ends.
    least = sum(t.least_bits * n for t, n in zip(tables, lengths, strict=True))
    if 8 * len(payload) + 64 < least * (1 - 1e-6):
        raise FileFormatError("the coded symbols end too early: the file is truncated or damaged")
