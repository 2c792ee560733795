"""The measurements of a benchmark by scene, codec and rate, and each codec against the anchor."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from btcnet_benchmark.curves import BjontegaardDelta, RateDistortionCurve, bd_psnr, bd_rate
from btcnet_benchmark.sweep.measurement import Measurement
from btcnet_jax.errors import DataError

# Files are at most the target where there is such a file; rounding may add a few bytes.
_TOO_LARGE = 1.02
_Compare = Callable[[RateDistortionCurve, RateDistortionCurve], BjontegaardDelta]
# An interval may miss the whole by the few bytes that files stay below their targets.
_WHOLE = 0.995


class Results:
    """Measurements in order, and what a report asks of them.

    Args:
        measurements: at least one, none of a bound; of two of one scene, codec and target the later counts.
        anchor: name of the codec the others are compared with.
        picture_bpppb: rate, in bpppb, whose nearest target is shown in pictures.

    Attributes:
        all: the measurements, by scene, codec (both in the order they first appear in) and target.
        scenes, codecs: names, in the order they first appear in; the anchor is the first codec.
        targets: rates asked for, rising; empty if every codec has a fixed rate.
        anchor: as given.
        picture_target: the target nearest `picture_bpppb`; None without targets.

    Raises:
        DataError: no measurement, or none of the anchor.
    """

    def __init__(
        self, measurements: Sequence[Measurement], *, anchor: str, picture_bpppb: float
    ) -> None:
        by_key = {(m.scene, m.codec, m.target_bpppb): m for m in measurements}
        self.scenes = list(dict.fromkeys(scene for scene, _, _ in by_key))
        names = list(dict.fromkeys(codec for _, codec, _ in by_key))
        if anchor not in names:
            known = ", ".join(names) or "no codec at all"
            raise DataError(f"no measurement of the anchor {anchor}; name one of: {known}")
        self.anchor = anchor
        self.codecs = sorted(names, key=lambda name: name != anchor)
        self.targets = sorted({float(target) for _, _, target in by_key if target is not None})
        self.picture_target = min(
            self.targets, key=lambda target: abs(math.log(target / picture_bpppb)), default=None
        )
        scene_place = {name: index for index, name in enumerate(self.scenes)}
        codec_place = {name: index for index, name in enumerate(self.codecs)}
        self.all = sorted(
            by_key.values(),
            key=lambda m: (scene_place[m.scene], codec_place[m.codec], m.target_bpppb or 0.0),
        )
        self._by_key = by_key

    def at(self, scene: str, codec: str, target: float | None) -> Measurement | None:
        """The measurement, unless there is none or the codec could not take the scene."""
        found = self._by_key.get((scene, codec, target))
        return None if found is None or found.failed is not None else found

    def pictured(self, scene: str, codec: str) -> Measurement | None:
        """The codec's measurement at the rate of the pictures, or at the only rate it has."""
        found = self.at(scene, codec, self.picture_target) if self.picture_target else None
        return found or self.at(scene, codec, None)

    def of(self, scene: str, codec: str) -> list[Measurement]:
        """The codec's measurements of the scene that did not fail, by rising target."""
        found = [m for m in self.all if (m.scene, m.codec) == (scene, codec)]
        return [m for m in found if m.failed is None]

    def has_curve(self, codec: str) -> bool:
        """Whether the codec was asked for rates, so that its points make a curve."""
        return any(m.codec == codec and m.target_bpppb is not None for m in self.all)

    @property
    def curved(self) -> list[str]:
        """The codecs that were asked for rates."""
        return [codec for codec in self.codecs if self.has_curve(codec)]

    @property
    def fixed(self) -> list[str]:
        """The codecs of one fixed rate."""
        return [codec for codec in self.codecs if not self.has_curve(codec)]

    def curve(self, scene: str, codec: str) -> RateDistortionCurve:
        """Rate and PSNR of the codec on the scene; restorations without error have no place."""
        usable = [
            m for m in self.of(scene, codec) if m.bpppb and (is_exact(m) or finite([m.psnr_db]))
        ]
        return RateDistortionCurve([m.bpppb or 0.0 for m in usable], [m.psnr_db for m in usable])

    def mean(
        self, codec: str, target: float | None, figure: Callable[[Measurement], float | None]
    ) -> tuple[float | None, int]:
        """Mean of a figure over the scenes that have a finite one, and how many these are."""
        found = [self.at(scene, codec, target) for scene in self.scenes]
        values = finite(figure(m) for m in found if m is not None)
        return mean_of(values), len(values)


def meets_target(measurement: Measurement) -> bool:
    """Whether the file is not larger than asked for; codecs of a fixed rate were not asked."""
    asked, got = measurement.target_bpppb, measurement.bpppb
    return asked is None or got is None or got <= _TOO_LARGE * asked


def finite(values: Iterable[float | int | None]) -> list[float]:
    """What is left without None, NaN and infinity."""
    return [float(value) for value in values if value is not None and math.isfinite(value)]


def mean_of(values: Iterable[float | int | None]) -> float | None:
    """Mean of the finite values; None without any."""
    known = finite(values)
    return float(np.mean(known)) if known else None


def is_exact(measurement: Measurement) -> bool:
    """Whether the scene was restored without any error, so that it has no finite PSNR."""
    return measurement.max_error == 0 or measurement.psnr_db == math.inf


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
