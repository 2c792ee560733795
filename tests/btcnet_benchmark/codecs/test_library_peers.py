"""Coders of imagecodecs as peers: bounds kept on every sample, rates, shapes and types, what they refuse."""

import imagecodecs
import numpy as np
import pytest

from btcnet_benchmark.codecs import Peer, library_method
from btcnet_benchmark.codecs.arrangements import Arrangement, arrange, take_apart
from btcnet_benchmark.codecs.interface import takes
from btcnet_benchmark.codecs.registry import make_codecs, missing_codecs
from btcnet_jax.codec import Bound, Level, Rate
from btcnet_jax.codec.verification import verify
from btcnet_jax.errors import ConfigError, CubeError, FileFormatError
from btcnet_jax.scene import Scene

VOLUMES, PICTURES = ("sperr", "sz3", "zfp"), ("jpegls", "jpegxl", "htj2k")
LOSSY = ("jpegxl-lossy", "htj2k-lossy")


def _scene(shape=(14, 11, 9), dtype=np.int16, noise=3.0):
    row, col, band = np.mgrid[: shape[0], : shape[1], : shape[2]]
    values = 900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5 - band / 3)
    values += np.random.default_rng(0).normal(0, noise, shape)
    return Scene(values=values.astype(dtype))


def _made(word) -> Peer:
    return make_codecs([word])[0]


def _error(scene, restored):
    assert restored.values.dtype == scene.values.dtype
    return verify(scene, restored, None).worst.error


@pytest.mark.parametrize("error", [0, 1, 7.5])
@pytest.mark.parametrize("word", VOLUMES + PICTURES)
def test_no_sample_is_further_off_than_the_bound(word, error):
    codec, scene = _made(word), _scene()
    data = codec.compress(scene, Bound(error))
    restored = codec.decompress(data)
    assert _error(scene, restored) <= error
    # All but ZFP, whose accuracies are powers of two, use what they may.
    if word != "zfp":
        assert _error(scene, restored) == int(error)
    assert len(data) < scene.values.nbytes


@pytest.mark.parametrize("word", VOLUMES + PICTURES)
def test_more_error_takes_fewer_bytes(word):
    codec, scene = _made(word), _scene()
    sizes = [len(codec.compress(scene, Bound(error))) for error in (0, 2, 16, 64)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[3] < 0.7 * sizes[1]


@pytest.mark.parametrize(
    ("word", "dtype"),
    [
        *((word, dtype) for word in VOLUMES + PICTURES for dtype in (np.uint8, np.int16)),
        *((word, np.float64) for word in VOLUMES),
    ],
)
def test_a_bound_beyond_all_samples_is_one(word, dtype):
    scene = Scene(values=(_scene().values // 6).astype(dtype))
    data = _made(word).compress(scene, Bound(1e300))
    assert len(data) < 400
    assert _made(word).decompress(data).values.shape == scene.values.shape


@pytest.mark.parametrize("word", [*LOSSY, "zfp"])
def test_a_coder_without_a_promise_is_tried_until_it_keeps_the_bound(word):
    codec, scene = _made(word), _scene((20, 18, 6), noise=20)
    assert codec.seeks_bound
    data = codec.compress(scene, Bound(40))
    assert 0 < _error(scene, codec.decompress(data)) <= 40
    assert len(codec.compress(scene, Bound(200))) < len(data)


@pytest.mark.parametrize("word", LOSSY)
def test_a_bound_that_no_setting_keeps_is_refused(word):
    with pytest.raises(CubeError, match="no setting keeps a bound of 0"):
        _made(word).compress(_scene(), Bound(0))


@pytest.mark.parametrize("word", [*VOLUMES, *LOSSY])
def test_a_file_is_within_its_rate_and_better_the_more_it_may_take(word):
    codec, scene = _made(word), _scene((24, 20, 12))
    errors = []
    for rate in (0.8, 3.0):
        data = codec.compress(scene, Rate(rate, or_smallest=True))
        assert len(data) <= rate * scene.values.size / 8
        gap = codec.decompress(data).values.astype(float) - scene.values
        errors.append(np.sqrt(np.square(gap).mean()))
    assert errors[1] < 0.7 * errors[0]


@pytest.mark.parametrize("word", [*VOLUMES, *LOSSY])
def test_where_no_file_is_that_small_the_smallest_is_given(word):
    codec, scene = _made(word), _scene()
    data = codec.compress(scene, Rate(1e-6, or_smallest=True))
    assert codec.decompress(data).values.shape == scene.values.shape
    assert len(data) < len(codec.compress(scene, Rate(4.0, or_smallest=True)))
    # SZ3's own tables and headers of pictures take what they take.
    assert len(data) < (100 if word in ("sperr", "zfp") else 250)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 6), (24, 20, 1), (1, 30, 4), (9, 1, 4)])
@pytest.mark.parametrize("word", VOLUMES + PICTURES)
def test_any_shape(word, shape):
    codec, scene = _made(word), _scene(shape)
    assert _error(scene, codec.decompress(codec.compress(scene, Bound(2)))) <= 2


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.int64])
@pytest.mark.parametrize("word", VOLUMES + PICTURES)
def test_any_integers(word, dtype):
    values = _scene().values.astype(np.int64) - 300
    scene = Scene(
        values=np.clip(values, 0 if np.dtype(dtype).kind == "u" else -900, 250).astype(dtype)
    )
    for error in (0, 3):
        codec = _made(word)
        assert _error(scene, codec.decompress(codec.compress(scene, Bound(error)))) <= error


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("word", VOLUMES)
def test_floats_keep_a_bound_and_only_zfp_is_lossless_on_them(word, dtype):
    codec, scene = _made(word), _scene(dtype=dtype)
    assert _error(scene, codec.decompress(codec.compress(scene, Bound(0.25)))) <= 0.25
    if word == "zfp":
        assert _error(scene, codec.decompress(codec.compress(scene, Bound(0)))) == 0
        return
    with pytest.raises(CubeError, match="is not lossless on floats"):
        codec.compress(scene, Bound(0))


@pytest.mark.parametrize("word", [*PICTURES, *LOSSY])
def test_coders_of_pictures_take_integers_of_16_bits(word):
    with pytest.raises(CubeError, match="codes integers, not float32"):
        _made(word).compress(_scene(dtype=np.float32), Bound(40))
    wide = _scene(dtype=np.int32).values * 100
    with pytest.raises(CubeError, match="codes 16 bits, and the samples span"):
        _made(word).compress(wide, Bound(0))


def test_levels_of_a_coarse_bound_may_fit_where_samples_do_not():
    scene = Scene(values=_scene(dtype=np.int32).values * 100)
    for word in PICTURES:
        codec = _made(word)
        assert _error(scene, codec.decompress(codec.compress(scene, Bound(30)))) == 30


@pytest.mark.parametrize("word", VOLUMES + PICTURES)
def test_missing_samples_are_filled_and_constant_bands_come_back(word):
    values = _scene().values.copy()
    values[2:5, 3, 4], values[..., 6] = -9999, 17
    scene = Scene(values=values, nodata=-9999)
    restored = _made(word).decompress(_made(word).compress(scene, Bound(1)))
    assert verify(scene, restored, None).worst.error <= 1
    assert (restored.values[..., 6] == 17).all()


@pytest.mark.parametrize("word", VOLUMES + PICTURES)
def test_a_damaged_file_is_refused(word):
    codec = _made(word)
    data = bytearray(codec.compress(_scene(), Bound(1)))
    data[len(data) // 2] ^= 4
    for damaged in (bytes(data), bytes(data[:20]), b""):
        with pytest.raises(FileFormatError):
            codec.decompress(damaged)


def test_codecs_tell_what_they_can_be_asked_for():
    rate, bound = Rate(1.0, or_smallest=True), Bound(1)
    told = {
        word: (takes(_made(word), rate), takes(_made(word), bound))
        for word in (*VOLUMES, *PICTURES, *LOSSY, "klt-jpeg2000", "universal", "bounded")
    }
    assert {word for word, (at_rate, _) in told.items() if not at_rate} == {*PICTURES, "bounded"}
    assert {word for word, (_, kept) in told.items() if not kept} == {"klt-jpeg2000", "universal"}


@pytest.mark.parametrize("target", [Level(0), Bound([1, 2]), Bound(0.1, relative=True), None])
def test_other_targets_are_refused(target):
    with pytest.raises(ConfigError, match="SPERR"):
        _made("sperr").compress(_scene(), target)


def test_a_library_that_gives_up_says_so():
    with pytest.raises(CubeError, match="jpegls gives up"):
        library_method.call("jpegls", "encode", np.zeros((0, 4), np.uint16), level=0)
    with pytest.raises(FileFormatError, match="the jpegls stream is damaged"):
        library_method.call("jpegls", "decode", b"no stream")


def test_what_imagecodecs_lacks_is_told_in_a_line(monkeypatch):
    assert missing_codecs(["sperr", "klt-jpeg2000", "zfp"]) == {}
    monkeypatch.setattr(imagecodecs, "SPERR", type("Stub", (), {"available": False}))
    told = missing_codecs(["sperr", "klt-jpeg2000", "zfp"])
    line = f"sperr is left out: imagecodecs {imagecodecs.__version__} here lacks sperr"
    assert told == {"sperr": line}
    with pytest.raises(ConfigError, match="sperr is left out"):
        make_codecs(["sperr"])


@pytest.mark.parametrize("arrangement", Arrangement)
def test_arrangements_lose_nothing(arrangement):
    shape = (5, 90, 80)
    cube = np.random.default_rng(1).integers(0, 1 << 16, shape).astype(np.uint16)
    pictures = arrange(cube, arrangement)
    assert len(pictures) == 1
    np.testing.assert_array_equal(take_apart(pictures, arrangement, shape), cube)


def test_large_scenes_are_several_pictures():
    cube = np.arange(3 * 300 * 250, dtype=np.uint32).reshape(3, 300, 250).astype(np.uint16)
    pictures = arrange(cube, Arrangement.PIXELS)
    assert [len(picture) for picture in pictures] == [32768, 32768, 300 * 250 - 65536]
    np.testing.assert_array_equal(take_apart(pictures, Arrangement.PIXELS, cube.shape), cube)
