"""Integers in base 128."""

from io import BytesIO

import pytest

from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.errors import FileFormatError


@pytest.mark.parametrize(
    ("value", "data"),
    [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02"), (2**63 - 1, None)],
)
def test_values_round_trip(value, data):
    encoded = encode_varint(value)
    assert data is None or encoded == data
    assert read_varint(BytesIO(encoded + b"rest")) == (value, encoded)


def test_end_within_a_number_is_noticed():
    with pytest.raises(FileFormatError, match="truncated"):
        read_varint(BytesIO(b"\xff\xff"))


def test_endless_number_is_refused():
    with pytest.raises(FileFormatError, match="impossible"):
        read_varint(BytesIO(b"\x80" * 50))
