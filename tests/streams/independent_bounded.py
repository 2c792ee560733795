"""Bounded errors, by docs/FORMAT.md ("Bounded errors") and docs/FORMAT_CODING.md, sections 12 to 14, alone."""

import struct
from itertools import accumulate

import numpy as np
from independent_basis import read_integers
from independent_bytes import Bytes, need
from independent_range import PRECISION, RangeDecoder

WHOLE = 1 << PRECISION
NEIGHBORS = [(0, 0, -1), (0, 0, -2), (0, -1, 0), (0, -1, -1), (0, -1, 1), (0, -2, 0)]
NEIGHBORS += [(1, 0, 0), (1, 0, -1), (1, -1, 0), (1, -1, -1), (1, -1, 1), (1, 0, 1), (1, 1, 0)]
NEIGHBORS += [(1, 1, -1), (1, 1, 1), (2, 0, 0), (2, 0, -1), (2, -1, 0), (2, -1, -1), (2, -1, 1)]
NEIGHBORS += [(back, 0, 0) for back in range(3, 9)]
COUNT, PAD = 26, 2


def place(value, dtype):
    """Of a float among all of its type."""
    bits = int(np.array(value, dtype.newbyteorder("=")).view(f"i{dtype.itemsize}"))
    return bits ^ ((1 << 8 * dtype.itemsize - 1) - 1) if bits < 0 else bits


class Bounds:
    """BOUNDS: of each band error, step and most."""

    def __init__(self, payload, header):
        self.dtype, self.bands = np.dtype(header["dtype"]), []
        self.low, self.high = header["minimum"], header["maximum"]
        source = Bytes(payload)
        while len(self.bands) < header["bands"]:
            n = source.varint()
            need(1 <= n <= header["bands"] - len(self.bands), "runs of BOUNDS")
            error, step = struct.unpack("<2d", source.take(16))
            most = source.varint()
            need(0 <= error < np.inf and 0 <= step < np.inf and most < 2**62, "a bound")
            self.bands += [(error, step, most)] * n
        source.end()
        need(
            self.dtype.kind == "f" or not any(step for _, step, _ in self.bands), "step of integers"
        )
        need(all(self.largest(z) < 2**62 for z in range(header["bands"])), "largest code")

    def largest(self, band):
        step = self.bands[band][1]
        if step:
            return round((self.high - self.low) / step)
        if self.dtype.kind == "f":
            return place(self.high, self.dtype) - place(self.low, self.dtype)
        return self.high - self.low

    def samples(self, band, codes):
        step = self.bands[band][1]
        if step:
            rounded = (codes.astype(np.float64) * step + self.low).astype(self.dtype)
            return np.clip(rounded, self.dtype.type(self.low), self.dtype.type(self.high))
        if self.dtype.kind != "f":
            return np.array([self.low + k for k in codes.ravel().tolist()], self.dtype)
        size = self.dtype.itemsize
        places = [k + place(self.low, self.dtype) for k in codes.ravel().tolist()]
        bits = [p ^ ((1 << 8 * size - 1) - 1) if p < 0 else p for p in places]
        return np.array(bits, f"i{size}").view(self.dtype.newbyteorder("=")).astype(self.dtype)


def wrap(value):
    return (value + 2**63) % 2**64 - 2**63


def shifted(value, left):
    return wrap(value << min(left, 62)) if left >= 0 else value >> min(-left, 63)


def half(value):
    return ((63 if value < 0 else value.bit_length()) + 1) // 2


def clip(value, most):
    return max(-most, min(most, value))


class Learning:
    """Sums of products, and the weights that they lead to."""

    def __init__(self):
        self.sums = np.zeros((COUNT + 1, COUNT + 1), np.int64)  # the last of what was predicted
        self.w = [0] * COUNT
        self.w[0] = self.w[2] = 2**19

    def solve(self, noise):
        sums = self.sums.tolist()
        o = half(sums[COUNT][COUNT] + noise)
        d = [sums[i][i] + (sums[i][i] >> 13) + noise for i in range(COUNT)]
        h = [half(each) for each in d]
        a = [
            [shifted(sums[i][j], 30 - h[i] - h[j]) for j in range(i)]
            + [shifted(d[i], 30 - 2 * h[i])]
            for i in range(COUNT)
        ]
        y = [shifted(sums[COUNT][i], 30 - h[i] - o) for i in range(COUNT)]
        g = [0] * COUNT
        for j in range(COUNT):
            p = max(a[j][j], 2**14)
            u = 2**54 // p
            for i in range(j + 1, COUNT):
                factor = wrap(a[i][j] * u) >> 24
                for k in range(j + 1, i + 1):
                    a[i][k] = wrap(a[i][k] - (wrap(factor * a[k][j]) >> 30))
                y[i] = wrap(y[i] - (wrap(factor * y[j]) >> 30))
            g[j] = clip(wrap(y[j] << 30) // p >> 6, 2**30)
            for i in range(j + 1, COUNT):
                a[i][j] = clip(wrap(a[i][j] * u) >> 34, 2**27)
        for i in reversed(range(COUNT)):
            total = (g[i] << 20) - sum(a[k][i] * g[k] for k in range(i + 1, COUNT))
            g[i] = clip(wrap(total) >> 20, 2**30)
            self.w[i] = clip(shifted(g[i], min(o - h[i] - 4, 30)), 2**26)


class Bits:
    """Errors from bits in contexts."""

    def __init__(self, data):
        self.decoder, self.odds = RangeDecoder(data), {}

    def bit(self, context, node):
        fast, slow, n = self.odds.get((context, node), (2**23, 2**23, 0))
        one = min(max(fast + slow >> 1, 2**7), WHOLE - 2**7)
        bit = self.decoder.symbol([one, WHOLE - one]) == 0
        rates = [max(2**16 // limit, 2**17 // (2 * n + 3)) for limit in (20, 250)]
        if bit:
            moved = [x + ((WHOLE - x) * r >> 16) for x, r in zip((fast, slow), rates, strict=True)]
        else:
            moved = [x - (x * r >> 16) for x, r in zip((fast, slow), rates, strict=True)]
        self.odds[context, node] = (*moved, min(n + 1, 255))
        return bit

    def plain(self, n):
        value = 0
        while n > 0:
            bits = min(n, 16)
            value, n = value << bits | self.decoder.uniform(bits), n - bits
        return value

    def error(self, activity, signs):
        octave = next(o for o in range(99) if activity >> o < 8)
        s = next(s for s in range(99) if activity >> s <= 20)
        context, upper = min(4 * octave + (activity >> octave), 103), 0
        while upper < 19 and self.bit(context, upper):
            upper += 1
        if upper == 19:
            n = self.plain(6)
            need(n <= 62, "bits of an escape")
            upper += self.plain(n)
        m = (upper << s) + self.plain(s)
        return -m if m and self.bit(104 + signs, 0) else m


class Tile:
    """The codes of one tile."""

    def __init__(self, words, missing, most, largest, means):
        self.lanes = [(Bits(each), Learning()) for each in words]
        self.missing, self.most, self.largest, self.means = missing, most, largest, means
        self.shift = max(max(self.largest).bit_length() - 20, 0)
        bands, self.rows, self.cols = missing.shape
        self.v = np.zeros(
            (bands + 8, self.rows + 4, self.cols + 4), np.int64
        )  # eight bands of 0 first
        self.e = np.zeros((bands + 1, self.rows + 4, self.cols + 4), object)
        self.codes = np.zeros(missing.shape, object)
        for z in range(bands):
            self.band(z)
        for bits, _ in self.lanes:
            bits.decoder.end()

    def band(self, z):
        self.bits, self.learning = self.lanes[z % len(self.lanes)]
        e = min(self.most[z], self.largest[z])
        n = min(2 * e + 1 >> self.shift, 2**20) + 1
        noise = n * n // 12 + 1
        if z:
            self.learning.sums >>= 6
            self.learning.solve(noise)
        every = -(-64 // self.cols)
        for row in range(self.rows):
            self.line(z, row, e)
            features = np.array(
                [self.neighbor(z, row, slice(self.cols), each) for each in NEIGHBORS]
                + [self.v[z + 8, row + PAD, PAD:-PAD]]
            )
            self.learning.sums += features @ features.T
            if (row + 1) % every == 0:
                self.learning.solve(noise)
                self.learning.sums -= self.learning.sums >> 4
        for plane in (self.v[z + 8], self.e[z + 1]):
            plane[-PAD:] = plane[-PAD - 1]

    def neighbor(self, z, row, cols, each):
        back, down, right = each
        start = cols.start or 0
        return self.v[z + 8 - back, row + PAD + down, start + PAD + right : cols.stop + PAD + right]

    def line(self, z, row, e):
        v, errors = self.v[z + 8], self.e[z + 1]
        at = row + PAD
        if row:
            for plane in (v, errors):
                plane[at, :PAD] = plane[at - 1, PAD]
        for col in range(self.cols):
            self.sample(z, row, col, e)
        for plane in (v, errors):
            plane[at, -PAD:] = plane[at, -PAD - 1]

    def sample(self, z, row, col, e):
        here = slice(col, col + 1)
        f = [int(self.neighbor(z, row, here, each)[0]) for each in NEIGHBORS]
        t = clip(sum(w * x for w, x in zip(self.learning.w, f, strict=True)), 2**40)
        q, lean = 20 - self.shift, 0
        if q >= 0:
            first = (1 << q) >> 1
            guess = t + first >> q
            rest = 3 * (t - (guess << q))
            lean = 0 if e else (rest > first) - (rest < -first)
        else:
            guess = t << -q
        largest = self.largest[z]
        predicted = min(max(guess + self.means[z], 0), largest)
        error = 0
        if not self.missing[z, row, col]:
            signs, activity = self.around(z, row + PAD, col + PAD)
            error = self.bits.error(activity, 9 * lean + signs)
        restored = min(max(predicted + error * (2 * e + 1), 0), largest)
        self.codes[z, row, col] = restored
        self.e[z + 1, row + PAD, col + PAD] = clip(error, 2**40)
        self.v[z + 8, row + PAD, col + PAD] = (restored - self.means[z]) >> self.shift

    def around(self, z, r, c):
        own, before = self.e[z + 1], self.e[z]
        west, north = own[r, c - 1], own[r - 1, c]
        signs = 3 * ((west > 0) - (west < 0)) + (north > 0) - (north < 0) + 13
        near = 2 * abs(west) + 2 * abs(north) + abs(own[r - 1, c - 1]) + abs(own[r - 1, c + 1])
        if z == 0:
            return signs, 3 * near
        other = 2 * abs(before[r, c]) + abs(before[r, c + 1]) + abs(before[r + 1, c])
        other += abs(before[r, c - 1]) + abs(before[r - 1, c])
        return signs, 2 * (near + abs(own[r, c - 2])) + other


QUARTERS = (1073741824, 1276901417, 1518500250, 1805811301)
LINES = ((8192,) * 4, (10703, 4433, -4433, -10703), (8192, -8192, -8192, 8192))
LINES += ((4433, -10703, 10703, -4433),)
POSITIONS = sorted(((u, v) for u in range(4) for v in range(4)), key=lambda f: (f[0] + f[1], f[0]))


def scaled(value, left):
    """Times 2**left, halves rounded up."""
    return value << left if left >= 0 else value + (1 << -left - 1) >> -left


class Base:
    """What a file with a base knows of codes before a tile's differences, in integers of any length."""

    def __init__(self, found, most, largest, symbols):
        payload = dict(found["container"]["sections"])[14]
        self.components, self.symbols = found["header"]["latent_channels"] // 16, symbols
        self.lanes = 2 if found["header"]["entropy_model"] == 8 else 1
        s, power = read_integers(payload, self.components, len(largest))
        widths = [2 * min(m, top) + 1 for m, top in zip(most, largest, strict=True)]
        t = max(top // w for top, w in zip(largest, widths, strict=True)).bit_length()
        n = [
            [e * w * QUARTERS[q % 4] for e, w, q in zip(*row, strict=True)]
            for row in zip(s, [widths] * len(s), power, strict=True)
        ]
        x = [[q // 4 + t - 30 for q in row] for row in power]
        need(all(abs(each + 30) <= 256 for row in x for each in row), "powers of two")
        sizes = [
            abs(a).bit_length() + b
            for row in zip(n[1:], x[1:], strict=True)
            for a, b in zip(*row, strict=True)
            if a
        ]
        self.f = min(30 - max(sizes, default=0), 24)
        need(self.f >= 0, "entries")
        self.offsets = [scaled(a, b + self.f + 6) for a, b in zip(n[0], x[0], strict=True)]
        need(all(abs(each) < 2**61 for each in self.offsets), "offsets")
        self.entries = np.array(
            [
                [scaled(a, b + self.f) for a, b in zip(*row, strict=True)]
                for row in zip(n, x, strict=True)
            ][1:],
            object,
        )

    def codes(self, data, missing, most, largest):
        source = Bytes(data)
        piece = source.take(source.varint())
        _, rows, cols = missing.shape
        grid = -(-rows // 4), -(-cols // 4)
        s = np.asarray(self.symbols(piece, self.components, *grid)).astype(object)
        planes = np.zeros((self.components, 4 * grid[0], 4 * grid[1]), object)
        for p, (u, v) in enumerate(POSITIONS):
            basis = np.outer(LINES[u], LINES[v]).astype(object)
            planes += np.kron(s[:, p], basis[None]).reshape(planes.shape)
        planes = planes[:, :rows, :cols] + 2**21 >> 22
        steepest = np.abs(self.entries).max(axis=1)
        need(np.abs(planes).max(axis=(1, 2)) @ steepest < 2**61, "sums of planes")
        known = np.tensordot(self.entries.T, planes, 1)
        known += np.array(self.offsets)[:, None, None] + (1 << self.f + 5)
        known >>= self.f + 6
        top = np.array(largest, object)[:, None, None]
        known = np.clip(known, 0, top)
        reach = source.varint()
        need(reach <= max(largest) and 2 * reach < 2**62, "reach")
        count = len(largest)
        first = [source.take(source.varint())] if self.lanes == 2 else []
        words = [*first, data[source.at :]]
        apart = Tile(words, missing, most, [2 * reach] * count, [reach] * count).codes
        return np.clip(known + apart - reach, 0, top)


def plain_codes(data, missing, most, largest):
    """Of a tile of a file without a base."""
    source = Bytes(data)
    told = Bytes(source.take(source.varint()))
    means = list(accumulate(told.difference() for _ in largest))
    told.end()
    need(all(0 <= m <= top for m, top in zip(means, largest, strict=True)), "means")
    return Tile([data[source.at :]], missing, most, largest, means).codes


def read_samples(found, payload, grid, symbols=None):
    """All samples of a file.

    Args:
        found: what `independent_reader.read` gives.
        payload: of BOUNDS.
        grid: the tile's blocks.
        symbols: of a base: takes the bytes of its piece, components, rows and columns of blocks, gives an array
            (components, 16, rows, columns). This reader does not decode them.
    """
    header, constant = found["header"], found["constant"]
    bounds, missing = Bounds(payload, header), found["mask"]["missing"]
    shape = header["rows"], header["columns"], header["bands"]
    values = np.zeros(shape, header["dtype"])
    varying = [z for z in range(shape[2]) if z not in constant]
    most, largest = [bounds.bands[z][2] for z in varying], [bounds.largest(z) for z in varying]
    base = Base(found, most, largest, symbols) if symbols else None
    across = -(-shape[1] // (4 * grid[1]))
    for number, data in enumerate(found["tiles"]):
        top, left = 4 * grid[0] * (number // across), 4 * grid[1] * (number % across)
        place_of = np.s_[top : top + 4 * grid[0], left : left + 4 * grid[1]]
        absent = np.moveaxis(missing[place_of][..., varying], 2, 0)
        codes = (base.codes if base else plain_codes)(data, absent, most, largest)
        for z, plane in zip(varying, codes, strict=True):
            restored = bounds.samples(z, plane)
            values[(*place_of, z)] = restored.reshape(plane.shape)
    for z, value in constant.items():
        values[..., z] = value
    values[missing] = found["mask"]["held"][missing]
    return bounds, values
