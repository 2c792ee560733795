"""Bands in units of their own: what a network sees, and that files undo it."""

import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.codec import network_codec
from btcnet_jax.config import ModelConfig
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import read_container, write_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError
from btcnet_jax.models.initialization import init_params
from btcnet_jax.ops.band_scales import band_scales
from btcnet_jax.parts.band_units import (
    BandUnits,
    measure_scales,
    quantize_scales,
    read_scales,
)
from btcnet_jax.parts.whole_range import WholeRange
from btcnet_jax.scene import Scene

BANDS = 5
CONFIG = ModelConfig(bands=BANDS, latent_channels=4, features=2, gamma=1, normalization="bands")


@pytest.fixture(scope="module")
def scene():
    random = np.random.default_rng(0)
    level, contrast = np.array([[50, 900, 90, 4000, 300], [3, 200, 9, 2000, 0]])
    return Scene(values=(level + contrast * random.normal(size=(17, 14, BANDS))).astype(np.int16))


def test_each_band_has_mean_0_and_deviation_1(scene):
    front_end = BandUnits(BANDS)
    planes, scales = front_end.normalize(scene.values, front_end.facts(scene), (4, 4))
    assert (planes.shape, planes.dtype) == ((20, 16, BANDS), np.float32)
    inside = planes[:17, :14, :4].reshape(-1, 4)
    np.testing.assert_allclose(inside.mean(0), 0, atol=0.02)
    np.testing.assert_allclose(inside.std(0), 1, atol=0.01)
    assert [section.kind for section in front_end.sections(scales)] == [SectionKind.BAND_SCALES]


def test_training_sees_the_same_units(scene):
    planes = (
        WholeRange(BANDS).normalize(scene.values, WholeRange(BANDS).facts(scene), (1, 1)).planes
    )
    for found, expected in zip(
        measure_scales(planes), band_scales(jnp.asarray(planes[None])), strict=True
    ):
        np.testing.assert_allclose(found, expected[0], rtol=1e-3)


def test_coding_loses_less_than_a_hundredth_of_a_deviation():
    mean, deviation = np.array([0.3, 0.01, 0.9]), np.array([0.2, 1e-6, 0.003])
    units = read_scales(quantize_scales(mean, deviation))
    np.testing.assert_allclose(units.deviation, deviation, rtol=0.006)
    assert (np.abs(units.mean - mean) <= deviation / 63 + 1e-7).all()


def test_devices_quantize_as_the_codec_does():
    random = np.random.default_rng(1)
    mean, deviation = random.uniform(0, 1, (2, 60)).astype(np.float32)
    one, other = (quantize_scales(xp.asarray(mean), xp.asarray(deviation), xp) for xp in (np, jnp))
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)
    for first, second in zip(read_scales(one), read_scales(other, jnp), strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-6)


def test_missing_samples_do_not_count(scene):
    values = scene.values.copy()
    values[3:9, :, 1] = -9999
    holed = Scene(values=values, nodata=-9999)
    facts = BandUnits(BANDS).facts(holed)
    planes = WholeRange(BANDS).normalize(values, facts, (1, 1)).planes
    mean, deviation = measure_scales(planes, facts.missing)
    kept = np.delete(planes[..., 1], np.s_[3:9], axis=0)
    np.testing.assert_allclose((mean[1], deviation[1]), (kept.mean(), kept.std()), rtol=1e-4)


def test_a_gain_and_an_offset_of_a_band_change_no_symbol(scene):
    """What a sensor's calibration does to a band is in the scales, not in the latent."""
    codec = network_codec(CONFIG, init_params(CONFIG, 0))
    other = scene.values.astype(np.float64) * [1, 2, 4, 1, 8] + [0, 64, -32, 0, 8]
    files = [
        read_compressed(codec.compress(Scene(values=values)))
        for values in (scene.values.astype(np.float64), other)
    ]
    one, two = (np.asarray(codec._latent.read(file)) for file in files)
    # Deviations are coded in 64ths of an octave, so that some symbols at the border of two steps may change.
    assert np.abs(one - two).max() < 0.03 * np.ptp(one)


@pytest.mark.parametrize("kept", [slice(0), slice(-4)])
def test_a_file_whose_scales_do_not_fit_is_refused(scene, kept):
    codec = network_codec(CONFIG, init_params(CONFIG, 0))
    sections = [
        section._replace(payload=section.payload[kept])
        if section.kind == SectionKind.BAND_SCALES
        else section
        for section in read_container(codec.compress(scene))
    ]
    with pytest.raises(FileFormatError, match="damaged"):
        codec.decompress(write_container(sections))
    without = [section for section in sections if section.kind != SectionKind.BAND_SCALES]
    with pytest.raises(FileFormatError, match="BAND_SCALES"):
        codec.decompress(write_container(without))
