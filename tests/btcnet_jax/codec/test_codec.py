"""Round trips of the codec: any size, any type, every bit depth; and what it refuses."""

import dataclasses
import struct

import numpy as np
import pytest

from btcnet_jax.codec import network_codec
from btcnet_jax.config import ModelConfig
from btcnet_jax.container.container import read_container, write_container
from btcnet_jax.container.header import Header
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import CubeError, FileFormatError, ModelMismatchError
from btcnet_jax.models.initialization import init_params


def _codec(bands=5, seed=0, **options):
    config = ModelConfig(bands=bands, latent_channels=3, features=2, gamma=1, **options)
    return network_codec(config, init_params(config, seed))


def _cube(shape=(9, 7, 5), dtype=np.uint16, low=0, high=1000):
    values = np.random.default_rng(0).uniform(low, high, shape)
    return values.astype(dtype)


@pytest.fixture(scope="module")
def codec():
    return _codec()


@pytest.mark.parametrize("shape", [(1, 1, 5), (4, 4, 5), (9, 7, 5), (83, 86, 5), (5, 300, 5)])
def test_every_size_comes_back(codec, shape):
    cube = _cube(shape)
    if shape == (1, 1, 5):
        cube[0, 0] = [1, 2, 3, 4, 5]
    restored = codec.decompress(codec.compress(cube)).values
    assert restored.shape == shape
    assert restored.dtype == cube.dtype
    assert cube.min() <= restored.min() <= restored.max() <= cube.max()


@pytest.mark.parametrize(
    "dtype", ["u1", "i1", "<u2", ">i2", "i4", "u4", "i8", "u8", "f2", "<f4", ">f8"]
)
def test_every_type_comes_back(codec, dtype):
    dtype = np.dtype(dtype)
    high = 100 if dtype.itemsize == 1 else 1000
    cube = _cube(dtype=dtype, low=-100 if dtype.kind != "u" else 0, high=high)
    restored = codec.decompress(codec.compress(cube)).values
    assert restored.dtype == dtype
    assert cube.min() <= restored.min() <= restored.max() <= cube.max()


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_extreme_integers_stay_in_their_range(codec, dtype):
    cube = np.zeros((4, 4, 5), dtype)
    cube[0], cube[1] = np.iinfo(dtype).min, np.iinfo(dtype).max
    restored = codec.decompress(codec.compress(cube)).values
    assert restored.dtype == dtype


@pytest.mark.parametrize("bits", [2, 5, 8, 32])
def test_every_bit_depth_round_trips_and_more_bits_make_larger_files(bits):
    cube = _cube((40, 40, 5))
    data = _codec(bits=bits).compress(cube)
    assert _codec(bits=bits).decompress(data).values.shape == cube.shape
    if bits < 8:
        assert len(data) < len(_codec(bits=bits + 3 if bits == 2 else 8).compress(cube))


@pytest.mark.parametrize("scale", [1, 2, 8])
def test_every_scale_round_trips(scale):
    cube = _cube((11, 13, 5))
    assert (
        _codec(scale=scale).decompress(_codec(scale=scale).compress(cube)).values.shape
        == cube.shape
    )


def test_same_cube_same_bytes(codec):
    assert codec.compress(_cube()) == codec.compress(_cube())


def test_chunks_of_strips_do_not_change_the_values(codec, monkeypatch):
    cube = _cube((8, 44, 5))
    data = codec.compress(cube)
    whole = codec.decompress(data).values
    monkeypatch.setattr("btcnet_jax.parts.network._ACTIVATION_BYTES", 4 * 32 * 5 * 3)
    calls = []
    parts = _codec().decompress(data, lambda done, total: calls.append((done, total))).values
    assert len(calls) > 2
    assert calls[-1] == (11, 11)
    np.testing.assert_allclose(parts.astype(float), whole, atol=1)


@pytest.mark.parametrize(
    ("cube", "message"),
    [
        (np.zeros((4, 5), np.uint8), "has shape"),
        (np.zeros((0, 4, 5), np.uint8), "has shape"),
        (np.full((4, 4, 5), 7), "constant"),
        (np.zeros((4, 4, 6), np.uint8), "6 bands, but the model was trained for 5"),
        (np.zeros((4, 4, 5), complex), "complex"),
        (np.zeros((4, 4, 5), bool), "bool"),
        (np.where(np.arange(80) == 3, np.nan, 1.0).reshape(4, 4, 5), "1 values are NaN"),
        (np.where(np.arange(80) == 3, np.inf, 1.0).reshape(4, 4, 5), "1 values are NaN or inf"),
        (np.where(np.arange(80) < 9, -1.7e308, 1.7e308).reshape(4, 4, 5), "span more than float64"),
    ],
)
def test_cubes_that_cannot_be_compressed_are_refused(codec, cube, message):
    with pytest.raises(CubeError, match=message):
        codec.compress(cube)


def test_a_file_of_another_model_is_refused(codec):
    with pytest.raises(ModelMismatchError, match=codec.fingerprint.hex()):
        _codec(seed=1).decompress(codec.compress(_cube()))


def test_truncated_and_altered_files_are_refused(codec):
    data = codec.compress(_cube())
    for length in range(len(data)):
        with pytest.raises(FileFormatError):
            codec.decompress(data[:length])
    for position in range(len(data)):
        altered = bytearray(data)
        altered[position] ^= 0x10
        with pytest.raises(FileFormatError):
            codec.decompress(bytes(altered))


@pytest.mark.parametrize(
    "change", [{"bands": 4}, {"bands": 65536}, {"bits": 7}, {"latent_channels": 4}]
)
def test_a_header_that_contradicts_the_model_is_refused(codec, change):
    header, *rest = read_container(codec.compress(_cube()))
    altered = dataclasses.replace(Header.unpack(header.payload), **change).pack()
    with pytest.raises(FileFormatError, match=f"the header tells of {next(iter(change))}"):
        codec.decompress(write_container([header._replace(payload=altered), *rest]))


@pytest.mark.parametrize("ends", [(np.nan, 1), (0, np.inf), (1, 0), (-3e38, 3e38)])
def test_an_impossible_range_of_the_latent_is_refused(codec, ends):
    sections = [
        section._replace(payload=struct.pack("<ff", *ends))
        if section.kind == SectionKind.QUANTIZER
        else section
        for section in read_container(codec.compress(_cube()))
    ]
    with pytest.raises(FileFormatError, match="the latent cannot range"):
        codec.decompress(write_container(sections))
