"""Missing samples: whatever they hold, the figures are those of the valid samples alone."""

import json

import numpy as np
import pytest

from btcnet_jax.errors import CubeError
from btcnet_jax.metrics import QualityAccumulator, blocks, measure_quality


@pytest.fixture(scope="module")
def pair():
    random = np.random.default_rng(0)
    original = random.normal(500, 100, (9, 7, 5))
    return original, original + random.normal(0, 3, original.shape)


def _spoiled(cube, valid, value):
    whole = np.broadcast_to(valid if valid.ndim == 3 else valid[..., None], cube.shape)
    return np.where(whole, cube, value)


def _figures(quality):
    return json.dumps(quality.to_json(), allow_nan=False)


@pytest.mark.parametrize(("before", "after"), [(np.nan, 3.0), (-9999.0, np.nan), (1e30, np.inf)])
def test_what_missing_samples_hold_changes_nothing(pair, before, after):
    valid = np.random.default_rng(1).random(pair[0].shape) > 0.2
    expected = measure_quality(*pair, valid=valid)
    spoiled = _spoiled(pair[0], valid, before), _spoiled(pair[1], valid, after)
    assert _figures(measure_quality(*spoiled, valid=valid)) == _figures(expected)


def test_all_valid_is_exactly_the_same_as_no_mask(pair):
    plain = _figures(measure_quality(*pair))
    for shape in (pair[0].shape, pair[0].shape[:2]):
        assert _figures(measure_quality(*pair, valid=np.ones(shape, bool))) == plain


def test_missing_pixels_are_as_if_they_were_not_there(pair):
    valid = np.ones((9, 7), bool)
    valid[:, 5:] = False
    spoiled = _spoiled(pair[0], valid, np.nan), pair[1]
    quality = measure_quality(*spoiled, valid=valid)
    rest = measure_quality(pair[0][:, :5], pair[1][:, :5])
    for name in ("psnr_db", "sam_deg", "rmse", "max_error"):
        assert getattr(quality, name) == pytest.approx(getattr(rest, name), rel=1e-12), name
    assert (quality.pixels, quality.pixels_left_out, quality.samples_missing) == (63, 18, 90)
    assert quality.valid_share == pytest.approx(5 / 7)


def test_each_band_has_its_own_samples():
    original = np.array([[[10.0, 2], [0, 9], [50, 4], [5, 8]]])
    restored = np.array([[[9.0, 2], [1, 0], [0, 6], [6, 0]]])
    valid = np.array([[[True, True], [True, False], [False, True], [True, False]]])
    quality = measure_quality(original, restored, valid=valid)
    # mse: 3 / 3 and 4 / 2; peaks: 10, for 50 is missing, and 4.
    np.testing.assert_allclose(quality.psnr_per_band, [20.0, 10 * np.log10(8)])
    assert quality.max_error == 2
    assert (quality.samples_missing, quality.pixels_left_out) == (3, 3)
    assert quality.sam_deg == pytest.approx(np.degrees(np.arctan2(2, 9) - np.arctan2(2, 10)))


def test_a_missing_sample_is_no_peak_of_a_negative_band():
    original, restored = np.array([[[-3.0], [-5], [9]]]), np.array([[[-3.0], [-7], [9]]])
    valid = np.array([[True, True, False]])
    quality = measure_quality(original, restored, valid=valid)
    assert (quality.bands_without_peak, quality.psnr_db) == (1, None)
    assert measure_quality(-original, -restored, valid=valid).bands_left_out == 0


def test_a_band_without_a_sample_is_left_out_of_the_angle_too(pair):
    valid = np.ones(pair[0].shape, bool)
    valid[..., 2] = False
    others = [0, 1, 3, 4]
    quality = measure_quality(_spoiled(pair[0], valid, np.nan), pair[1], valid=valid)
    rest = measure_quality(pair[0][..., others], pair[1][..., others])
    assert (quality.psnr_db, quality.sam_deg) == (rest.psnr_db, rest.sam_deg)
    assert (quality.bands_missing, quality.bands_left_out, quality.bands_masked) == (1, 0, 0)
    assert (quality.samples_missing, quality.pixels_left_out) == (63, 0)
    assert np.isnan(quality.psnr_per_band[2])
    assert np.isnan(quality.rmse_per_band[2])
    masked = measure_quality(*pair, valid=valid, band_mask=np.array([False, *[True] * 4]))
    assert (masked.bands_missing, masked.bands_masked) == (1, 1)


def test_a_band_that_is_constant_over_its_valid_samples_is_left_out(pair):
    valid = np.ones(pair[0].shape, bool)
    valid[1:, :, 0] = False
    original = pair[0].copy()
    original[0, :, 0] = 4
    quality = measure_quality(original, pair[1], valid=valid)
    assert (quality.bands_left_out, quality.bands_missing) == (1, 0)


def test_blocks_equal_the_whole_though_some_hold_nothing(pair, monkeypatch):
    valid = np.random.default_rng(2).random(pair[0].shape) > 0.3
    valid[:3] = False
    whole = measure_quality(*pair, valid=valid)
    monkeypatch.setattr(blocks, "_SAMPLES_AT_ONCE", 40)
    accumulator = QualityAccumulator()
    for part in (slice(0, 2), slice(2, 5), slice(5, 9)):
        accumulator.update(pair[0][part], pair[1][part], valid=valid[part])
    for name, value in whole.to_json().items():
        found = np.array(accumulator.result().to_json()[name], float)
        np.testing.assert_allclose(found, np.array(value, float), rtol=1e-12, err_msg=name)


def test_a_valid_sample_that_is_not_finite_is_refused(pair):
    restored = pair[1].copy()
    restored[0, 0, 0] = np.nan
    valid = np.ones(pair[0].shape, bool)
    valid[1, 1, 1] = False
    with pytest.raises(CubeError, match="restored cube holds NaN"):
        measure_quality(pair[0], restored, valid=valid)


@pytest.mark.parametrize(
    ("valid", "message"),
    [
        (np.zeros((9, 7), bool), "no sample is valid"),
        (np.ones((9, 7, 4), bool), r"is bool \(9, 7, 4\)"),
    ],
)
def test_masks_that_cannot_be_are_refused_in_one_line(pair, valid, message):
    with pytest.raises(CubeError, match=message) as caught:
        measure_quality(*pair, valid=valid)
    assert "\n" not in str(caught.value)
