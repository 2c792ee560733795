"""What a search for a step is for, and what is told of its trials."""

import dataclasses
import math
from collections.abc import Callable
from typing import NamedTuple, Protocol, runtime_checkable

from btcnet_jax.codec.encoded import Encoded
from btcnet_jax.codec.step_finding import Precision
from btcnet_jax.codec.target import QualityTarget
from btcnet_jax.errors import ConfigError
from btcnet_jax.metrics import Quality

# Logarithm of the share of a budget within which a trial is coded, so that its size is known, not estimated.
_NEAR = 0.02
# Of a quality, in logarithms of steps: what a trial aims at, what is near enough, and how near two trials are
# of which one is short of it; and trials after which the best will do.
_GOAL, _ENOUGH, _APART, _TRIALS = 0.006, 0.015, 0.018, 4
QUALITY_PRECISION = Precision(_TRIALS, _GOAL, _ENOUGH, math.inf, _APART, of_steps=True)
"""How near a search goes to a quality."""


class Trial(NamedTuple):
    """One trial of a search, as it is told.

    Attributes:
        number: from 1.
        file_bytes: of its file; about, where it was not coded.
        step: quantization step, in units of the scene's range; of a network None.
        quality: of the restored scene, where that is what was asked for.
    """

    number: int
    file_bytes: int
    step: float | None = None
    quality: Quality | None = None


Told = Callable[[Trial], None]
"""Called with each trial."""
Write = Callable[[Encoded], bytes]
"""Codes a trial to a file."""
Judge = Callable[[bytes], Quality]
"""Restores a file and measures it against the scene."""


@runtime_checkable
class StepAim(Protocol):
    """An aim of trials that are looked at before they are compared.

    Attributes:
        finer: as of `Aim`.
        room: bytes that symbols, levels and matrix may take; infinite where any number may.
    """

    finer: bool
    room: float

    def looked_at(self, encoded: Encoded) -> Encoded:
        """The trial, with its file or quality where that is of use."""

    def margin(self, trial: Encoded) -> float:
        """As of `Aim`."""


class BytesAim:
    """The largest file within some bytes.

    Args:
        budget: of the file.
        beside: what it takes beside symbols, levels and matrix.
        write: codes a trial; None where sizes are estimated alone.
        told: called with each trial.
    """

    finer = False

    def __init__(
        self,
        budget: int | float,
        beside: int | float = 0,
        write: Write | None = None,
        told: Told | None = None,
    ) -> None:
        self.room = max(budget - beside, 1.0)
        self._budget, self._beside, self._write = max(budget, 1.0), beside, write
        self._told, self._count, self._ratio = told, 0, 1.0

    def looked_at(self, encoded: Encoded) -> Encoded:
        """The trial, coded where it is near the budget."""
        if self._write is not None and abs(self.margin(encoded)) < _NEAR:
            encoded = self.coded(encoded)
        self._count += 1
        if self._told is not None:
            self._told(Trial(self._count, round(self._size(encoded)), encoded.step))
        return encoded

    def coded(self, encoded: Encoded) -> Encoded:
        """The trial with its file; what that takes is of use for the sizes of others."""
        assert self._write is not None, "files are made"
        data = self._write(encoded)
        self._ratio = max(len(data) - self._beside, 1) / max(encoded.size, 1)
        return dataclasses.replace(encoded, data=data)

    def margin(self, trial: Encoded) -> float:
        """Logarithm of the budget over the size."""
        return math.log(self._budget / max(self._size(trial), 1e-9))

    def _size(self, trial: Encoded) -> float:
        if trial.data is not None:
            return float(len(trial.data))
        return self._beside + self._ratio * trial.size


class QualityAim:
    """The smallest file that is good enough.

    Args:
        target: how good.
        write: codes a trial; None where none is looked at.
        judge: restores and measures it, likewise.
        told: called with each trial.
    """

    finer, room = True, math.inf

    def __init__(
        self,
        target: QualityTarget,
        write: Write | None = None,
        judge: Judge | None = None,
        told: Told | None = None,
    ) -> None:
        self.target = target
        self._write, self._judge, self._told, self._count = write, judge, told, 0

    def looked_at(self, encoded: Encoded) -> Encoded:
        """The trial, coded, restored and measured."""
        if self._write is None or self._judge is None:
            return encoded
        data = self._write(encoded)
        quality = self._judge(data)
        self._count += 1
        if self._told is not None:
            self._told(Trial(self._count, len(data), encoded.step, quality))
        return dataclasses.replace(encoded, data=data, quality=quality)

    def margin(self, trial: Encoded) -> float:
        """As the target counts it."""
        assert trial.quality is not None, "it was looked at"
        return self.target.margin(trial.quality)

    def require_met(self, trial: Encoded) -> None:
        """Refuse what the nearest trial does not reach.

        Raises:
            ConfigError: says what is the best.
        """
        assert trial.quality is not None, "it was looked at"
        instead = "or bound the error of every sample (--max-error, of which 0 is lossless)"
        require_met(self.target, trial.quality, "the finest step for this cube", instead)


def require_met(target: QualityTarget, quality: Quality, what: str, instead: str) -> None:
    """Refuse a target that is not met.

    Args:
        target: asked for.
        quality: the best there is.
        what: gives it.
        instead: what else can be done.

    Raises:
        ConfigError: says what is the best.
    """
    if target.margin(quality) < 0:
        best = target.in_words(target.figure(quality))
        raise ConfigError(
            f"{what} gives {best}, and {target} are asked for: ask for no better than that, {instead}"
        )
