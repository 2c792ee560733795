"""The range coder and its tables of integers, read by docs/FORMAT_CODING.md alone, sections 2 and 5."""

import functools
import math

from independent_bytes import need

PRECISION = 24


def normalize(counts, bits):
    """Integers in proportion to the counts, of sum 2^bits."""
    total, target = sum(counts), 1 << bits
    table = [max(1, c * target // total) if c else 0 for c in counts]
    missing = target - sum(table)
    if missing > 0:
        order = sorted(range(len(table)), key=lambda i: (table[i] * total - counts[i] * target, i))
        for i in order[:missing]:
            table[i] += 1
    while missing < 0:
        able = [i for i in range(len(table)) if table[i] > 1]
        able.sort(key=lambda i: ((counts[i] << 24) // (2 * table[i] - 1), i))
        taken = able[: min((1 - missing) // 2, len(able))]
        for i in taken:
            table[i] -= 1
        missing += len(taken)
    return tuple(table)


@functools.cache
def geometric(mean):
    x = mean / 16
    ratio = math.floor((math.sqrt(1 + x * x) - 1) / x * 65536)
    side = [1 << 32]
    for _ in range(32):
        side.append(side[-1] * ratio >> 16)
    return normalize(
        [max(1, side[abs(u - 32)]) for u in range(64)] + [2 * side[32] + (1 << 20)], PRECISION
    )


class RangeDecoder:
    """Symbols of words, and the words that encoding them gives; `low` is an integer of any length."""

    def __init__(self, data):
        need(len(data) % 4 == 0, "words of four bytes")
        self.words = [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]
        self.lower, self.range, self.next = 0, 2**64 - 1, 2
        self.point = self._word(0) << 32 | self._word(1)
        self.low, self.shifts, self.symbols = 0, 0, 0

    def _word(self, i):
        return self.words[i] if i < len(self.words) else 0

    def symbol(self, table):
        scale = self.range >> PRECISION
        q = (self.point - self.lower) % 2**64 // scale
        need(q < 1 << PRECISION, "point beyond the range")
        s, left = 0, 0
        while left + table[s] <= q:
            left, s = left + table[s], s + 1
        self._step(scale * left, scale * table[s])
        return s

    def _step(self, left, size):
        self.lower, self.range = (self.lower + left) % 2**64, size
        self.low, self.symbols = self.low + left, self.symbols + 1
        if size >= 2**32:
            return
        self.lower, self.range, self.low = self.lower << 32 & 2**64 - 1, size << 32, self.low << 32
        self.point = (self.point << 32 & 2**64 - 1) + self._word(self.next)
        self.next, self.shifts = self.next + 1, self.shifts + 1

    def raw(self, n):
        """n bits, most significant first, in groups of 8, the last group the rest."""
        value = 0
        while n > 0:
            bits = min(n, 8)
            value = value << bits | self.uniform(bits)
            n -= bits
        return value

    def uniform(self, bits):
        """One symbol of 2^bits that are all alike."""
        scale, part = self.range >> PRECISION, PRECISION - bits
        q = (self.point - self.lower) % 2**64 // scale
        need(q < 1 << PRECISION, "point beyond the range")
        self._step(scale * (q >> part << part), scale << part)
        return q >> part

    def end(self):
        """The words are exactly those that encoding the decoded symbols gives."""
        expected = []
        if self.symbols:
            p = self.low + 2**32 - 1 >> 32
            expected = [p >> 32 * i & 2**32 - 1 for i in range(self.shifts, -1, -1)]
            expected += [0] if self.low + self.range >> 32 == p else []
        need(self.words == expected, "words are not those of the symbols")


class Integers:
    """Integers by adaptive tables; the mean magnitude is state."""

    def __init__(self, decoder):
        self.decoder, self.mean = decoder, 64

    def take(self):
        g = max(0, (self.mean // 16).bit_length() - 2)
        u = self.decoder.symbol(geometric(self.mean >> g))
        near = u < 64
        value = (u - 32) * 2**g + self.decoder.raw(g) if near else self.decoder.raw(48) - 2**47
        magnitude = min(16 * abs(value), 8 * self.mean + 64)
        self.mean = max(2, self.mean + (magnitude - self.mean >> 3))
        return value
