"""Metadata and masks as bytes: exact, short, and never another error."""

import zlib

import msgpack
import numpy as np
import pytest

from btcnet_jax.container.decimals import pack_numbers, unpack_numbers
from btcnet_jax.container.mask import pack_mask, unpack_mask
from btcnet_jax.container.metadata import pack_metadata, unpack_metadata
from btcnet_jax.errors import DataError, FileFormatError
from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.missing_samples import Missing, find_missing
from btcnet_jax.scene.numbers import Numbers
from btcnet_jax.scene.scene import Scene


@pytest.mark.parametrize(
    "values",
    [
        [365.93, 375.59, 385.26, -3.0],
        [0.1 + 0.2, 1 / 3, np.pi],
        [1e300, -1e-300, 0.0],
        [400.0, 410.0],
        [2e15 + 1.0],
        [],
    ],
)
def test_numbers_come_back_to_the_last_bit(values):
    values = np.array(values, np.float64)
    data = pack_numbers(values)
    np.testing.assert_array_equal(unpack_numbers(data, len(values)), values)
    assert len(data) <= 1 + 8 * len(values)


def test_wavelengths_of_two_decimals_take_two_bytes_each():
    values = np.round(np.linspace(365.93, 2496.24, 224), 2)
    assert len(pack_numbers(values)) < 2.1 * 224


@pytest.mark.parametrize(
    "data", [b"", b"\x0b\x01", b"\xff1234567", b"\x02\x01", b"\x02\x01\x01\x01"]
)
def test_damaged_numbers_are_refused(data):
    with pytest.raises(FileFormatError):
        unpack_numbers(data, 2)


def test_nothing_known_is_no_section():
    assert pack_metadata(SceneInfo()) == b""


def test_texts_that_are_no_utf8_and_huge_ones_come_back():
    tags = {"bad": "caf\udce9", "long": "x" * 300_000, "": "empty name"}
    info = unpack_metadata(pack_metadata(SceneInfo(tags=tags)), (4, 5, 3))
    assert info == {"tags": tags}


def test_unknown_keys_are_left_and_known_ones_checked():
    def packed(**told):
        return zlib.compress(msgpack.packb(told))

    assert unpack_metadata(packed(nodata=-9999, later="x"), (4, 5, 3)) == {"nodata": -9999}
    for bad in (
        {"name": 7},
        {"nodata": "none"},
        {"nodata": True},
        {"wavelengths": b"\x00\x02"},
        {"band_mask": b""},
        {"band_names": ["a"]},
        {"transform": b"1234"},
        {"gcps": b"12345678"},
        {"glt": [1, 2, b""]},
        {"glt": [-1, 2, b""]},
        {"tags": {"a": 1}},
        {"tags": "a"},
        {"tag_numbers": {"a": "text"}},
        {"tag_numbers": {"a": b"f4\x00123"}},
        {"tag_numbers": {"a": b"c8\x0012345678"}},
        {"tag_numbers": {"a": b"u1\x09" + b"\x01" * 10}},
        {"tag_numbers": {"a": b"u1\x02\xff\xff\xff\xff\xff\xff\xff\x7f\x02a"}},
        {"scale": b"i2\x01\x03123456"},
        {"scale": b"f4\x01\x0212345678"},
        {"offset": b"f4\x001234"},
        {"units": 3},
        {"axes": "rows,cols"},
        {"names": {"rows": 3}},
        {"part_tags": {"cube": "no name"}},
        {"part_tags": {"cube/a": 3}},
        {"axis_arrays": {"rows/a": b"u1\x01\x03abc"}},
        {"axis_arrays": {"times/a": b"u1\x01\x03abc"}},
    ):
        with pytest.raises(FileFormatError, match=r"damaged|truncated"):
            unpack_metadata(packed(**bad), (4, 5, 3))


@pytest.mark.parametrize(
    "payload",
    [b"", b"x", zlib.compress(b""), zlib.compress(b"\xc1"), zlib.compress(msgpack.packb([1]))],
)
def test_other_payloads_are_refused(payload):
    with pytest.raises(FileFormatError):
        unpack_metadata(payload, (4, 5, 3))


def test_an_inflated_bomb_is_refused(monkeypatch):
    monkeypatch.setattr("btcnet_jax.container.metadata.MOST_BYTES", 1000)
    bomb = zlib.compress(msgpack.packb({"name": "a" * 5000}))
    with pytest.raises(FileFormatError, match="too large"):
        unpack_metadata(bomb, (4, 5, 3))
    shape, plane = (4, 4, 2), np.zeros((1, 4, 4), np.uint8)
    with pytest.raises(FileFormatError, match="cut short or too long"):
        unpack_mask(zlib.compress(bytes(10**6)), shape, np.dtype("<i2"))
    assert len(pack_mask(Missing(plane, np.zeros(2, int), np.array([0], "<i2")))) < 30


def _scene(dtype, fills, seed=0):
    random = np.random.default_rng(seed)
    values = random.integers(1, 99, (13, 11, 9)).astype(dtype)
    row, col = np.mgrid[:13, :11]
    values[row + col < 6] = fills[0]
    values[..., 4] = fills[-1]
    stray = random.random((13, 11)) < 0.1
    values[stray, 7] = fills[0]
    return values


@pytest.mark.parametrize(
    ("dtype", "fills", "nodata"), [("<i2", [-9999], -9999), (">f4", [np.nan, np.inf], None)]
)
def test_masks_come_back(dtype, fills, nodata):
    values = _scene(dtype, fills)
    missing = find_missing(Scene(values=values, nodata=nodata))
    again = unpack_mask(pack_mask(missing), values.shape, values.dtype)
    np.testing.assert_array_equal(again.planes, missing.planes)
    np.testing.assert_array_equal(again.plane_of_band, missing.plane_of_band)
    assert len(missing.planes) == 3
    held = np.zeros_like(values)
    again.fill_in(held)
    valid = Scene(values=values, nodata=nodata).valid()
    np.testing.assert_array_equal(held[~valid], values[~valid])
    assert missing.count() == np.count_nonzero(~valid)


def test_a_slanted_border_takes_few_bytes():
    values = np.ones((512, 614, 3), np.int16)
    row, col = np.mgrid[:512, :614]
    values[(row + 0.3 * col < 140) | (row - 0.2 * col > 430)] = -9999
    values[200:300, 300, :] = 2
    assert len(pack_mask(find_missing(Scene(values=values, nodata=-9999)))) < 1200


def test_damaged_masks_never_give_another_error():
    values = _scene("<f4", [np.nan, -np.inf])
    body = zlib.decompress(pack_mask(find_missing(Scene(values=values))))
    random, refused = np.random.default_rng(0), 0
    for _ in range(400):
        broken = bytearray(body)
        broken[random.integers(24)] ^= 1 << int(random.integers(8))
        cut = int(random.integers(1, len(broken) + 1))
        for data in (bytes(broken), bytes(broken[:cut])):
            try:
                unpack_mask(zlib.compress(data), values.shape, values.dtype)
            except FileFormatError:
                refused += 1
    assert refused > 400


@pytest.mark.parametrize(
    "known", [{"tags": {"gain": 3}}, {"name": "a\ud800b"}, {"crs": 5}, {"nodata": "none"}]
)
def test_what_a_file_cannot_hold_is_refused_before_it_is_written(known):
    info = SceneInfo()
    # Set afterwards: types are checked on the way in where shapes are.
    for name, value in known.items():
        setattr(info, name, value)
    with pytest.raises(DataError, match="cannot hold"):
        pack_metadata(info)


def test_a_numpy_number_is_a_number():
    info = SceneInfo()
    info.nodata = np.float32(-9999)
    assert unpack_metadata(pack_metadata(info), (4, 5, 3)) == {"nodata": -9999}


def test_too_many_fills_and_a_nodata_value_the_type_lacks():
    values = np.arange(2000, dtype=np.uint16).reshape(20, 20, 5)
    mask = np.zeros((20, 20), bool)
    mask[:, 12:] = True
    missing = find_missing(Scene(values=values, mask=mask, nodata=-9999))
    assert (missing.exact, missing.fills.tolist()) == (False, [0])


def test_typed_numbers_come_back_in_their_type_and_shape():
    tags = {
        "scalar": Numbers.of(np.float32(0.1)),
        "one": Numbers.of(np.array([7], ">i2")),
        "nan": Numbers.of([np.nan, -0.0]),
        "empty": Numbers.of(np.zeros((0, 3), "u1")),
        "text": "0.1",
    }
    info = SceneInfo(tags=tags, part_tags={"cube": tags})
    found = unpack_metadata(pack_metadata(info), (4, 5, 3))
    assert found == {"tags": tags, "part_tags": {"cube": tags}}
    assert found["tags"]["one"].array().dtype == np.int16
    assert found["tags"]["one"].array().shape == (1,)


def test_one_scale_of_many_bands_takes_few_bytes():
    info = SceneInfo(scale=np.full(425, 1e-4), offset=np.zeros(425))
    assert len(pack_metadata(info)) < 90
