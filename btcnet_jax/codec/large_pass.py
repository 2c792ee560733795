"""A trial that coded all tiles of a large scene, and how near it is to what is asked."""

from dataclasses import dataclass

from btcnet_jax.codec.spool import SpooledFile, TileSpool
from btcnet_jax.codec.step_finding import Aim
from btcnet_jax.codec.target import QualityTarget
from btcnet_jax.metrics import Quality


@dataclass(frozen=True, eq=False)
class Pass:
    """A trial that coded all tiles.

    Attributes:
        file: that it made.
        spool: in which its tiles are.
        size: of the file, bytes; where some tiles were coded again and it is too large all the same, before.
        empty, finest: as of `Tried`.
        quality: of what is restored, where that was measured.
    """

    file: SpooledFile
    spool: TileSpool
    size: float
    empty: bool
    finest: bool
    quality: Quality | None = None


class QualityOfPass:
    """The aim at a quality, as `step_finding.Aim`."""

    finer = True

    def __init__(self, target: QualityTarget) -> None:
        self._target = target

    def margin(self, trial: Pass) -> float:
        """As the target counts it."""
        assert trial.quality is not None, "it was measured"
        return self._target.margin(trial.quality)


def is_better(aim: Aim[Pass], trial: Pass, other: Pass) -> bool:
    """Whether a pass is nearer to what is asked, and within it where one is."""
    one, two = aim.margin(trial), aim.margin(other)
    return one > two if two < 0 else 0 <= one < two
