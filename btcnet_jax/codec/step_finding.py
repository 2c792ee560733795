"""Finds the quantization step of the trial that just does what is asked for, in few trials.

One search for all aims: how much a trial has to spare of what is asked (`Aim.margin`) is nearly linear in
the logarithm of the step, or runs nearly alongside what is expected before any trial. So each next step is
where the expected course, moved and stretched to lead through the nearest trials, leaves a little to spare.
"""

import math
from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

# The size falls about with this power of the step; and how far one may be off, of a course that is expected.
_POWER, _SLOPES = 0.9, (0.4, 2.2)
# Logarithms of steps at which a course is looked at, and the farthest that a search moves at once.
_GRID, _FARTHEST = 0.1, 6.0
# Far more than lead from any step to one at which every symbol is zero.
_MOST = 60
# Of the steps between two trials, what is kept off either; and the least that a search moves at once.
_EDGE, _LEAST = 0.04, 0.002
# How much more than usual the last trial is to spare: if it is short, all that it was made for is given away;
# and of what the best so far spares a share at most, for the nearer that is, the less is given away.
_SAFE, _LEFT = 3, 1 / 3


@runtime_checkable
class Tried(Protocol):
    """A trial of coding."""

    @property
    def empty(self) -> bool:
        """True where a coarser step changes nothing."""

    @property
    def finest(self) -> bool:
        """True where a finer one does not."""


T = TypeVar("T", bound=Tried)
_Placed = tuple[float, float]
T_contra = TypeVar("T_contra", bound=Tried, contravariant=True)


@runtime_checkable
class Aim(Protocol[T_contra]):
    """What is asked of a trial.

    Attributes:
        finer: whether finer steps have more to spare, as of a quality; those of a size have less.
    """

    finer: bool

    def margin(self, trial: T_contra) -> float:
        """What the trial has to spare: 0 is just what is asked, less is not enough."""


class Precision(NamedTuple):
    """How near a search goes to what is asked.

    Attributes:
        trials: to make, at most, where one of them is not poor.
        goal: margin that a trial aims at.
        enough: margin that is near enough.
        poor: margin above which twice as many trials are worth their time.
        apart: logarithm of the steps of two trials between which nothing more is sought.
        of_steps: whether goal and what is enough are logarithms of steps instead, which the margins of trials
            make margins: where these hardly grow with finer steps, a small one is much of a step.
    """

    trials: int
    goal: float
    enough: float
    poor: float
    apart: float = 0.0
    of_steps: bool = False

    def is_last(self, count: int) -> bool:
        """Whether one more trial is the last one for certain, after so many."""
        return self.poor == math.inf and count == self.trials - 1

    @classmethod
    def of_shares(cls, trials: int, goal: float, enough: float, poor: float) -> "Precision":
        """Of shares of a size, 0 to 1, in place of margins."""
        return cls(trials, -math.log(goal), -math.log(enough), -math.log(poor))


class Budget:
    """A size that is not to be exceeded, of trials that have one; margins are logarithms of its shares."""

    finer = False

    def __init__(self, size: int | float) -> None:
        self._size = size

    def margin(self, trial: "Sized") -> float:
        """How far the size is below."""
        return math.log(self._size / max(trial.size, 1e-9))


@runtime_checkable
class Sized(Tried, Protocol):
    """A trial that has a size."""

    @property
    def size(self) -> float:
        """Bytes, nearly."""


class Course:
    """The margin that is expected of steps, up to a constant, by places that grow with it.

    Args:
        expected: the margin of a step; None for that of sizes.
        finer: as of the aim.
    """

    def __init__(
        self, expected: Callable[[float], float] | None = None, *, finer: bool = False
    ) -> None:
        self._turn = -1.0 if finer else 1.0
        self._expected, self._known = expected, dict[int, float]()

    def place(self, step: float) -> float:
        """Of a step: its logarithm, turned so that the margin grows with it."""
        return self._turn * math.log(step)

    def step(self, place: float) -> float:
        """The step of a place."""
        return math.exp(self._turn * place)

    def __call__(self, place: float) -> float:
        """The margin of a place."""
        if self._expected is None:
            return _POWER * place
        below = math.floor(place / _GRID)
        for number in (below, below + 1):
            if number not in self._known:
                self._known[number] = self._expected(self.step(number * _GRID))
        share = place / _GRID - below
        return (1 - share) * self._known[below] + share * self._known[below + 1]

    def slope(self, place: float) -> float:
        """By how much the margin grows there with the logarithm of the step, in magnitude."""
        return max((self(place + _GRID) - self(place - _GRID)) / (2 * _GRID), 1e-6)

    def place_of(self, margin: float, start: float) -> float:
        """Where a margin is expected, from a place on; no farther than a search moves at once."""
        low, high = sorted((start, start + math.copysign(_FARTHEST, margin - self(start))))
        # Grid places from the start on, so that no more of them are looked at than must be.
        way = _GRID if low == start else -_GRID
        ahead = start
        while low <= ahead + way <= high and (self(ahead + way) < margin) == (way > 0):
            ahead += way
        low, high = sorted((ahead, min(max(ahead + way, low), high)))
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if self(middle) < margin else (low, middle)
        return (low + high) / 2


def find_step(
    attempt: Callable[[float], T],
    start: float,
    aim: Aim[T],
    precision: Precision,
    course: Course | None = None,
) -> T:
    """The trial found that has least to spare of what is asked.

    Args:
        attempt: makes a trial with a step.
        start: a first step.
        aim: what is asked.
        precision: how many trials to make, and how near to go.
        course: margins that are expected of steps; None for those of sizes.

    Returns:
        The trial; where none can do what is asked, the one that comes nearest.
    """
    course = course or Course(finer=aim.finer)
    search, place = _Search[T](aim, precision, course), course.place(start)
    for count in range(1, _MOST):
        trial = attempt(course.step(place))
        search.enter(place, trial)
        if search.is_over(count):
            break
        place = search.next_place(hurry=count >= precision.trials)
    return search.best


class _Search(Generic[T]):
    """Trials and their places: margins grow with these."""

    def __init__(self, aim: Aim[T], precision: Precision, course: Course) -> None:
        self._aim, self._precision, self._course = aim, precision, course
        self._tried: list[tuple[float, T]] = []

    @property
    def best(self) -> T:
        """The nearest that does what is asked, or comes nearest to it; of equals that of the lowest place.

        Where a scene comes back without any error, all finer steps are as good, and only take more bytes.
        """
        placed = [(self._margin(trial), place, trial) for place, trial in self._tried]
        doing = [each for each in placed if each[0] >= 0]
        if doing:
            return min(doing, key=lambda each: each[:2])[2]
        return max((trial for _, trial in self._tried), key=self._margin)

    def enter(self, place: float, trial: T) -> None:
        self._tried.append((place, trial))

    def is_over(self, count: int) -> bool:
        """Whether the best of so many trials will do, or no other could do better."""
        trials, _, enough, poor, apart, _ = self._precision
        enough *= self._per_step()
        margin, last = self._margin(self.best), self._tried[-1][1]
        if 0 <= margin <= (enough if count < trials else poor if count < 2 * trials else math.inf):
            return True
        low, high = self._around()
        if low and high and high[0] - low[0] <= apart:
            return True
        to_finer = (self._margin(last) >= 0) != self._aim.finer
        return last.finest if to_finer else last.empty

    def next_place(self, *, hurry: bool) -> float:
        """Where the margin should be what is aimed at, by the nearest trials."""
        low, high = self._around()
        goal = self._precision.goal * self._per_step()
        last = self._precision.is_last(len(self._tried))
        if low and high:
            # Where the course leads astray, halving does not.
            return self._between(low, high, goal, hurry=hurry and len(self._tried) % 2 == 0)
        if low:
            # The longer it takes, the more is given away; and the farther the last trial has to go.
            more = min((_SAFE - 1) * goal, -2 * low[1]) if last else 0.0
            return self._beyond(low, goal * (2 ** len(self._tried) if hurry else 1) + more)
        assert high is not None, "there is a trial"
        return self._beyond(high, goal)

    def _around(self) -> tuple[_Placed | None, _Placed | None]:
        """The farthest trial that is short of what is asked, and the nearest beyond it that is not."""
        known = [(place, self._margin(trial)) for place, trial in self._tried]
        low = max((each for each in known if each[1] < 0), default=None)
        spare = (each for each in known if each[1] >= 0 and (low is None or each > low))
        return low, min(spare, default=None)

    def _between(self, low: _Placed, high: _Placed, goal: float, *, hurry: bool) -> float:
        """A place between one whose margin is short and one that has some to spare."""
        if hurry:
            return (low[0] + high[0]) / 2
        last = self._precision.is_last(len(self._tried))
        goal = min(_SAFE * goal, high[1] * _LEFT) if last else min(goal, high[1] / 2)
        # Along the expected course, stretched to lead through both.
        course, share = self._course, (goal - low[1]) / (high[1] - low[1])
        aimed = (1 - share) * course(low[0]) + share * course(high[0])
        share = (course.place_of(aimed, low[0]) - low[0]) / (high[0] - low[0])
        return low[0] + min(max(share, _EDGE), 1 - _EDGE) * (high[0] - low[0])

    def _per_step(self) -> float:
        """What goal and enough are of a margin: where they are of steps, by the nearest trials."""
        if not self._precision.of_steps:
            return 1.0
        low, high = self._around()
        if low and high:
            return (high[1] - low[1]) / (high[0] - low[0])
        return self._course.slope(self._tried[-1][0]) * self._stretch()

    def _beyond(self, last: _Placed, wanted: float) -> float:
        """A place on the other side of all trials."""
        place, missing = last[0], (wanted - last[1]) / self._stretch()
        found = self._course.place_of(self._course(place) + missing, place)
        return found if abs(found - place) > _LEAST else place + math.copysign(_LEAST, missing)

    def _stretch(self) -> float:
        """How much steeper margins are than expected, by the last two trials."""
        if len(self._tried) < 2:
            return 1.0
        (before, first), (place, last) = self._tried[-2:]
        expected = self._course(place) - self._course(before)
        if abs(place - before) < _LEAST / 2 or abs(expected) < 1e-9:
            return 1.0
        seen = (self._margin(last) - self._margin(first)) / expected
        return min(max(seen, _SLOPES[0]), _SLOPES[1])

    def _margin(self, trial: T) -> float:
        return self._aim.margin(trial)
