import imagecodecs
import numpy as np
import pytest

from btcnet_benchmark.codecs.jpeg2000 import MAX_LEVEL, MIN_LEVEL, decode_planes, encode_planes
from btcnet_jax.errors import FileFormatError


def _smooth(shape):
    planes = np.random.default_rng(0).normal(0, 100, shape).cumsum(axis=0).cumsum(axis=1)
    return planes.clip(-32767, 32767).astype(np.int16)


@pytest.mark.parametrize(
    "shape", [(1, 1, 1), (3, 5, 2), (1, 7, 3), (9, 4, 4), (33, 20, 60), (40, 50, 1)]
)
def test_planes_come_back_at_the_highest_level(shape):
    planes = _smooth(shape)
    restored = decode_planes(encode_planes(planes, MAX_LEVEL), shape)
    assert restored.dtype == np.int16
    assert np.abs(restored.astype(int) - planes).max() <= 2


def test_level_is_a_psnr():
    planes = _smooth((64, 64, 6))
    for level in (45.0, 60.0):
        restored = decode_planes(encode_planes(planes, level), planes.shape).astype(float)
        psnr = 10 * np.log10(65535**2 / np.square(restored - planes).mean())
        assert psnr == pytest.approx(level, abs=1.5)


@pytest.mark.parametrize("shape", [(100, 100, 16), (151, 83, 7), (512, 40, 40)])
def test_headers_take_few_bytes(shape):
    planes = _smooth(shape)
    short = encode_planes(planes, 50.0)
    whole = imagecodecs.jpeg2k_encode(
        planes, level=50, codecformat="J2K", reversible=False, mct=False, planar=False
    )
    header = whole.index(b"\xff\x93") + 2
    assert len(short) <= len(whole) - header + 45


def test_an_empty_stream_is_small():
    assert len(encode_planes(np.zeros((100, 100, 8), np.int16), MIN_LEVEL)) < 120


def test_damage_and_another_shape_are_refused():
    data = encode_planes(_smooth((20, 20, 3)), 50.0)
    for wrong in (b"", b"not a stream", data[:20]):
        with pytest.raises(FileFormatError, match="JPEG 2000"):
            decode_planes(wrong, (20, 20, 3))
    with pytest.raises(FileFormatError, match="not of"):
        decode_planes(data, (20, 21, 3))
