import numpy as np
import pytest

from btcnet_benchmark.codecs import KltJpeg2000, Peer
from btcnet_jax.codec import Rate
from btcnet_jax.errors import ConfigError, CubeError, FileFormatError
from btcnet_jax.metrics import bits_per_sample, measure_quality
from btcnet_jax.scene.scene import Scene
from data_pipeline.readers import read_scene


def _scene(shape, dtype="i2"):
    """Five smooth abundance maps of five smooth spectra, and noise; negative values too."""
    draw = np.random.default_rng(7)
    maps = draw.normal(size=(*shape[:2], 5)).cumsum(axis=0).cumsum(axis=1)
    spectra = draw.normal(size=(5, shape[2])).cumsum(axis=1)
    values = maps @ spectra + draw.normal(0, 0.3, shape)
    return Scene(name="scene", values=(values * 20).clip(-30000, 30000).astype(dtype))


def _measure(codec: Peer, scene, target):
    data = codec.compress(scene, Rate(target, or_smallest=True))
    restored = codec.decompress(data).values
    assert restored.dtype == scene.values.dtype
    return bits_per_sample(len(data), *scene.values.shape), measure_quality(scene.values, restored)


@pytest.mark.parametrize(("weighted", "dtype"), [(False, "i2"), (False, "f4"), (True, "i2")])
def test_rate_is_met_and_quality_grows_with_it(weighted, dtype):
    codec, scene, last = KltJpeg2000(weighted=weighted), _scene((30, 33, 20), dtype), 0.0
    for target in (0.4, 1.2):
        rate, quality = _measure(codec, scene, target)
        assert 0.95 * target < rate <= target
        assert quality.psnr_db > last + 3
        last = quality.psnr_db


@pytest.mark.parametrize(
    "shape", [(3, 5, 2), (1, 1, 1), (1, 9, 4), (7, 1, 1), (2, 2, 40), (5, 6, 1)]
)
@pytest.mark.parametrize("target", [1e-6, 4.0, 100.0])
def test_tiny_scenes(shape, target):
    scene = _scene(shape)
    data = KltJpeg2000().compress(scene, Rate(target, or_smallest=True))
    restored = KltJpeg2000().decompress(data).values
    assert restored.shape == shape
    if target == 100:
        assert np.abs(restored.astype(int) - scene.values).max() <= 2


def test_too_low_a_target_gives_the_band_means():
    scene = _scene((40, 33, 30))
    data = KltJpeg2000().compress(scene, Rate(1e-6, or_smallest=True))
    assert len(data) < 3 * 30 + 30
    means = scene.values.mean(axis=(0, 1))
    spread = scene.values.std(axis=(0, 1)).max()
    assert np.abs(KltJpeg2000().decompress(data).values - means).max() < spread


def test_constant_and_nan_bands_are_restored_exactly():
    scene = _scene((20, 21, 12), "f4")
    scene.values[:, :, [0, 1, 11]] = -3.25
    scene.values[:, :, 4:7] = np.nan
    restored = (
        KltJpeg2000().decompress(KltJpeg2000().compress(scene, Rate(1.0, or_smallest=True))).values
    )
    still = [0, 1, 4, 5, 6, 11]
    np.testing.assert_array_equal(restored[:, :, still], scene.values[:, :, still])
    assert np.isfinite(np.delete(restored, still, axis=2)).all()


def test_scene_without_varying_bands():
    scene = Scene(name="flat", values=np.full((4, 5, 6), 9, np.uint16))
    data = KltJpeg2000().compress(scene, Rate(1e-6, or_smallest=True))
    np.testing.assert_array_equal(KltJpeg2000().decompress(data).values, scene.values)


def test_samples_stay_in_the_source_range():
    scene = _scene((30, 30, 10))
    np.maximum(scene.values, 0, out=scene.values)
    restored = (
        KltJpeg2000().decompress(KltJpeg2000().compress(scene, Rate(0.2, or_smallest=True))).values
    )
    assert restored.min() >= 0
    assert restored.max() <= scene.values.max()


def test_bytes_do_not_depend_on_what_was_compressed_before():
    codec, scene, other = KltJpeg2000(), _scene((20, 20, 16)), _scene((20, 20, 15))
    first = codec.compress(scene, Rate(0.5, or_smallest=True))
    codec.compress(scene, Rate(2.0, or_smallest=True))
    codec.compress(other, Rate(0.5, or_smallest=True))
    assert codec.compress(scene, Rate(0.5, or_smallest=True)) == first
    scene.values[:] += 1
    assert codec.compress(scene, Rate(0.5, or_smallest=True)) != first


@pytest.mark.parametrize("place", [0, 5, 40, -1])
def test_damage_is_refused(place):
    data = bytearray(KltJpeg2000().compress(_scene((20, 20, 16)), Rate(1.0, or_smallest=True)))
    data[place] ^= 1
    with pytest.raises(FileFormatError):
        KltJpeg2000().decompress(bytes(data))


@pytest.mark.parametrize("length", [0, 3, 4, 20, -1])
def test_truncation_is_refused(length):
    data = KltJpeg2000().compress(_scene((20, 20, 16)), Rate(1.0, or_smallest=True))
    with pytest.raises(FileFormatError):
        KltJpeg2000().decompress(data[:length])


@pytest.mark.parametrize("target", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_target_is_refused(target):
    with pytest.raises(ConfigError, match="above zero"):
        KltJpeg2000().compress(_scene((4, 4, 4)), Rate(target, or_smallest=True))


def test_a_band_that_is_nan_in_part_is_refused_of_samples_alone():
    scene = _scene((4, 4, 4), "f4")
    scene.values[0, 0, 0] = np.nan
    with pytest.raises(CubeError, match="NaN"):
        KltJpeg2000().compress(scene.values, Rate(1.0, or_smallest=True))


@pytest.mark.parametrize(("dtype", "nodata"), [("i2", -9999), ("f4", np.nan)])
def test_missing_samples_cost_valid_ones_little(dtype, nodata):
    """A slanted border and a wholly missing band leave the rest nearly as good as it is alone."""
    scene, codec = _scene((30, 33, 12), dtype), KltJpeg2000()
    valid = np.ones(scene.values.shape, bool)
    valid[np.add(*np.indices((30, 33))) < 12], valid[..., 5] = False, False
    spoiled = Scene(values=np.where(valid, scene.values, nodata).astype(dtype), nodata=nodata)
    data = codec.compress(spoiled, Rate(1.0, or_smallest=True))
    assert 8 * len(data) / scene.values.size <= 1.0
    quality = measure_quality(spoiled.values, codec.decompress(data).values, valid=valid)
    _, whole = _measure(codec, scene, 1.0)
    assert quality.psnr_db > whole.psnr_db - 0.5
    assert quality.bands_missing == 1


# PSNR of a KLT + JPEG 2000 whose basis takes 16 bits a coefficient, at 0.054 bpppb.
@pytest.mark.parametrize(
    ("name", "variable", "plain_basis_db"),
    [("abu-airport-3.mat", "data", 45.84), ("hyperion_paris.mat", "HSim", 34.39)],
)
def test_real_scene_beats_a_plainly_coded_basis(real_data, name, variable, plain_basis_db):
    rate, quality = _measure(KltJpeg2000(), _without_negatives(real_data / name, variable), 0.054)
    assert rate <= 0.054
    assert quality.psnr_db > plain_basis_db + 0.9


def test_weighting_raises_psnr_for_little_error(real_data):
    scene = _without_negatives(real_data / "hyperion_paris.mat", "HSim")
    plain, weighted = (_measure(KltJpeg2000(weighted=w), scene, 0.054)[1] for w in (False, True))
    assert weighted.psnr_db > plain.psnr_db + 0.4
    assert weighted.rmse < 1.2 * plain.rmse


def _without_negatives(path, variable):
    scene = read_scene(path, variable)
    np.maximum(scene.values, 0, out=scene.values)
    return scene
