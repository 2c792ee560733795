"""The trial of highest PSNR that fits a number of bytes: how many components, and how fine."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from btcnet_benchmark.codecs.jpeg2000 import MAX_LEVEL, MIN_LEVEL
from btcnet_benchmark.codecs.klt_trial import SceneAnalysis, Trial
from btcnet_jax.codec.step_finding import Aim, Budget, Precision, find_step

_LADDER = (0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128, 192, 256)
_FIRST_LEVEL = 60.0
# A level is a quality in decibels: so much for a tenth of the step.
_DECIBELS = 20.0
# Nearer than the codec's own search goes, so that the peer is not the worse for it.
_PRECISION = Precision.of_shares(9, goal=0.9985, enough=0.997, poor=0.99)


def search_components(analysis: SceneAnalysis, budget: int, start: int) -> Trial:
    """The best trial within the budget.

    Climbs from `start` along a ladder of numbers of components: too few lose what they leave out,
    too many spend bytes on the basis, so PSNR has one maximum but for the unevenness of sizes.

    Args:
        analysis: the scene.
        budget: bytes that the trial may take.
        start: a guess of the number of components.

    Returns:
        The trial of highest mean PSNR over bands; the one without components if none fits.
    """
    climb = _Climb(analysis, budget)
    at = int(np.abs(np.array(climb.ladder) - start).argmin())
    while climb.score(at + 1) > climb.score(at):
        at += 1
    # Components that the stream leaves empty change nothing: the fewest of equal trials are best.
    # Where no trial fits, all are equal: so this leads down to one that does.
    while at > 0 and climb.score(at - 1) >= climb.score(at):
        at -= 1
    return climb.trials[at]


class _Climb:
    """Trials at the steps of the ladder, each made once, and their scores."""

    def __init__(self, analysis: SceneAnalysis, budget: int) -> None:
        self._analysis, self._budget = analysis, budget
        self.ladder = [count for count in _LADDER if count <= analysis.max_components]
        self.trials: dict[int, Trial] = {}
        self._scores = {-1: -np.inf, len(self.ladder): -np.inf}
        self._level = _FIRST_LEVEL

    def score(self, step: int) -> float:
        """Mean PSNR of the best trial at a step, in dB above some level; -inf where none fits."""
        if step not in self._scores:
            trial, self._level = fill(self._analysis, self.ladder[step], self._budget, self._level)
            fits = trial.size <= self._budget
            self.trials[step] = trial
            self._scores[step] = _mean_psnr(self._analysis.band_mse(trial)) if fits else -np.inf
        return self._scores[step]


def fill(
    analysis: SceneAnalysis, components: int, budget: int, guess: float
) -> tuple[Trial, float]:
    """The finest trial within the budget, and its level; the coarsest one if none fits.

    Args:
        analysis: the scene.
        components: how many.
        budget: bytes that the trial may take.
        guess: level to start from.
    """
    if components == 0:
        return analysis.try_coding(0, guess), guess

    def attempt(step: float) -> _Leveled:
        level = float(np.clip(-_DECIBELS * math.log10(step), MIN_LEVEL, MAX_LEVEL))
        trial = analysis.try_coding(components, level)
        # At an end of the levels nothing is left to try.
        return _Leveled(trial, level, trial.size, level == MIN_LEVEL, level == MAX_LEVEL)

    aim: Aim[_Leveled] = Budget(max(budget, 1))
    found = find_step(attempt, 10 ** (-guess / _DECIBELS), aim, _PRECISION)
    return found.trial, found.level


class _Leveled(NamedTuple):
    """A trial and its level; see `step_finding.Sized`."""

    trial: Trial
    level: float
    size: float
    empty: bool
    finest: bool


def _mean_psnr(mse: Float64[np.ndarray, " bands"]) -> float:
    """Mean over bands of PSNR, less a part that is the scene's own; finite for exact bands too."""
    return float(-10 * np.log10(np.maximum(mse, 1e-30)).mean())
