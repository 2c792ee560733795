"""Mean difference of two rate-distortion curves: BD-rate and BD-PSNR."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from numpy import ndarray
from scipy.interpolate import PchipInterpolator

from btcnet_benchmark.curves.points import RateDistortionCurve
from btcnet_jax.errors import DataError

Interval = tuple[int | float, int | float]


@dataclass(frozen=True, kw_only=True)
class BjontegaardDelta:
    """Mean difference of a curve from its anchor over the interval both cover.

    Attributes:
        value: the difference in percent (BD-rate) or dB (BD-PSNR); None where it is undefined.
        interval: what it is the mean over, in dB (BD-rate) or bpppb (BD-PSNR); None if undefined.
        coverage: this interval's share, 0 to 1, of the one asked for, or, if none was, of all that
            the two curves span together; on the axis of the integral (dB or log rate). A small
            share says little of the two codecs. 0 where undefined.
        points_left_out: points of both curves that are not in their Pareto fronts.
        why_undefined: the reason in words; None where the value is defined.
    """

    value: float | None
    interval: Interval | None
    coverage: float
    points_left_out: int
    why_undefined: str | None


@dataclass(frozen=True)
class _Mean:
    """Mean of curve minus anchor between low and high, or why there is none."""

    difference: float = np.nan
    low: float = np.nan
    high: float = np.nan
    coverage: float = 0.0
    why_undefined: str | None = None


def bd_rate(
    anchor: RateDistortionCurve,
    curve: RateDistortionCurve,
    *,
    psnr_interval: Interval | None = None,
) -> BjontegaardDelta:
    """Mean rate difference at equal PSNR, percent; below zero where `curve` needs fewer bits.

    log10 of the rate is interpolated over PSNR, in pieces that are cubic and monotone (PCHIP),
    through the points of the Pareto fronts; the difference of the integrals over the interval that
    both curves cover, by its width, is d, and the result 100 (10^d - 1). Nothing is extrapolated.
    Two points are enough: the piece between them is then a straight line.

    Args:
        anchor: what is compared against.
        curve: what is compared.
        psnr_interval: low and high PSNR in dB to stay within; None takes all that both cover.

    Returns:
        The difference; its value is None where a front has fewer than two points or nothing is
        covered by both.

    Raises:
        DataError: low is not below high.

    Source: Bjontegaard, VCEG-M33 (2001). That report fits one cubic polynomial, which overshoots
    between its points; piecewise cubics as in the HEVC common test conditions (Bossen,
    JCTVC-L1100, 2013); Herglotz et al., "The Bjontegaard Bible", IEEE TIP 33 (2024).
    """
    mean = _mean_difference(
        (anchor.front_psnr_db, anchor.log_rate),
        (curve.front_psnr_db, curve.log_rate),
        psnr_interval,
    )
    percent = 100 * np.expm1(mean.difference * np.log(10))
    return _delta(mean, float(percent), (mean.low, mean.high), anchor, curve)


def bd_psnr(
    anchor: RateDistortionCurve,
    curve: RateDistortionCurve,
    *,
    rate_interval: Interval | None = None,
) -> BjontegaardDelta:
    """Mean PSNR difference at equal rate, dB; above zero where `curve` is better.

    PSNR is interpolated over log10 of the rate; else as `bd_rate`.

    Args:
        anchor: what is compared against.
        curve: what is compared.
        rate_interval: low and high rate in bpppb to stay within, low above zero; None takes all
            that both cover.

    Returns:
        The difference; its value is None where a front has fewer than two points or nothing is
        covered by both.

    Raises:
        DataError: low is not below high, or not above zero.

    Source: as `bd_rate`.
    """
    if rate_interval is not None and rate_interval[0] <= 0:
        raise DataError(f"rate interval {rate_interval} bpppb; its low end must be above zero")
    asked = None if rate_interval is None else _log10(rate_interval)
    mean = _mean_difference(
        (anchor.log_rate, anchor.front_psnr_db), (curve.log_rate, curve.front_psnr_db), asked
    )
    return _delta(mean, mean.difference, (10**mean.low, 10**mean.high), anchor, curve)


def _log10(interval: Interval) -> Interval:
    # Below zero, a high end has no logarithm, but is below the low end all the same.
    low, high = np.log10(np.maximum(interval, np.finfo(np.float64).tiny))
    return float(low), float(high)


def _mean_difference(
    anchor: tuple[Float64[ndarray, " points"], Float64[ndarray, " points"]],
    curve: tuple[Float64[ndarray, " others"], Float64[ndarray, " others"]],
    asked: Interval | None,
) -> _Mean:
    """Mean of curve minus anchor, each (places, values) with places strictly increasing."""
    if asked is not None and not asked[0] < asked[1]:
        raise DataError(f"interval {asked}; its low end must be below its high end")
    for name, (places, _) in (("anchor", anchor), ("curve", curve)):
        if len(places) < 2:
            return _Mean(why_undefined=f"the {name} has fewer than two points in its Pareto front")
    ends = np.array([[places[0], places[-1]] for places, _ in (anchor, curve)])
    whole = asked or (ends[:, 0].min(), ends[:, 1].max())
    low, high = max(ends[:, 0].max(), whole[0]), min(ends[:, 1].min(), whole[1])
    if low >= high:
        within = "" if asked is None else " within the interval asked for"
        return _Mean(why_undefined=f"the two curves do not overlap{within}")
    first, second = (PchipInterpolator(*points).integrate(low, high) for points in (anchor, curve))
    coverage = (high - low) / (whole[1] - whole[0])
    return _Mean(float(second - first) / (high - low), float(low), float(high), float(coverage))


def _delta(
    mean: _Mean,
    value: float,
    interval: Interval,
    anchor: RateDistortionCurve,
    curve: RateDistortionCurve,
) -> BjontegaardDelta:
    defined = mean.why_undefined is None
    return BjontegaardDelta(
        value=value if defined else None,
        interval=interval if defined else None,
        coverage=mean.coverage,
        points_left_out=anchor.points_left_out + curve.points_left_out,
        why_undefined=mean.why_undefined,
    )
