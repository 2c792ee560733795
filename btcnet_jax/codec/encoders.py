"""From a scene to files of which the codec takes one: how each kind of codec goes about it.

A transform that does not depend on the rate gives one latent, and a file a level (`LevelEncoder`). One that is
found on the scene is sought together with the quantization step (`step_encoder.StepEncoder`).
"""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float64, Num

from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.target import Level, QualityTarget, Target
from btcnet_jax.codec.trials import Told, Trial, require_met
from btcnet_jax.coding.band_scales import ScaleSymbols
from btcnet_jax.config.model import require_level
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import EntropyModelId, Objective
from btcnet_jax.cost import EXTREMES, NORMALIZE, Stage, Tally, symbol_operations
from btcnet_jax.errors import ConfigError
from btcnet_jax.metrics import Quality
from btcnet_jax.parts.whole_range import WholeRange
from btcnet_jax.progress import Progress
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.lines import padded_size


class Analyzed(NamedTuple):
    """What a network's encoder makes of a scene.

    Attributes:
        latent: as `NetworkTransform.analyze` gives it, or int32 symbols of the level where steps are learned.
        scales: of the bands, where the network sees each in units of its own.
    """

    latent: Any
    scales: ScaleSymbols | None = None


class Coded(NamedTuple):
    """A scene's latent in sections.

    Attributes:
        channels: of the latent, as the header says.
        sections: all but those of the scene itself.
        objective: what was made best, as the header says.
    """

    channels: int
    sections: list[Section]
    objective: int = Objective.PSNR


Pack = Callable[[Coded], bytes]
"""Makes the file of what was coded."""
Judge = Callable[[bytes, Progress | None], Quality]
"""Restores a file and measures it against the scene; the progress is of restoring."""


class Request(NamedTuple):
    """A scene to code.

    Attributes:
        values: its samples.
        facts: what the file says of it.
        target: that the encoder has.
        pack: makes files.
        tally: counts what is computed.
        progress: called with parts of the work done and in all.
        analyzed: what the network's encoder made of the scene, where it was computed before.
        errors: of a bound, how far samples of each band may be from what they were.
        jobs: threads that code tiles.
        judge: measures files, where a quality is asked for.
        told: called with each trial of a search.
    """

    values: Num[np.ndarray, "rows cols bands"]
    facts: SceneFacts
    target: Target
    pack: Pack
    tally: Tally
    progress: Progress | None
    analyzed: Analyzed | None = None
    errors: Float64[np.ndarray, " bands"] | None = None
    jobs: int = 1
    judge: Judge | None = None
    told: Told | None = None


@runtime_checkable
class Encoder(Protocol):
    """One way from scenes to files."""

    def prepare(self, rows: int, cols: int) -> None:
        """Compile for scenes of this size."""

    def require(self, target: Target) -> None:
        """Raise ConfigError on a target that no scene could be coded for."""

    def files(self, asked: Request) -> Iterator[bytes]:
        """Files for a target, the largest first; the first within the rate is the one to take."""


@runtime_checkable
class LevelTransform(Protocol):
    """A transform that does not depend on the rate; `NetworkTransform` says what these are."""

    multiple: tuple[int, int]
    multiply_adds: float
    stride: int

    def prepare(self, rows: int, cols: int) -> None:
        """Compile for scenes of this size."""

    def analyze(self, scene: Float[np.ndarray, "rows cols bands"]) -> Any:
        """The latent of a normalized scene."""


@runtime_checkable
class LatentWriter(Protocol):
    """A latent part that writes at levels: `RangeLatent` or `LearnedLatent`."""

    levels: int
    entropy_model: EntropyModelId

    def write(self, latent: Any, level: int) -> list[Section]:
        """The sections of a latent at a level."""


class LevelEncoder:
    """One analysis of the scene, a file at each level.

    Args:
        front_end: from the scene to what the transform sees.
        transform: to the latent.
        latent: quantizer and entropy model.
        channels: of the latent.
    """

    def __init__(
        self,
        front_end: WholeRange,
        transform: LevelTransform,
        latent: LatentWriter,
        channels: int,
    ) -> None:
        self._front_end, self._transform = front_end, transform
        self._latent, self._channels = latent, channels

    def prepare(self, rows: int, cols: int) -> None:
        """Compile for scenes of this size."""
        self._transform.prepare(rows, cols)

    def require(self, target: Target) -> None:
        """Raise ConfigError on a bound, and on a level that the model lacks."""
        refuse_bound(target)
        if isinstance(target, Level):
            require_level(target.number, self._latent.levels)

    def files(self, asked: Request) -> Iterator[bytes]:
        """The file of a level; for a rate of all, the finest first; for a quality that which will do."""
        facts, levels = asked.facts, self._latent.levels
        padded = padded_size(*facts.shape[:2], self._transform.multiple)
        latent, scales = self._analyze(asked) if asked.analyzed is None else asked.analyzed
        sections = self._front_end.sections(scales)
        asked.tally.add(Stage.READING, (EXTREMES + NORMALIZE) * asked.values.size)
        pixels = math.prod(padded)
        asked.tally.add(Stage.TRANSFORM, pixels * facts.shape[2] * self._transform.multiply_adds)
        contexts = self._latent.entropy_model == EntropyModelId.CONTEXT
        symbols = pixels / self._transform.stride**2 * self._channels
        coding = symbol_operations(contexts) * symbols
        count = itertools.count(1)

        def write(level: int, of: int) -> bytes:
            if asked.progress is not None:
                asked.progress(next(count), 1 + of)
            asked.tally.add(Stage.CODING, coding)
            asked.tally.settle({Stage.CODING: coding})
            written = [*sections, *self._latent.write(latent, level)]
            return asked.pack(Coded(self._channels, written))

        if isinstance(asked.target, Level):
            yield write(asked.target.number, 1)
        elif isinstance(asked.target, QualityTarget):
            yield self._good_enough(asked, lambda level: write(level, levels.bit_length()))
        else:
            yield from (write(level, levels) for level in range(levels - 1, -1, -1))

    def _good_enough(self, asked: Request, write: Callable[[int], bytes]) -> bytes:
        """The file of the coarsest level that will do, by halving."""
        target, judge = asked.target, asked.judge
        assert isinstance(target, QualityTarget), "as `files` has seen to"
        assert judge is not None, "as `Codec.compress` has seen to"
        coarsest, enough, found, trials = 0, self._latent.levels, b"", 0
        while coarsest < enough:
            middle, trials = (coarsest + enough) // 2, trials + 1
            data = write(middle)
            quality = judge(data, None)
            if asked.told is not None:
                asked.told(Trial(trials, len(data), None, quality))
            if target.margin(quality) >= 0:
                enough, found = middle, data
            else:
                coarsest = middle + 1
        if not found:
            levels = self._latent.levels
            what = "this model" if levels == 1 else "the finest level of this model"
            require_met(target, quality, what, "or name another model")
        return found

    def _analyze(self, asked: Request) -> Analyzed:
        planes, scales = self._front_end.normalize(
            asked.values, asked.facts, self._transform.multiple
        )
        return Analyzed(self._transform.analyze(planes), scales)


def refuse_bound(target: Target) -> None:
    """Raise ConfigError on a bound."""
    if isinstance(target, Bound):
        raise ConfigError(
            "networks promise nothing of a single sample: a bound of the error (--max-error) is kept by "
            'the codec "bounded", so leave out --model'
        )
