"""Quality of a whole cube: the golden values, cases worked by hand, and the undefined ones."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from btcnet_jax.errors import CubeError
from btcnet_jax.metrics import measure_quality

GOLDEN = Path(__file__).parents[2] / "golden" / "metrics.npz"


def test_golden_values_are_matched():
    with np.load(GOLDEN) as golden:
        quality = measure_quality(golden["original"], golden["restored"])
        assert quality.psnr_db == pytest.approx(float(golden["psnr"]), abs=1e-4)
        assert quality.sam_deg == pytest.approx(float(golden["sam"]), abs=1e-4)
        assert quality.rmse == pytest.approx(float(golden["rmse"]), abs=1e-4)


def _cube(*bands):
    """A cube of one row from the values of each band."""
    return np.array(bands, dtype=np.float64).T[None]


def test_two_bands_by_hand():
    original, restored = _cube([10, 0], [1, 2]), _cube([9, 1], [1, 4])
    quality = measure_quality(original, restored)
    # mse: 1 and 2; peaks: 10 and 2.
    np.testing.assert_allclose(quality.psnr_per_band, [20.0, 10 * math.log10(2)])
    assert quality.psnr_db == pytest.approx((20 + 10 * math.log10(2)) / 2)
    assert quality.rmse == pytest.approx(math.sqrt(1.5))
    assert quality.max_error == 2
    angles = [
        math.degrees(math.atan2(1, 10) - math.atan2(1, 9)),
        math.degrees(math.atan2(1, 4)),
    ]
    assert quality.sam_deg == pytest.approx((abs(angles[0]) + angles[1]) / 2)


def test_peak_is_of_the_original_not_of_the_restored():
    assert measure_quality(_cube([10, 0]), _cube([20, 0])).psnr_db == pytest.approx(
        10 * math.log10(100 / 50)
    )


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", ">i2", "int32", "float32"])
def test_differences_do_not_wrap_around(dtype):
    original = _cube([1, 100], [7, 3]).astype(dtype)
    restored = _cube([101, 0], [3, 7]).astype(dtype)
    quality = measure_quality(original, restored)
    assert quality.max_error == 100
    assert quality.rmse == pytest.approx(math.sqrt((100**2 + 4**2) / 2))


def test_products_of_integers_do_not_overflow():
    original = np.full((1, 1, 3), 30000, np.int16)
    assert measure_quality(original, original // 2).sam_deg == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("dtype", "width"), [("uint8", 255), ("uint16", 65535), ("int16", 65535)])
def test_range_psnr_of_integer_types(dtype, width):
    original, restored = _cube([10, 0], [5, 6]).astype(dtype), _cube([9, 1], [7, 8]).astype(dtype)
    expected = (20 * math.log10(width) + 20 * math.log10(width / 2)) / 2
    assert measure_quality(original, restored).psnr_range_db == pytest.approx(expected)


def test_float_cubes_have_no_range_psnr():
    assert measure_quality(_cube([10, 0]), _cube([9, 1])).psnr_range_db is None


def test_constant_and_zero_bands_are_left_out_of_the_means():
    varying = measure_quality(_cube([10, 0]), _cube([9, 1]))
    quality = measure_quality(_cube([10, 0], [7, 7], [0, 0]), _cube([9, 1], [2, 2], [1, 0]))
    assert quality.bands_left_out == 2
    assert quality.psnr_db == varying.psnr_db
    assert quality.rmse == varying.rmse
    assert np.isnan(quality.psnr_per_band[1:]).all()
    # What a constant band was restored to still shows.
    assert quality.max_error == 5


def test_a_constant_cube_has_no_mean():
    quality = measure_quality(np.ones((2, 2, 3)), np.zeros((2, 2, 3)))
    assert (quality.psnr_db, quality.rmse, quality.bands_left_out) == (None, None, 3)
    assert quality.sam_deg == pytest.approx(90)


def test_exact_bands_are_counted_and_left_out_of_the_psnr_only():
    quality = measure_quality(_cube([10, 0], [1, 2]), _cube([9, 1], [1, 2]))
    assert (quality.bands_exact, quality.bands_left_out) == (1, 0)
    assert quality.psnr_db == pytest.approx(20)
    assert np.isposinf(quality.psnr_per_band[1])
    assert quality.rmse == pytest.approx(math.sqrt(0.5))


def test_an_exact_cube():
    cube = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    quality = measure_quality(cube, cube)
    assert (quality.psnr_db, quality.psnr_range_db, quality.bands_exact) == (None, None, 4)
    assert (quality.sam_deg, quality.rmse, quality.max_error) == (0, 0, 0)


def test_a_band_without_a_positive_peak_has_no_psnr_but_an_error():
    quality = measure_quality(
        _cube([10, 0], [-3, -5], [-1, 0], [-2, -1]), _cube([9, 1], [-3, -7], [-1, 2], [-2, -1])
    )
    assert (quality.bands_without_peak, quality.bands_exact) == (2, 1)
    assert quality.psnr_db == pytest.approx(20)
    assert quality.rmse == pytest.approx(math.sqrt((1 + 2 + 2 + 0) / 4))


def test_masked_bands_may_hold_anything():
    original, restored = _cube([1, 2], [10, 0]), _cube([1, 4], [9, 1])
    original[..., 0] = np.nan
    quality = measure_quality(original, restored, band_mask=np.array([False, True]))
    assert (quality.bands, quality.bands_masked, quality.bands_left_out) == (2, 1, 0)
    assert quality.psnr_db == pytest.approx(20)
    assert quality.max_error == 1
    assert quality.sam_deg == 0
    assert quality.pixels_left_out == 1
    np.testing.assert_array_equal(np.isnan(quality.rmse_per_band), [True, False])
    assert quality.psnr_per_band[1] == pytest.approx(20)


def test_json_holds_no_infinity_and_no_nan():
    quality = measure_quality(_cube([10, 0], [1, 2], [5, 5]), _cube([9, 1], [1, 2], [5, 5]))
    read = json.loads(json.dumps(quality.to_json(), allow_nan=False))
    assert read["psnr_per_band"] == [pytest.approx(20), None, None]
    assert read["rmse_per_band"] == [1, 0, None]
    assert (read["bands_exact"], read["psnr_range_db"]) == (1, None)


_CUBE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
_NAN = np.where(_CUBE == 5, np.nan, _CUBE)
_GOOD = np.ones(4, bool)


@pytest.mark.parametrize(
    ("original", "restored", "mask", "message"),
    [
        (_CUBE, _CUBE[:1], None, r"original is \(2, 3, 4\), but the restored is \(1, 3, 4\)"),
        (_CUBE[:0], _CUBE[:0], None, "has samples in"),
        (_CUBE, _NAN, None, "restored cube holds NaN"),
        (np.where(_CUBE == 5, np.inf, _CUBE), _CUBE, None, "original cube holds NaN"),
        (_NAN, _CUBE, np.array([False, False, True]), "mask is for 3 bands, but the cube has 4"),
        (_CUBE, _CUBE, ~_GOOD, "keeps no band"),
        (_CUBE * 1j, _CUBE, None, "not complex64"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(original, restored, mask, message):
    with pytest.raises(CubeError, match=message) as caught:
        measure_quality(original, restored, band_mask=mask)
    assert "\n" not in str(caught.value)


def test_errors_of_64_bits_are_those_of_the_integers_themselves():
    original = np.uint64(2**64 - 1) - np.arange(60, dtype=np.uint64).reshape(4, 5, 3)
    restored = original - np.uint64(1)
    restored[1, 2] += np.uint64(4)
    valid = np.ones(original.shape, bool)
    valid[3, 4, 2], restored[3, 4, 2] = False, 0
    for mask, greatest in ((valid, 3), (None, 2**64)):
        found = measure_quality(original, restored, valid=mask)
        assert found.max_error == pytest.approx(greatest)
