"""CRC-32C of large buffers with numpy, and its masked form: what TFRecords are sealed with.

A checksum is linear in the bits, so that many parts are gone through side by side and then joined (as zlib's
`crc32_combine` does). Polynomial of Castagnoli et al., IEEE Trans. Commun. 41(6), 1993; the mask is that of
tensorflow/core/lib/hash/crc32c.h.
"""

import functools

import numpy as np
from jaxtyping import UInt32

_POLYNOMIAL = 0x82F63B78  # Bits reversed.
_ONES, _MASK_DELTA = 0xFFFFFFFF, 0xA282EAD8
# Parts that are gone through side by side: many, so that numpy's calls cost little, but they fit the cache.
_PARTS = 1024
_WORD = 2  # Bytes at a time.


def masked_crc32c(data: np.ndarray) -> int:
    """The masked CRC-32C of bytes.

    Args:
        data: (bytes,) uint8.
    """
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17 & _ONES) + _MASK_DELTA) & _ONES


def crc32c(data: np.ndarray) -> int:
    """The CRC-32C of bytes.

    Args:
        data: (bytes,) uint8.
    """
    words = len(data) // (_PARTS * _WORD)
    whole = words * _PARTS * _WORD
    crc = np.array([_ONES], np.uint32)
    if words:
        parts = _of_parts(data[:whole].view("<u2").reshape(_PARTS, words))
        crc = _shifted(crc, whole) ^ _joined(parts, words * _WORD)
    table, rest = _byte_table(), int(crc[0])
    for byte in data[whole:].tolist():
        rest = rest >> 8 ^ int(table[(rest ^ byte) & 255])
    return rest ^ _ONES


def _of_parts(words: np.ndarray) -> UInt32[np.ndarray, " parts"]:
    """What each row of words leaves of zero."""
    table, crc = _word_table(), np.zeros(len(words), np.uint32)
    for column in words.T:
        crc = crc >> 16 ^ table.take(crc.astype(np.uint16) ^ column)
    return crc


def _joined(parts: UInt32[np.ndarray, " parts"], size: int) -> UInt32[np.ndarray, "1"]:
    """Of parts of `size` bytes each, a power of two of them."""
    while len(parts) > 1:
        parts, size = _shifted(parts[::2], size) ^ parts[1::2], 2 * size
    return parts


def _shifted(crc: UInt32[np.ndarray, "..."], zeros: int) -> UInt32[np.ndarray, "..."]:
    """What so many zero bytes leave of these."""
    images = _images_after(zeros)
    result = np.zeros_like(crc)
    for bit in range(32):
        result ^= (crc >> np.uint32(bit) & np.uint32(1)) * images[bit]
    return result


@functools.lru_cache(64)
def _images_after(zeros: int) -> UInt32[np.ndarray, "32"]:
    """What so many zero bytes leave of each bit."""
    if zeros == 1:
        bits = np.uint32(1) << np.arange(32, dtype=np.uint32)
        return bits >> np.uint32(8) ^ _byte_table()[bits & np.uint32(255)]
    half = _shifted(_images_after(zeros // 2), zeros // 2)
    return _shifted(half, 1) if zeros % 2 else half


@functools.cache
def _byte_table() -> UInt32[np.ndarray, "256"]:
    return _bitwise(np.arange(256, dtype=np.uint32), 8)


@functools.cache
def _word_table() -> UInt32[np.ndarray, "65536"]:
    return _bitwise(np.arange(65536, dtype=np.uint32), 16)


def _bitwise(crc: UInt32[np.ndarray, " n"], bits: int) -> UInt32[np.ndarray, " n"]:
    for _ in range(bits):
        crc = crc >> np.uint32(1) ^ np.uint32(_POLYNOMIAL) * (crc & np.uint32(1))
    return crc
