"""Finds the quantization step whose file is the largest within a size, in few trials."""

import math
from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

# The size falls about with this power of the step.
_POWER, _POWERS = 0.9, (0.3, 2.5)
# Far more than lead from any step to one at which every symbol is zero.
_MOST = 60


@runtime_checkable
class Sized(Protocol):
    """A trial of coding."""

    @property
    def size(self) -> float:
        """Bytes, nearly."""

    @property
    def empty(self) -> bool:
        """True where nothing is left to save."""


T = TypeVar("T", bound=Sized)


class Precision(NamedTuple):
    """How near the budget a search goes.

    Attributes:
        precision: how many trials to make, and how near to go.
        aim: share of the budget that a trial aims at.
        enough: share that is near enough.
        poor: share below which twice as many trials are worth their time.
    """

    trials: int
    aim: float = 0.994
    enough: float = 0.985
    poor: float = 0.972


def find_step(
    attempt: Callable[[float], T], start: float, budget: float, precision: Precision
) -> tuple[float, T]:
    """The finest step found whose trial is within a budget.

    Args:
        attempt: makes a trial with a step; the finer the step, the larger it is, nearly.
        start: a first step.
        budget: bytes that a trial may take.
        precision: how many trials to make, and how near to go.

    Returns:
        Step and trial; where no trial can be within the budget, the last, which is empty.
    """
    search, step = _Search[T](budget, precision), start
    for count in range(1, _MOST):
        trial = attempt(step)
        search.enter(step, trial)
        if trial.empty or search.is_over(count):
            break
        step = search.next_step(hurry=count >= precision.trials)
    return search.fitting or (step, trial)


class _Search(Generic[T]):
    """The nearest trials on both sides of the budget."""

    def __init__(self, budget: float, precision: Precision) -> None:
        self._budget, self._precision = budget, precision
        self.fitting: tuple[float, T] | None = None
        self._larger: tuple[float, T] | None = None
        self._tried: list[tuple[float, float]] = []

    def is_over(self, count: int) -> bool:
        """Whether the best of so many trials will do."""
        fill = self.fitting[1].size / self._budget if self.fitting else 0.0
        trials, _, enough, poor = self._precision
        least = enough if count < trials else poor if count < 2 * trials else 1e-300
        return fill >= least

    def enter(self, step: float, trial: T) -> None:
        self._tried.append((step, trial.size))
        if trial.size > self._budget:
            self._larger = step, trial
        elif self.fitting is None or trial.size > self.fitting[1].size:
            self.fitting = step, trial

    def next_step(self, *, hurry: bool) -> float:
        """Where the size should be what is aimed at, by the two nearest trials."""
        step, size = self._tried[-1]
        power = _POWER
        if len(self._tried) > 1:
            (other, before), ratio = self._tried[-2], 0.0
            if other != step:
                ratio = -math.log(size / before) / math.log(step / other)
            power = min(max(ratio, _POWERS[0]), _POWERS[1])
        factor = (size / (self._precision.aim * self._budget)) ** (1 / power)
        if self._larger and hurry:
            factor = max(factor, 1.02) ** 2
        return self._between(step * factor)

    def _between(self, step: float) -> float:
        """The step, kept off those that are known to be too fine and too coarse."""
        low = self._larger[0] if self._larger else 0.0
        high = self.fitting[0] if self.fitting else math.inf
        if low < high < math.inf and not low < step < high:
            return math.sqrt(max(low, 1e-9 * high) * high)
        return step
