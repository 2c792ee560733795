"""Range coding of integer symbols with exact integer frequencies, on top of `constriction`.

Why decoding is the same on every machine: `constriction` takes floating-point probabilities p and,
for `perfect=False`, gives symbol i of n the left edge
`floor(cumulative(p, i) * (2**24 - n) / sum(p)) + i` out of 2**24 (its fast_quantized_cdf). Here p
is the frequency minus one, and the frequencies sum to 2**24. So sum(p) = 2**24 - n, the factor is
exactly 1, every partial sum is an integer below 2**24 (exact even in float32), and the left edge is
the integer cumulative frequency itself. Nothing is ever rounded, whatever the machine, the compiler
or the order of the sum. A test reads the coder's state to prove it. `perfect=True` does not honor
the frequencies and must not be used.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import constriction
import numpy as np
from jaxtyping import Int

from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.errors import FileFormatError

_WORD = np.dtype("<u4")
_BLOCK = 1 << 20


class CodingTable:
    """Frequencies of the symbols 0..alphabet-1, ready for the coder.

    Args:
        frequencies: integers >= 0 of sum 2**PRECISION; a symbol of frequency 0 cannot be coded.

    Raises:
        ValueError: the frequencies are negative or have another sum.
    """

    def __init__(self, frequencies: Int[np.ndarray, "alphabet"]) -> None:
        if frequencies.min(initial=0) < 0 or int(frequencies.sum()) != 1 << PRECISION:
            raise ValueError(f"frequencies must be >= 0 and sum to 2**{PRECISION}")
        # The coder gives every symbol it knows a share, so it is told only of those that occur.
        self.symbols = np.flatnonzero(frequencies).astype(np.int32)
        self.ranks = np.full(frequencies.size, -1, np.int32)
        self.ranks[self.symbols] = np.arange(self.symbols.size, dtype=np.int32)
        self.least_bits = PRECISION - float(np.log2(frequencies.max()))
        occurring = frequencies[self.symbols]
        # A lone symbol costs nothing and is not coded at all.
        self.model = (
            constriction.stream.model.Categorical((occurring - 1).astype(np.float64), perfect=False)
            if occurring.size > 1
            else None
        )


def encode_runs(runs: Sequence[Int[np.ndarray, "_"]], tables: Sequence[CodingTable]) -> bytes:
    """Codes runs of symbols one after another, each with its own table.

    Args:
        runs: one array of symbols per run.
        tables: one table per run; the same object may serve several runs.

    Returns:
        Little-endian 32-bit words; empty where every table holds a lone symbol.

    Raises:
        ValueError: a symbol that its table gives no frequency.
    """
    encoder = constriction.stream.queue.RangeEncoder()
    for run, table in zip(runs, tables, strict=True):
        ranks = table.ranks[run]
        if ranks.min(initial=0) < 0:
            raise ValueError("a symbol has no frequency in its table")
        if table.model is not None:
            encoder.encode(ranks, table.model)
    return bytes(encoder.get_compressed().astype(_WORD).tobytes())


def decode_runs(
    payload: bytes, tables: Sequence[CodingTable], lengths: Sequence[int]
) -> list[Int[np.ndarray, "_"]]:
    """Inverse of `encode_runs`.

    Args:
        payload: the bytes that encode_runs returned.
        tables: one table per run, equal to those of the encoder.
        lengths: the number of symbols of each run.

    Returns:
        One int32 array of symbols per run.

    Raises:
        FileFormatError: the payload is too short, too long or not what encode_runs writes.
    """
    _check_length(payload, tables, lengths)
    words = np.frombuffer(payload, _WORD).astype(np.uint32)
    with refusing_invalid_payload():
        decoder = constriction.stream.queue.RangeDecoder(words)
        runs = [_decode_run(decoder, t, n) for t, n in zip(tables, lengths, strict=True)]
    # The decoder reads zeros past the end without a word, so the end is checked by coding again:
    # that finds bytes lost, bytes added and most changes of a byte, at the cost of a fast pass.
    if encode_runs(runs, tables) != payload:
        raise FileFormatError("the coded symbols do not end where they should: the file is damaged")
    return runs


def _decode_run(decoder: Any, table: CodingTable, length: int) -> Int[np.ndarray, "_"]:
    # Rust code ends the process where memory runs out. So NumPy asks for it, which raises an error
    # that can be caught, and the decoder is given one block at a time.
    symbols = np.empty(length, np.int32)
    if table.model is None:
        symbols.fill(table.symbols[0])
        return symbols
    for start in range(0, length, _BLOCK):
        block = symbols[start : start + _BLOCK]
        block[:] = table.symbols[decoder.decode(table.model, block.size)]
    return symbols


def _check_length(payload: bytes, tables: Sequence[CodingTable], lengths: Sequence[int]) -> None:
    if len(payload) % _WORD.itemsize:
        raise FileFormatError("the coded symbols are truncated: the file is damaged")
    # A few garbage bytes must not make the decoder allocate and invent millions of symbols:
    # no message is shorter than its likeliest symbols, two words aside for how the coder ends.
    least = sum(t.least_bits * n for t, n in zip(tables, lengths, strict=True))
    if 8 * len(payload) + 64 < least * (1 - 1e-6):
        raise FileFormatError("the coded symbols end too early: the file is truncated or damaged")


@contextmanager
def refusing_invalid_payload() -> Iterator[None]:
    """The coder's own complaints about its input as `FileFormatError`."""
    try:
        yield
    except BaseException as error:
        # A panic of the Rust code derives from BaseException and its class cannot be imported.
        if isinstance(error, AssertionError) or type(error).__name__ == "PanicException":
            raise FileFormatError("the coded symbols are invalid: the file is damaged") from error
        raise
