"""Bounded errors, read by docs/FORMAT.md ("Bounded errors") and docs/FORMAT_CODING.md, section 12, alone."""

import struct
from itertools import accumulate

import numpy as np
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

    def __init__(self, payload, missing, bounds, numbers):
        source = Bytes(payload)
        told = Bytes(source.take(source.varint()))
        self.means = list(accumulate(told.difference() for _ in numbers))
        told.end()
        self.bits, self.learning = Bits(payload[source.at :]), Learning()
        self.missing = missing
        self.largest = [bounds.largest(z) for z in numbers]
        need(all(0 <= m <= top for m, top in zip(self.means, self.largest, strict=True)), "means")
        self.most = [bounds.bands[z][2] for z in numbers]
        self.shift = max(max(self.largest).bit_length() - 20, 0)
        bands, self.rows, self.cols = missing.shape
        self.v = np.zeros(
            (bands + 8, self.rows + 4, self.cols + 4), np.int64
        )  # eight bands of 0 first
        self.e = np.zeros((bands + 1, self.rows + 4, self.cols + 4), object)
        self.codes = np.zeros(missing.shape, object)
        for z in range(bands):
            self.band(z)
        self.bits.decoder.end()

    def band(self, z):
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


def read_samples(found, payload, grid):
    """All samples of a file; `found` is what `independent_reader.read` gives, grid the tile's blocks."""
    header, constant = found["header"], found["constant"]
    bounds, missing = Bounds(payload, header), found["mask"]["missing"]
    shape = header["rows"], header["columns"], header["bands"]
    values = np.zeros(shape, header["dtype"])
    varying = [z for z in range(shape[2]) if z not in constant]
    across = -(-shape[1] // (4 * grid[1]))
    for number, data in enumerate(found["tiles"]):
        top, left = 4 * grid[0] * (number // across), 4 * grid[1] * (number % across)
        place_of = np.s_[top : top + 4 * grid[0], left : left + 4 * grid[1]]
        absent = np.moveaxis(missing[place_of][..., varying], 2, 0)
        codes = Tile(data, absent, bounds, varying).codes
        for z, plane in zip(varying, codes, strict=True):
            restored = bounds.samples(z, plane)
            values[(*place_of, z)] = restored.reshape(plane.shape)
    for z, value in constant.items():
        values[..., z] = value
    values[missing] = found["mask"]["held"][missing]
    return bounds, values
