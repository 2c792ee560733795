"""Bits and Exp-Golomb codes."""

import numpy as np
import pytest

from btcnet_jax.coding.bit_stream import BitReader, BitWriter, exp_golomb_lengths
from btcnet_jax.errors import FileFormatError


def test_fields_round_trip():
    writer = BitWriter()
    writer.write(5, 3)
    writer.write(0, 0)
    writer.write_exp_golomb(1000, 2)
    writer.write(1, 1)
    reader = BitReader(writer.to_bytes())
    read = reader.read(3), reader.read(0), reader.read_exp_golomb(2), reader.read(1)
    assert read == (5, 0, 1000, 1)
    reader.finish()


def test_first_bit_is_the_most_significant():
    writer = BitWriter()
    writer.write(1, 2)
    writer.write_exp_golomb(0, 0)
    assert writer.to_bytes() == b"\x60"
    assert BitWriter().to_bytes() == b""


@pytest.mark.parametrize("order", range(8))
def test_lengths_are_those_written(order):
    values = np.array([0, 1, 2, 3, 7, 8, 127, 128, 255, 32767])
    for value, length in zip(values.tolist(), exp_golomb_lengths(values, order), strict=True):
        writer = BitWriter()
        writer.write_exp_golomb(value, order)
        assert len(writer.to_bytes()) == -(-length // 8)
        assert BitReader(writer.to_bytes()).read_exp_golomb(order) == value


def test_end_of_the_bits_is_noticed():
    with pytest.raises(FileFormatError, match="truncated"):
        BitReader(b"\xff").read(9)
    with pytest.raises(FileFormatError, match="impossible"):
        BitReader(bytes(100)).read_exp_golomb(0)
    with pytest.raises(FileFormatError, match="truncated"):
        BitReader(b"\x01").read_exp_golomb(0)


@pytest.mark.parametrize("data", [b"\x80\x00", b"\x81"])
def test_surplus_bits_are_refused(data):
    reader = BitReader(data)
    reader.read(1)
    with pytest.raises(FileFormatError, match="surplus"):
        reader.finish()
