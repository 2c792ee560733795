"""ADAPTIVE_BASIS, read by docs/FORMAT_CODING.md alone, section 5."""

import functools
from itertools import accumulate, pairwise

import numpy as np
from independent_bytes import Bytes, need
from independent_range import PRECISION, Integers, RangeDecoder, normalize

MEAN_WEIGHT, ONE = 65536, 4096
DECAYS = {24: 280377609773054, 23: 280170461963199, 22: 279924319524019, 21: 279631886659763}
PARTS = ((184, -3), (67, 4), (5, 10))


@functools.cache
def decay(width):
    return DECAYS[width] if width > 20 else decay(width + 4) ** 2 >> 48


@functools.cache
def entry_table(width, r):
    """Frequencies of symbols 0 to 128."""
    edges = range(-258 - r, 255 - r, 4)
    total = [0] * len(edges)
    for share, wider in PARTS:
        tail = [1 << 48]
        for _ in range(258 + r):
            tail.append(tail[-1] * decay(width + wider) >> 48)
        for i, e in enumerate(edges):
            total[i] += share * (tail[-e] if e < 0 else (1 << 49) - tail[e])
    levels = [each >> 25 for each in total]
    weights = [max(1, b - a) for a, b in pairwise(levels)]
    return normalize([*weights, 1024], PRECISION)


class LeastSquares:
    """Adaptive least squares of some features, in integers of any length."""

    def __init__(self, size, h):
        self.size, self.h = size, h
        self.w = [ONE] + [0] * (size - 1)
        self.a = [[0] * size for _ in range(size)]
        self.v = [0] * size

    def predict(self, features):
        return sum(w * f for w, f in zip(self.w, features, strict=False)) >> 12

    def learn(self, features, s):
        f, w = features[: self.size], self.w
        for i in range(self.size):
            row = self.a[i] = [
                a - (a >> self.h) + f[i] * each for a, each in zip(self.a[i], f, strict=True)
            ]
            self.v[i] += f[i] * 64 * s - (self.v[i] >> self.h)
            wanted = (self.v[i] + (0 if i else MEAN_WEIGHT)) * ONE - sum(map(int.__mul__, row, w))
            w[i] += (wanted - MEAN_WEIGHT * w[i]) // (row[i] + MEAN_WEIGHT)


class Prediction:
    """Three predictors of a row's entries, mixed by what each has missed."""

    def __init__(self, row):
        self.fits = [LeastSquares(2 if row == 0 else 3, 3), LeastSquares((3, 5, 7)[min(row, 2)], 5)]
        self.missed = [4096] * 3

    def predict(self, features):
        self.features = features
        self.each = [features[0], *(fit.predict(features) for fit in self.fits)]
        t = [max(1, 2**60 // (missed + 1228)) for missed in self.missed]
        return sum(map(int.__mul__, t, self.each)) // sum(t)

    def learn(self, s):
        for i, (missed, each) in enumerate(zip(self.missed, self.each, strict=True)):
            e = (64 * s - each) ** 2
            self.missed[i] += min(e, 100 * missed + 40960) - missed >> 2
        for fit in self.fits:
            fit.learn(self.features, s)


def features_of(s, left, exponents, r, b):
    """F of entry s[r][b]; `s` and `left` hold what was read."""
    if b == 0:
        return [0] * (3, 5, 7)[min(r, 2)]

    def to(row, a):
        a = max(a, 0)
        shift = 6 + exponents[a] - exponents[b]
        return s[row][a] << shift if shift >= 0 else s[row][a] >> -shift

    p1, p2, p3 = (to(r, b - back) for back in (1, 2, 3))
    if r == 0:
        found = [p1, p1 - p2, p2 - p3]
    else:
        m = to(0, b - 1)
        turned = 0 if abs(m) <= 64 else p1 * (64 * s[0][b] - m) // m
        found = [p1, p1 - p2, turned, p2 - p3]
        found += [64 * s[1][b] - to(1, b - 1)] if r > 1 else []
        found += [left[row][b] for row in range(r - 1, max(-1, r - 3), -1)]
    return found


class Scale:
    """How wide entries scatter about their predictions."""

    def __init__(self, bands):
        self.fast, self.slow, self.column = 1024, 8192, [64] * bands

    def of(self, b):
        terms = (
            (10, (self.fast >> 2) + 3),
            (5, (self.slow >> 5) + 6),
            (17, (self.column[b] >> 2) + 5),
        )
        return max(-8, sum(n * ((each**16).bit_length() - 1) for n, each in terms) - 2560 >> 6)

    def learn(self, x, b):
        f, g = self.fast >> 2, self.slow >> 5
        m = f + g >> 1
        limited = min(x, 8 * m + 256)
        self.fast, self.slow = self.fast + limited - f, self.slow + limited - g
        self.column[b] += min(128, 16 * x // max(m, 12)) - (self.column[b] >> 2)


def read_entry(decoder, prediction, scale):
    q = (prediction + 8) // 16
    center = q + 2 >> 2
    rest = q - 4 * center
    g = max(0, scale - 3 >> 2)
    u = decoder.symbol(entry_table(scale - 4 * g, 0 if g else abs(rest)))
    if u < 128:
        d = (u - 64) * 2**g + decoder.raw(g)
    else:
        n = decoder.raw(6)
        need(n > 0, "escape of no bits")
        z = (1 << n - 1) + decoder.raw(n - 1)
        d = z // 2 if z % 2 else -(z // 2)
    s = (d - (2**g >> 1)) * (-1 if rest < 0 else 1) + center
    need(abs(s) <= 2**40, "entry beyond 2^40")
    return s


def read_within(decoder, n, low, high):
    """Integers coded as differences."""
    integers = Integers(decoder)
    values = list(accumulate(integers.take() for _ in range(n)))
    need(all(low <= value <= high for value in values), "level or exponent")
    return values


def read_adaptive_basis(payload, components, bands):
    """The matrix, (1 + components, bands) float64: the bands' offset, and a row a component."""
    s, power = read_integers(payload, components, bands)
    return np.array(s, np.float64) * 2.0 ** (np.array(power) / 4)


def read_integers(payload, components, bands):
    """Its entries, and to how many quarters' power of two each is multiplied."""
    source, rows = Bytes(payload), 1 + components
    need(rows * bands <= 64 * (len(payload) + 8), "entries for these bytes")
    common = int(source.array(1, np.int16)[0])
    decoder = RangeDecoder(source.take(len(payload) - 2))
    levels = read_within(decoder, rows, 0, 220)
    exponents = read_within(decoder, bands, -15, 15)
    s, left, scale = [[] for _ in range(rows)], [[] for _ in range(rows)], Scale(bands)
    for r in range(rows):
        prediction = Prediction(r)
        for b in range(bands):
            p = prediction.predict(features_of(s, left, exponents, r, b))
            s[r].append(read_entry(decoder, p, scale.of(b)))
            left[r].append(64 * s[r][b] - p)
            prediction.learn(s[r][b])
            scale.learn(abs(left[r][b]), b)
    decoder.end()
    return s, [[common + 4 * exponent - level for exponent in exponents] for level in levels]
