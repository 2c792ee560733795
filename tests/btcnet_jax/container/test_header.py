"""The header record: exact round trips, every field checked."""

import dataclasses
import sys

import msgpack
import numpy as np
import pytest

from btcnet_jax.container.header import CodecId, CoderId, EntropyModelId, Header, Objective
from btcnet_jax.errors import FileFormatError

HEADER = Header(
    rows=512,
    cols=614,
    bands=224,
    dtype="<i2",
    minimum=-50,
    maximum=16000,
    bits=8,
    latent_channels=27,
    fingerprint=b"\x00\xff12345\x80",
    entropy_model=EntropyModelId.STATIC_TABLE,
    codec=CodecId.NETWORK,
    coder=CoderId.RANGE,
)


def packed(**changes):
    fields = dataclasses.asdict(HEADER) | changes
    return msgpack.packb([2, *fields.values()])


def test_header_round_trips_and_is_short():
    assert Header.unpack(HEADER.pack()) == HEADER
    assert len(HEADER.pack()) <= 40


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        ("|u1", 0, 255),
        ("|i1", -128, 127),
        (">u2", 0, 65535),
        ("<i8", -(2**63), 2**63 - 1),
        ("<u8", 2**63 + 1, 2**64 - 1),
        ("<f2", -65504.0, 0.1),
        (">f4", float(np.float32(0.1)), float(np.float32(0.3))),
        ("<f8", -sys.float_info.max, 0.1),
        ("<f8", 5e-324, 5e-324),
    ],
)
def test_every_type_of_sample_keeps_its_range_exactly(dtype, low, high):
    header = dataclasses.replace(HEADER, dtype=dtype, minimum=low, maximum=high)
    read = Header.unpack(header.pack())
    assert (read.dtype, read.minimum, read.maximum) == (dtype, low, high)
    assert type(read.minimum) is type(low)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": 0}, "rows"),
        ({"rows": -4}, "rows"),
        ({"cols": 1.0}, "cols"),
        ({"cols": True}, "cols"),
        ({"bands": "172"}, "bands"),
        ({"bands": None}, "bands"),
        ({"latent_channels": 0}, "latent_channels"),
        ({"latent_channels": 1 << 16}, "65536 latent channels"),
        ({"rows": 1 << 20, "cols": 1 << 20}, "1048576 x 1048576 x 224 samples"),
        ({"rows": 1 << 63, "cols": 1 << 63}, "more than the 2"),
        ({"bits": 1}, "bits"),
        ({"bits": 9}, "bits"),
        ({"bits": 8.0}, "bits"),
        ({"dtype": "<c8"}, "type of sample"),
        ({"dtype": "i2,i2"}, "type of sample"),
        ({"dtype": "<i2\n"}, "type of sample"),
        ({"dtype": "<f1"}, "type of sample"),
        ({"dtype": 7}, "dtype is of type int"),
        ({"minimum": None}, "minimum is of type NoneType"),
        ({"minimum": 0.5}, "does not have the type <i2"),
        ({"minimum": -40000}, "cannot be of <i2"),
        ({"minimum": 3, "maximum": 2}, "cannot be of <i2"),
        ({"dtype": "<f4"}, "does not have the type <f4"),
        ({"dtype": "<f4", "minimum": float("nan"), "maximum": 1.0}, "cannot be of <f4"),
        ({"dtype": "<f4", "minimum": 0.0, "maximum": float("inf")}, "cannot be of <f4"),
        ({"dtype": "<f4", "minimum": 0.0, "maximum": 1e39}, "cannot be of <f4"),
        ({"fingerprint": b"1234567"}, "8 bytes"),
        ({"fingerprint": "12345678"}, "of type str"),
        ({"entropy_model": 99}, "entropy model 99, unknown here: upgrade"),
        ({"codec": 0}, "codec 0, unknown here: upgrade"),
        ({"coder": 9}, "coder 9, unknown here: upgrade"),
        ({"coder": "range"}, "of type str"),
        ({"entropy_model": True}, "of type bool"),
        ({"entropy_model": 1.0}, "of type float"),
    ],
)
def test_each_field_is_checked(changes, message):
    with pytest.raises(FileFormatError, match=message) as caught:
        Header.unpack(packed(**changes))
    assert "\n" not in str(caught.value)


def test_unquantized_latent_has_32_bits():
    header = dataclasses.replace(HEADER, bits=32, entropy_model=EntropyModelId.RAW)
    assert Header.unpack(header.pack()) == header


def test_fields_of_a_later_minor_version_are_ignored():
    record = msgpack.unpackb(HEADER.pack())
    assert Header.unpack(msgpack.packb([*record, 0, "more", {"a": 1}])) == HEADER


def test_what_was_made_best_is_in_the_record_only_where_it_is_not_psnr():
    assert len(msgpack.unpackb(HEADER.pack())) == 13
    for objective in (Objective.RMSE, Objective.SAM, 77):
        header = dataclasses.replace(HEADER, objective=objective)
        assert len(header.pack()) == len(HEADER.pack()) + 1
        assert Header.unpack(header.pack()).objective == objective
    for wrong in (-1, "rmse", True, 1.0):
        with pytest.raises(FileFormatError, match="objective"):
            Header.unpack(packed(objective=wrong))


def test_newer_version_asks_for_an_upgrade():
    record = msgpack.unpackb(HEADER.pack())
    with pytest.raises(FileFormatError, match=r"version 3.*upgrade btcnet_jax"):
        Header.unpack(msgpack.packb([3, *record[1:]]))


def test_too_few_fields_are_refused():
    record = msgpack.unpackb(HEADER.pack())
    with pytest.raises(FileFormatError, match="11 fields, not 12"):
        Header.unpack(msgpack.packb(record[:-1]))


@pytest.mark.parametrize("payload", [b"", b"\xc1", b"\x93\x01", b"\x01", b"\x90", b"\x91\xa11"])
def test_other_records_are_refused(payload):
    with pytest.raises(FileFormatError, match="header"):
        Header.unpack(payload)


def test_garbage_never_gives_another_error():
    rng = np.random.default_rng(0)
    packed_header = HEADER.pack()
    for _ in range(2000):
        data = bytearray(packed_header)
        for position in rng.integers(0, len(data), 3):
            data[position] = rng.integers(0, 256)
        for payload in (bytes(data), rng.bytes(30)):
            try:
                Header.unpack(payload)
            except FileFormatError:
                continue
