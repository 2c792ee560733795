"""A codec against the anchor: over the rates of a curve, or at the one rate it has."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from btcnet_benchmark.curves import BjontegaardDelta, RateDistortionCurve, bd_psnr, bd_rate
from btcnet_benchmark.report.results import Results

_Compare = Callable[[RateDistortionCurve, RateDistortionCurve], BjontegaardDelta]
# An interval may miss the whole by the few bytes that files stay below their targets.
_WHOLE = 0.995


@dataclass(frozen=True, kw_only=True)
class MeanDelta:
    """A Bjontegaard difference, mean over the scenes where it is defined.

    Attributes:
        value: dB or percent; None where it is defined on no scene.
        coverage: mean share, 0 to 1, of what the two curves span together; see `BjontegaardDelta`.
        scenes: how many scenes it is the mean over.
        of_scenes: how many scenes there are.
        why_undefined: the reason on the first scene without it; None if all have it.
    """

    value: float | None
    coverage: float
    scenes: int
    of_scenes: int
    why_undefined: str | None

    @property
    def is_partial(self) -> bool:
        """Whether it leaves out scenes or part of what the curves span."""
        return self.scenes < self.of_scenes or self.coverage < _WHOLE


def mean_bd_psnr(results: Results, codec: str) -> MeanDelta:
    """Mean BD-PSNR of a codec against the anchor, dB, over all rates both cover in a scene."""
    return _mean_delta(results, codec, bd_psnr)


def mean_bd_rate(results: Results, codec: str) -> MeanDelta:
    """Mean BD-rate of a codec against the anchor, percent, over all PSNR both cover in a scene."""
    return _mean_delta(results, codec, bd_rate)


def anchor_psnr(results: Results, scene: str, bpppb: float) -> float | None:
    """PSNR of the anchor on a scene at a rate between its points, dB.

    Interpolated as for BD-PSNR, piecewise cubic and monotone over the logarithm of the rate; None
    beyond the anchor's points, for nothing is extrapolated.
    """
    curve = results.curve(scene, results.anchor)
    at = np.log10(bpppb)
    if len(curve.log_rate) < 2 or not curve.log_rate[0] <= at <= curve.log_rate[-1]:
        return None
    return float(PchipInterpolator(curve.log_rate, curve.front_psnr_db)(at))


def _mean_delta(results: Results, codec: str, compare: _Compare) -> MeanDelta:
    deltas = [
        compare(results.curve(scene, results.anchor), results.curve(scene, codec))
        for scene in results.scenes
    ]
    defined = [(delta.value, delta.coverage) for delta in deltas if delta.value is not None]
    value, coverage = np.mean(defined, axis=0) if defined else (None, 0.0)
    return MeanDelta(
        value=None if value is None else float(value),
        coverage=float(coverage),
        scenes=len(defined),
        of_scenes=len(deltas),
        why_undefined=next((delta.why_undefined for delta in deltas if delta.why_undefined), None),
    )
