"""BD-rate and BD-PSNR on curves whose difference is known, and where there is none."""

import re

import numpy as np
import pytest

from btcnet_benchmark.curves import RateDistortionCurve, bd_psnr, bd_rate
from btcnet_jax.errors import DataError

RATES = [0.03, 0.06, 0.1, 0.2, 0.5]
PSNR = [35.1, 38.4, 41.9, 44.0, 50.2]
CURVE = RateDistortionCurve(RATES, PSNR)
# PSNR = 50 + 10 log10(rate), and 54 + 12 log10(rate).
LINE = RateDistortionCurve([0.01, 1], [30, 50])
STEEPER = RateDistortionCurve([0.1, 1], [42, 54])


@pytest.mark.parametrize("offset", [-3.25, 0, 0.5])
def test_a_constant_offset_is_the_bd_psnr(offset):
    result = bd_psnr(CURVE, RateDistortionCurve(RATES, [value + offset for value in PSNR]))
    assert result.value == pytest.approx(offset, abs=1e-12)
    assert result.interval == pytest.approx((0.03, 0.5))
    assert (result.coverage, result.points_left_out, result.why_undefined) == (1, 0, None)


@pytest.mark.parametrize(("factor", "percent"), [(0.5, -50), (1, 0), (3, 200)])
def test_a_constant_factor_is_the_bd_rate(factor, percent):
    result = bd_rate(CURVE, RateDistortionCurve([factor * rate for rate in RATES], PSNR))
    assert result.value == pytest.approx(percent, abs=1e-11)
    assert result.interval == (35.1, 50.2)
    assert (result.coverage, result.why_undefined) == (1, None)


def test_bd_psnr_of_two_lines_by_hand():
    # Over 0.1 to 1 bpppb they differ by 4 + 2 log10(rate), and log10(rate) is -0.5 on average.
    result = bd_psnr(LINE, STEEPER)
    assert result.value == pytest.approx(3)
    assert result.interval == pytest.approx((0.1, 1))
    assert result.coverage == pytest.approx(0.5)


def test_bd_rate_of_two_lines_by_hand():
    # Over 42 to 50 dB, 46 on average: (46 - 54) / 12 - (46 - 50) / 10.
    result = bd_rate(LINE, STEEPER)
    assert result.value == pytest.approx(100 * (10 ** (-8 / 12 + 0.4) - 1))
    assert result.interval == pytest.approx((42, 50))
    assert result.coverage == pytest.approx(8 / 24)


def test_a_restricted_interval_by_hand():
    result = bd_psnr(LINE, STEEPER, rate_interval=(10**-0.5, 1))
    assert (result.value, result.coverage) == (pytest.approx(3.5), pytest.approx(1))
    # Of 46 to 60 dB both cover 46 to 50: (48 - 54) / 12 - (48 - 50) / 10.
    result = bd_rate(LINE, STEEPER, psnr_interval=(46, 60))
    assert result.value == pytest.approx(100 * (10**-0.3 - 1))
    assert result.interval == pytest.approx((46, 50))
    assert result.coverage == pytest.approx(4 / 14)


def test_the_curve_stays_between_neighboring_points():
    # One cubic through these four points dips 1.7 dB below the first.
    step = RateDistortionCurve([0.01, 0.1, 1, 10], [30, 30.01, 40, 40.01])
    flat = RateDistortionCurve([0.01, 10], [20, 20.0003])
    assert bd_psnr(flat, step, rate_interval=(0.01, 0.1)).value == pytest.approx(10, abs=0.01)


def test_order_of_points_does_not_matter():
    shuffled = RateDistortionCurve(RATES[::-1], PSNR[::-1])
    assert bd_rate(LINE, shuffled) == bd_rate(LINE, CURVE)


def test_swapping_the_curves_inverts_the_ratio():
    there, back = bd_rate(LINE, STEEPER).value, bd_rate(STEEPER, LINE).value
    assert (1 + there / 100) * (1 + back / 100) == pytest.approx(1)


def test_points_nobody_would_choose_are_left_out():
    # More bits and less PSNR; the same bits; the same PSNR; a copy; restored without error.
    worse = RateDistortionCurve(
        [*RATES, 0.15, 0.2, 0.3, 0.03, 2], [*PSNR, 41.0, 43.9, 44.0, 35.1, None]
    )
    np.testing.assert_array_equal(worse.front_psnr_db, PSNR)
    np.testing.assert_array_equal(worse.log_rate, np.log10(RATES))
    for measure in (bd_rate, bd_psnr):
        with_them, without = measure(LINE, worse), measure(LINE, CURVE)
        assert with_them.value == without.value
        assert (with_them.points_left_out, without.points_left_out) == (5, 0)


@pytest.mark.parametrize("measure", [bd_rate, bd_psnr])
@pytest.mark.parametrize(
    ("anchor", "curve", "why"),
    [
        (([0.1], [40]), ([0.1, 1], [40, 50]), "the anchor has fewer than two points"),
        (([0.1, 1], [40, 50]), ([0.1, 1], [40, 39]), "the curve has fewer than two points"),
        (([0.1, 1], [40, 50]), ([2, 3], [60, 70]), "do not overlap$"),
        (([0.1, 1], [40, 50]), ([1, 3], [50, 70]), "do not overlap$"),
        (([0.1, 1], [40, 50]), ([], []), "the curve has fewer than two points"),
    ],
)
def test_undefined_says_why(measure, anchor, curve, why):
    result = measure(RateDistortionCurve(*anchor), RateDistortionCurve(*curve))
    assert (result.value, result.interval, result.coverage) == (None, None, 0)
    assert re.search(why, result.why_undefined)


def test_undefined_within_an_interval_that_is_not_covered():
    result = bd_psnr(LINE, STEEPER, rate_interval=(2, 3))
    assert result.value is None
    assert result.why_undefined.endswith("do not overlap within the interval asked for")


@pytest.mark.parametrize(
    ("rates", "psnr", "why"),
    [
        ([0.1, 0.2], [40], "2 rates and 1 PSNR values"),
        ([0.1, 0], [40, 30], "above zero"),
        ([0.1, float("nan")], [40, 30], "finite"),
        ([0.1, 0.2], [40, float("nan")], "PSNR"),
    ],
)
def test_impossible_points_are_refused(rates, psnr, why):
    with pytest.raises(DataError, match=why):
        RateDistortionCurve(rates, psnr)


def test_impossible_intervals_are_refused():
    with pytest.raises(DataError, match="low end must be above zero"):
        bd_psnr(LINE, STEEPER, rate_interval=(0, 1))
    with pytest.raises(DataError, match="low end must be below"):
        bd_psnr(LINE, STEEPER, rate_interval=(1, -1))
    with pytest.raises(DataError, match="low end must be below"):
        bd_rate(LINE, STEEPER, psnr_interval=(40, 40))
