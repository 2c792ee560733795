"""The range coder of `constriction` (its queue `RangeEncoder`) in the kernel: docs/FORMAT_CODING.md, section 2.

32-bit words, 64 bits of state, frequencies of sum 2**24. A decoder keeps the encoder beside it, which shares
its range: what it would write must be the words that are read (see `streams.CheckedDecoder`).
"""

import numpy as np

from btcnet_jax.coding.context.kernel.arrays import (
    DAMAGED,
    FIRST,
    HELD,
    LOWER,
    POINT,
    RANGE,
    READ,
    WRITTEN,
    Stream,
)
from btcnet_jax.coding.context.kernel.compiling import inner, shared
from btcnet_jax.coding.precision import PRECISION

# All of uint64: with other integers they would make floating point.
_PRECISION, _WORD = np.uint64(PRECISION), np.uint64(32)
_LAST_WORD, _LEAST_RANGE = np.uint64((1 << 32) - 1), np.uint64(1 << 32)
_ONE, _WHOLE = np.uint64(1), np.uint64(1 << PRECISION)


@inner
def share(stream: Stream) -> np.int64:
    """Where in the table of the next symbol the stream points: below 2**24, or it is damaged."""
    r = stream.registers
    found = (r[POINT] - r[LOWER]) // (r[RANGE] >> _PRECISION)
    if found >= _WHOLE:
        stream.counts[DAMAGED] = 1
        return np.int64(0)
    return np.int64(found)


@inner
def pointed(stream: Stream) -> tuple:
    """The same without a division: how far into the range it points, and what one of 2**24 takes of it."""
    r = stream.registers
    scale, found = r[RANGE] >> _PRECISION, r[POINT] - r[LOWER]
    if found >= scale << _PRECISION:
        stream.counts[DAMAGED] = 1
        return np.uint64(0), scale
    return found, scale


@inner
def below(stream: Stream, edge: int) -> bool:
    """Whether the stream points below an edge of a table, as `share` would tell by a division."""
    r = stream.registers
    scale, found = r[RANGE] >> _PRECISION, r[POINT] - r[LOWER]
    if found >= scale << _PRECISION:
        stream.counts[DAMAGED] = 1
        return True
    return found < scale * np.uint64(edge)


@inner
def narrow(stream: Stream, left: int, frequency: int, decoding: bool) -> None:
    """Goes on behind a symbol that has this part of its table."""
    r, counts = stream.registers, stream.counts
    scale, before = r[RANGE] >> _PRECISION, r[LOWER]
    lower, size = before + scale * np.uint64(left), scale * np.uint64(frequency)
    if counts[HELD] > 0 and lower + size >= lower:
        _release(stream, lower < before, decoding)
    if size < _LEAST_RANGE:
        word = lower >> _WORD
        lower, size = lower << _WORD, size << _WORD
        if counts[HELD] > 0:
            counts[HELD] += 1
        elif lower + size >= lower:
            _send(stream, word, decoding)
        else:
            counts[HELD], r[FIRST] = 1, word
        if decoding:
            r[POINT] = (r[POINT] << _WORD) + _next(stream)
    r[LOWER], r[RANGE] = lower, size


@shared
def seal(stream: Stream, decoding: bool) -> None:
    """Writes the words that are left; symbols have been coded."""
    lower, size = stream.registers[LOWER], stream.registers[RANGE]
    end = lower + _LAST_WORD
    if stream.counts[HELD] > 0:
        _release(stream, end < lower, decoding)
    _send(stream, end >> _WORD, decoding)
    if (lower + size) >> _WORD == end >> _WORD:
        _send(stream, np.uint64(0), decoding)


@inner
def _next(stream: Stream) -> np.uint64:
    """The next word; zero behind the end."""
    at = stream.counts[READ]
    stream.counts[READ] = at + 1
    return np.uint64(stream.words[at]) if at < len(stream.words) else np.uint64(0)


@shared
def _release(stream: Stream, carry: bool, decoding: bool) -> None:
    """Writes the words held back."""
    more = _ONE if carry else np.uint64(0)
    _send(stream, (stream.registers[FIRST] + more) & _LAST_WORD, decoding)
    for _ in range(stream.counts[HELD] - 1):
        _send(stream, np.uint64(0) if carry else _LAST_WORD, decoding)
    stream.counts[HELD] = 0


@inner
def _send(stream: Stream, word: int, decoding: bool) -> None:
    at = stream.counts[WRITTEN]
    if not decoding:
        stream.words[at] = word
    elif at >= len(stream.words) or stream.words[at] != word:
        stream.counts[DAMAGED] = 1
    stream.counts[WRITTEN] = at + 1
