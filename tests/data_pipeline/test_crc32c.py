"""CRC-32C against the values of RFC 3720 and against the slow sum of its bits."""

import numpy as np
import pytest

from data_pipeline.crc32c import crc32c, masked_crc32c


def _bit_by_bit(data):
    crc = 0xFFFFFFFF
    for byte in data.tolist():
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x82F63B78 * (crc & 1)
    return crc ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (b"", 0),
    ],
)
def test_the_values_of_the_standard(data, crc):
    assert crc32c(np.frombuffer(data, np.uint8)) == crc


@pytest.mark.parametrize("size", [1, 2047, 2048, 2049, 3 * 2048 + 5])
def test_many_parts_give_what_one_gives(size):
    data = np.random.default_rng(size).integers(0, 256, size, dtype=np.uint8)
    assert crc32c(data) == _bit_by_bit(data)


def test_the_mask_is_that_of_tfrecords():
    crc = crc32c(np.frombuffer(b"foo", np.uint8))
    turned = ((crc >> 15) | (crc << 17)) % 2**32
    assert masked_crc32c(np.frombuffer(b"foo", np.uint8)) == (turned + 0xA282EAD8) % 2**32
