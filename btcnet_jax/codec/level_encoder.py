"""From a scene to files, by a transform that does not depend on the rate: one latent, a file a level."""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Num

from btcnet_jax.codec.encoders import Analyzed, Coded, LevelLatent, Request, refuse_bound
from btcnet_jax.codec.target import Level, QualityTarget, Target
from btcnet_jax.codec.trials import Trial, require_met
from btcnet_jax.config.model import require_level
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import EntropyModelId
from btcnet_jax.cost import EXTREMES, NORMALIZE, Stage, symbol_operations
from btcnet_jax.parts.whole_range import WholeRange
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.lines import padded_size


@runtime_checkable
class SceneTransform(Protocol):
    """A transform from samples on, for some scenes: `IntegerTransform`."""

    def takes(self, facts: SceneFacts) -> bool:
        """Whether it does of a scene."""

    def analyze(self, values: Num[np.ndarray, "rows cols bands"], facts: SceneFacts) -> LevelLatent:
        """The latent of a scene that it takes."""


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
        integers: the same transform in integers, for the scenes that it takes; None where there is none.
    """

    def __init__(
        self,
        front_end: WholeRange,
        transform: LevelTransform,
        latent: LatentWriter,
        channels: int,
        integers: SceneTransform | None = None,
    ) -> None:
        self._front_end, self._transform = front_end, transform
        self._latent, self._channels = latent, channels
        self._integers = integers

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
        known = asked.analyzed
        analyzed: LevelLatent = self._analyze(asked) if known is None else known
        sections = self._front_end.sections(analyzed.scales)
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
            written = [*sections, *self._latent.write(analyzed.at(level), level)]
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

    def _analyze(self, asked: Request) -> LevelLatent:
        if self._integers is not None and self._integers.takes(asked.facts):
            return self._integers.analyze(asked.values, asked.facts)
        planes, scales = self._front_end.normalize(
            asked.values, asked.facts, self._transform.multiple
        )
        return Analyzed(self._transform.analyze(planes), scales)
