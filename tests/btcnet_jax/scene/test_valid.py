"""What the valid samples span, and what stands in for missing ones."""

import numpy as np
import pytest

from btcnet_jax.scene import Scene, valid
from btcnet_jax.scene.filling import fill_missing
from btcnet_jax.scene.valid import BandExtremes, complete_pixels


def _holes(dtype, nodata):
    random = np.random.default_rng(0)
    values = random.integers(1, 200, (6, 5, 4)).astype(dtype)
    values[random.random(values.shape) > 0.6] = nodata
    values[..., 2] = nodata
    mask = np.ones((6, 5), bool)
    mask[3] = False
    return Scene(values=values, mask=mask, nodata=nodata)


@pytest.mark.parametrize(
    ("dtype", "nodata"), [("uint8", 255), ("int16", -9999), ("float32", np.nan), ("uint64", 0)]
)
def test_extremes_are_of_the_valid_samples(dtype, nodata, monkeypatch):
    monkeypatch.setattr(valid, "_BLOCK_SAMPLES", 1)
    scene = _holes(dtype, nodata)
    there, found = scene.valid(), BandExtremes.of_scene(scene)
    for band in (0, 1, 3):
        samples = scene.values[..., band][there[..., band]]
        assert (found.low[band], found.high[band]) == (samples.min(), samples.max())
    assert found.samples.tolist() == there.sum(axis=(0, 1)).tolist()
    assert found.samples[2] == 0
    assert found.varies.tolist() == [True, True, False, True]
    assert found.range() == (scene.values[there].min(), scene.values[there].max())
    assert found.low.dtype == scene.values.dtype


def test_complete_pixels_lack_no_sample(monkeypatch):
    monkeypatch.setattr(valid, "_BLOCK_SAMPLES", 1)
    scene = _holes("int16", -9999)
    scene.values[..., 2] = 7
    found = complete_pixels(scene)
    np.testing.assert_array_equal(found, scene.valid().all(axis=2))
    assert 0 < found.sum() < found.size


def test_a_missing_sample_gets_the_nearest_of_its_line():
    line = np.array([0, 4, 0, 0, 9, 0], np.int16)
    scene = Scene(values=line[None, :, None], nodata=0)
    assert fill_missing(scene)[0, :, 0].tolist() == [4, 4, 4, 9, 9, 9]
    tie = Scene(values=np.array([4, 0, 9], np.int16)[None, :, None], nodata=0)
    assert fill_missing(tie)[0, :, 0].tolist() == [4, 4, 9]


def test_a_line_without_data_gets_the_nearest_line_band_by_band():
    values = np.full((4, 2, 2), np.nan, np.float32)
    values[1, 0, 0], values[3, 1, 1] = 5, 8
    filled = fill_missing(Scene(values=values))
    assert (filled[..., 0] == 5).all()
    assert (filled[..., 1] == 8).all()


def test_filling_leaves_what_is_valid_and_makes_all_finite():
    scene = _holes("float32", np.nan)
    filled, there = fill_missing(scene), scene.valid()
    np.testing.assert_array_equal(filled[there], scene.values[there])
    assert np.isfinite(filled).all()
    assert (filled[..., 2] == 0).all()
    assert np.isin(filled[..., 0], scene.values[..., 0][there[..., 0]]).all()
    whole = Scene(values=filled)
    assert fill_missing(whole) is whole.values
