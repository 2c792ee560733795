"""A second reader and writer of streams of coder 3, written from docs/FORMAT_CODING.md alone.

It takes no library, so that a file written with TensorFlow-Compression can be read in any environment. Slow.
"""

import math
from bisect import bisect_right
from itertools import accumulate


def normalize(counts, bits):
    """Integers in proportion to counts, of sum 2**bits; see section 5 there."""
    total, size = 1 << bits, sum(counts)
    shares = [max(1, count * total // size) if count else 0 for count in counts]
    missing = total - sum(shares)
    if missing > 0:
        gains = [-(count * total - f * size) for count, f in zip(counts, shares, strict=True)]
        for i in sorted(range(len(counts)), key=gains.__getitem__)[:missing]:
            shares[i] += 1
    while missing < 0:
        able = [i for i, f in enumerate(shares) if f > 1]
        able.sort(key=lambda i: ((counts[i] << 24) // (2 * shares[i] - 1), i))
        for i in able[: (1 - missing) // 2]:
            shares[i] -= 1
            missing += 1
    return shares


class Table:
    """Frequencies of sum 2**24 as the coder takes them."""

    def __init__(self, frequencies):
        self.lone = sum(f > 0 for f in frequencies) == 1
        self.shares = normalize([int(f) for f in frequencies], 16)
        self.left = [0, *accumulate(self.shares)]


class State:
    """An interval of 32 bits, from `lower` on."""

    def __init__(self):
        self.lower, self.size = 0, 1 << 32

    def narrow(self, table, symbol):
        """To the symbol's part; whether the interval must grow by 16 bits."""
        low = self.size * table.left[symbol] >> 16
        high = self.size * table.left[symbol + 1] >> 16
        self.lower, self.size = self.lower + low, high - low
        return self.size <= 1 << 16


class EndTable:
    """Of the two symbols at a stream's end."""

    lone, left = False, range(0, (1 << 16) + 1, 1 << 8)


END, END_TABLES = [165, 90], [EndTable(), EndTable()]


def decode(data, tables):
    """A symbol for each table; None where the stream does not end after them."""
    if all(table.lone for table in tables):
        return [table.shares.index(1 << 16) for table in tables] if data == b"" else None
    symbols = decode_all(data, [*tables, *END_TABLES])
    return symbols[:-2] if symbols[-2:] == END else None


def decode_all(data, tables):
    """The same, but for the end."""
    state, at, symbols = State(), 4, []
    point = int.from_bytes(data[:4].ljust(4, b"\0"), "big")
    for table in tables:
        if table.lone:
            symbols.append(table.shares.index(1 << 16))
            continue
        offset = (point - state.lower) % (1 << 32)
        edges = [state.size * edge >> 16 for edge in table.left]
        symbols.append(bisect_right(edges, offset) - 1)
        if state.narrow(table, symbols[-1]):
            state.lower, state.size = state.lower << 16, state.size << 16
            word = int.from_bytes(data[at : at + 2].ljust(2, b"\0"), "big")
            point, at = (point << 16) % (1 << 32) + word, at + 2
        state.lower %= 1 << 32
    return symbols


def encode(symbols, tables):
    """The stream of symbols, each with its table."""
    state, words = State(), 0
    if not all(table.lone for table in tables):
        symbols, tables = [*symbols, *END], [*tables, *END_TABLES]
    for symbol, table in zip(symbols, tables, strict=True):
        if not table.lone and state.narrow(table, symbol):
            state.lower, state.size, words = state.lower << 16, state.size << 16, words + 1
    sent, base = divmod(state.lower, 1 << 32)
    if base + state.size > 1 << 32:
        return (sent + 1).to_bytes(2 * words, "big").rstrip(b"\0")
    data = sent.to_bytes(2 * words, "big")
    if base == 0:
        return data
    byte = math.ceil(base / 2**24)
    if byte << 24 < base + state.size:
        return data + bytes([byte])
    return data + math.ceil(base / 2**16).to_bytes(2, "big")
