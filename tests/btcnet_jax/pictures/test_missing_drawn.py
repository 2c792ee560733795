"""The page of a scene with missing samples: they are gray, and change nothing else."""

import numpy as np
import pytest

from btcnet_jax.metrics import measure_quality, spectral_angles_deg
from btcnet_jax.pictures import comparison_figure
from btcnet_jax.pictures.maps import angle_map, error_map


@pytest.fixture
def pair():
    random = np.random.default_rng(0)
    original = random.normal(2000, 500, (30, 40, 9))
    return original, original + random.normal(0, 40, original.shape)


def _figure(original, restored, valid):
    return comparison_figure(original, restored, valid=valid, title="a", facts={})


def _panel(figure, label):
    (axes,) = [axes for axes in figure.axes if axes.get_label() == label]
    return axes


def test_maps_are_of_the_valid_samples(pair):
    valid = np.ones(pair[0].shape, bool)
    valid[0, :5], valid[1, :, 3], valid[..., 7] = False, False, False
    spoiled = [np.where(valid, cube, np.nan) for cube in pair]
    used = np.arange(9) != 8
    errors = error_map(*spoiled, used, valid)
    squares = np.square(pair[0] - pair[1])
    np.testing.assert_allclose(errors[2], np.sqrt(squares[2][:, :7].mean(axis=-1)))
    np.testing.assert_allclose(errors[1], np.sqrt(squares[1][:, [0, 1, 2, 4, 5, 6]].mean(axis=-1)))
    assert np.isnan(errors).sum() == np.isnan(errors[0, :5]).sum() == 5
    kept = used & (np.arange(9) != 7)
    angles = angle_map(*spoiled, kept, valid)
    expected = spectral_angles_deg(*(cube[2:, :, kept] for cube in pair))
    np.testing.assert_array_equal(angles[2:], expected)
    assert np.isnan(angles[1]).all()


def test_what_missing_samples_hold_is_not_seen(pair):
    valid = np.random.default_rng(1).random(pair[0].shape) > 0.02
    valid[:8], valid[..., 4] = False, False
    figures = [
        _figure(*(np.where(valid, cube, value) for cube in pair), valid) for value in (0.0, np.nan)
    ]
    for label in ("Original", "Restored", "Error", "Spectral angle"):
        first, second = (_panel(one, label).images[0].get_array() for one in figures)
        np.testing.assert_array_equal(np.ma.filled(first, -1), np.ma.filled(second, -1))
    picks = np.array([line.get_xydata()[0] for line in _panel(figures[0], "Original").lines])
    assert len(picks)
    assert picks[:, 1].min() > 8
    texts = " ".join(text.get_text() for text in figures[0].texts)
    assert "gray: no data" in texts
    means = [line.get_label() for line in _panel(figures[0], "psnr").lines]
    assert f"mean {measure_quality(*pair, valid=valid).psnr_db:.2f} dB" in means


def test_a_band_without_samples_leaves_the_angle_to_the_others(pair):
    valid = np.ones(pair[0].shape, bool)
    valid[..., 4] = False
    angles = _panel(_figure(*pair, valid), "Spectral angle").images[0].get_array()
    assert np.ma.count_masked(angles) == 0
    others = np.arange(9) != 4
    expected = spectral_angles_deg(*(cube[..., others] for cube in pair))
    np.testing.assert_array_equal(np.asarray(angles), expected)


def test_a_scene_without_a_complete_pixel_is_drawn_without_spectra(pair):
    valid = np.ones(pair[0].shape, bool)
    valid[::2, :, 0], valid[1::2, :, 1] = False, False
    figure = _figure(*pair, valid)
    assert not _panel(figure, "spectra").lines
    figure.draw_without_rendering()


def test_all_valid_is_drawn_as_without_a_mask(pair):
    told, plain = (_figure(*pair, valid) for valid in (np.ones(pair[0].shape, bool), None))
    assert "gray" not in " ".join(text.get_text() for text in told.texts)
    for label in ("Original", "Error", "Spectral angle"):
        first, second = (_panel(one, label).images[0].get_array() for one in (told, plain))
        np.testing.assert_array_equal(first, second)
