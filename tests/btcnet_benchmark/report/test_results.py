"""Measurements by scene, codec and rate."""

import math

import pytest

from btcnet_benchmark.report.results import is_exact, meets_target
from btcnet_jax.errors import DataError


def test_the_anchor_comes_first_and_must_be_there(results, sweep):
    grouped = results(sweep, anchor="better")
    assert grouped.codecs == ["better", "klt", "net"]
    assert (grouped.curved, grouped.fixed) == (["better", "klt"], ["net"])
    assert grouped.scenes == ["lake", "town"]
    with pytest.raises(DataError, match="no measurement of the anchor x; name one of: klt, better"):
        results(sweep, anchor="x")
    with pytest.raises(DataError, match="no codec at all"):
        results([])


def test_pictures_are_of_the_target_nearest_in_ratio(results, made):
    # 0.04 is nearer 0.054 in bits, 0.07 in ratio.
    grouped = results([made(target=0.0405), made(target=0.07), made(target=0.07, codec="b")])
    assert grouped.picture_target == 0.07
    assert grouped.pictured("lake", "b").target_bpppb == 0.07


def test_a_fixed_rate_is_pictured_as_it_is(results, sweep, failed):
    grouped = results(sweep)
    assert grouped.pictured("town", "net").target_bpppb is None
    assert grouped.pictured("nowhere", "net") is None
    assert results([*sweep, failed("town", "net", None)]).pictured("town", "net") is None


def test_of_two_alike_the_later_counts(results, made):
    grouped = results([made(gain=1.0), made(gain=2.0)])
    assert [m.psnr_db for m in grouped.all] == [pytest.approx(42)]


def test_restorations_without_error_have_no_place_in_a_curve(results, made):
    exact = made(target=1.0, psnr_db=None, max_error=0.0)
    unknown = made(target=2.0, psnr_db=None)
    curve = results([made(), made(target=0.2), exact, unknown]).curve("lake", "klt")
    assert len(curve.log_rate) == 2
    assert curve.points_left_out == 1


def test_the_mean_is_over_scenes_with_a_figure(results, made, failed):
    found = [made("a"), made("b", gain=4.0), made("c", psnr_db=math.inf), failed("d", "klt")]
    mean, scenes = results(found).mean("klt", 0.1, lambda m: m.psnr_db)
    assert (mean, scenes) == (pytest.approx(42), 2)


def test_what_is_exact_and_what_is_too_large(made):
    assert is_exact(made(max_error=0.0, psnr_db=None))
    assert is_exact(made(psnr_db=math.inf))
    assert not is_exact(made())
    assert meets_target(made(target=0.1, bpppb=0.1004))
    assert not meets_target(made(target=0.1, bpppb=0.11))
    assert meets_target(made(target=None))
