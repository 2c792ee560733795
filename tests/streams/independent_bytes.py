"""What a second reader of `.btcn` files takes bytes apart with: varints, MessagePack, zlib (docs/FORMAT.md)."""

import zlib

import msgpack
import numpy as np


class Refused(ValueError):
    """The file is damaged, or not for this reader."""


def need(condition, what):
    if not condition:
        raise Refused(what)


class Bytes:
    """Bytes that are taken from front to back."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        need(n <= len(self.data) - self.at, "bytes are missing")
        self.at += n
        return self.data[self.at - n : self.at]

    def varint(self):
        value = 0
        for group in range(9):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << 7 * group
            if byte < 0x80:
                return value
        raise Refused("varint of more than nine bytes")

    def difference(self):
        w = self.varint()
        return -(w + 1) // 2 if w % 2 else w // 2

    def array(self, n, kind):
        """Numbers that stand little-endian, in the byte order of their type."""
        kind = np.dtype(kind)
        return np.frombuffer(self.take(n * kind.itemsize), kind.newbyteorder("<")).astype(kind)

    def end(self):
        need(self.at == len(self.data), "surplus bytes")


def whole_array(data, n, kind):
    need(type(data) is bytes, "bin expected")
    source = Bytes(data)
    values = source.array(n, kind)
    source.end()
    return values


def unpack(data, **options):
    try:
        return msgpack.unpackb(data, **options)  # raises where bytes follow
    except Exception as error:
        raise Refused(f"not one MessagePack object: {error}") from error


def inflate(data, limit):
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(data, limit + 1)
    except zlib.error as error:
        raise Refused(f"zlib: {error}") from error
    need(len(inflated) <= limit, "inflates to more than allowed")
    need(stream.eof and not stream.unused_data, "not exactly one zlib stream")
    return inflated
