import numpy as np
import pytest

from btcnet_jax.coding.band_scales import ScaleSymbols, decode_scales, encode_scales
from btcnet_jax.coding.integer_coding import encode_integers
from btcnet_jax.errors import FileFormatError

BANDS = 120


@pytest.fixture
def scales():
    """Of a real scene's kind: smooth but for some absorption bands, and two that hardly vary."""
    at = np.linspace(0, 1, BANDS)
    mean = 0.3 + 0.2 * np.sin(5 * at)
    mean[50:54] = 0.01
    levels = np.rint(64 * np.log2(mean / 4)).astype(np.int32)
    levels[[7, 90]] = -1275
    return ScaleSymbols(levels, np.rint(mean * 2.0 ** (5 - levels // 64)).astype(np.int32))


def test_the_decoder_gets_the_encoders_scales(scales):
    again = decode_scales(encode_scales(scales), BANDS)
    for found, expected in zip(again, scales, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_scales_of_a_scene_take_less_than_three_bytes_a_band(scales):
    assert len(encode_scales(scales)) < 3 * BANDS


@pytest.mark.parametrize("damage", ["cut", "added", "flipped", "empty"])
def test_damaged_scales_are_refused(scales, damage):
    data = encode_scales(scales)
    damaged = {
        "cut": data[:-4],
        "added": data + bytes(4),
        "flipped": data[:-2] + bytes([data[-2] ^ 1]) + data[-1:],
        "empty": b"",
    }[damage]
    with pytest.raises(FileFormatError, match="damaged"):
        decode_scales(damaged, BANDS)


@pytest.mark.parametrize(("row", "value"), [(0, 1), (0, -3841), (1, 2**40), (1, -(2**40))])
def test_impossible_scales_are_refused(row, value):
    rows = np.zeros((2, 3), np.int64)
    rows[row, 0] = value
    if row:  # Steps that shrink from band to band make the prediction larger than any mean.
        rows[0, 1] = -64
    with pytest.raises(FileFormatError, match="impossible"):
        decode_scales(encode_integers(rows), 3)
