"""A rate-distortion curve as measured: points, and which of them a user would ever choose."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64, Int
from numpy import ndarray

from btcnet_jax.errors import DataError


@dataclass(frozen=True, eq=False)
class RateDistortionCurve:
    """Points of one codec on one scene, in any order.

    Attributes:
        bpppb: rate of each point, bits per pixel per band, above zero.
        psnr_db: PSNR of each point, dB; None or infinite for one restored without any error.
        log_rate: log10 of the rates of the front, strictly increasing, float64 (points,).
        front_psnr_db: their PSNR, dB, strictly increasing, float64 (points,).
        points_left_out: how many points are not in the front.

    The front is the Pareto front: a point leaves it where another has no more rate and no less
    PSNR, for nobody would choose it. It is not the convex hull, which would also remove points
    worth choosing wherever a codec's steps are uneven. What is left rises strictly, so rate is a
    function of PSNR and the reverse. A point without a finite PSNR has no place on the axis and
    is left out too.

    Raises:
        DataError: not one PSNR a rate, a rate that is not finite and above zero, or a PSNR that
            is NaN or minus infinity.
    """

    bpppb: Sequence[int | float]
    psnr_db: Sequence[int | float | None]
    log_rate: Float64[ndarray, " points"] = field(init=False)
    front_psnr_db: Float64[ndarray, " points"] = field(init=False)
    points_left_out: int = field(init=False)

    def __post_init__(self) -> None:
        rate = np.array(self.bpppb, np.float64)
        psnr = np.array([np.inf if value is None else value for value in self.psnr_db], np.float64)
        _check(rate, psnr)
        front = _pareto_front(rate, psnr)
        # A frozen dataclass lets nobody assign, itself included.
        object.__setattr__(self, "log_rate", np.log10(rate[front]))
        object.__setattr__(self, "front_psnr_db", psnr[front])
        object.__setattr__(self, "points_left_out", len(rate) - len(front))


def _check(rate: ndarray, psnr: ndarray) -> None:
    if rate.shape != psnr.shape or rate.ndim != 1:
        raise DataError(f"{rate.size} rates and {psnr.size} PSNR values; give one PSNR a rate")
    if not (np.isfinite(rate) & (rate > 0)).all():
        raise DataError(f"rates {rate.tolist()} bpppb; every rate must be finite and above zero")
    if (np.isnan(psnr) | (psnr == -np.inf)).any():
        raise DataError(f"PSNR {psnr.tolist()} dB; give a number, or None for an exact restoration")


def _pareto_front(
    rate: Float64[ndarray, " all"], psnr: Float64[ndarray, " all"]
) -> Int[ndarray, " front"]:
    """Indices of the points no other dominates, by increasing rate; of equal points, one."""
    front: list[int] = []
    best = -np.inf
    for index in np.lexsort((-psnr, rate)):
        if best < psnr[index] < np.inf:
            front.append(int(index))
            best = psnr[index]
    return np.array(front, np.intp)
