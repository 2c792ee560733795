"""From a scene to files of which the codec takes one: how each kind of codec goes about it.

A transform that does not depend on the rate gives one latent, and a file a level (`level_encoder`). One that is
found on the scene for a rate is sought together with the quantization step (`StepEncoder`).
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float64, Num

from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.search_progress import SearchProgress
from btcnet_jax.codec.step_search import Encoded, StepSearch
from btcnet_jax.codec.target import Level, Rate, Target
from btcnet_jax.coding.band_scales import ScaleSymbols
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import Objective
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.cost import (
    CODE,
    COMMIT,
    EXTREMES,
    JUDGE,
    VARYING,
    Stage,
    Tally,
)
from btcnet_jax.errors import ConfigError
from btcnet_jax.parts.context_latent import ContextLatent
from btcnet_jax.parts.details import BlockDecoder
from btcnet_jax.parts.file_facts import latent_channels
from btcnet_jax.parts.goal import Effort, Goal
from btcnet_jax.parts.samples import read_samples
from btcnet_jax.progress import Progress
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.value_range import value_span

# What tiles add to the code length of symbols, about: contexts end at their borders.
_TILED = 1.006


class Analyzed(NamedTuple):
    """What a network's encoder makes of a scene.

    Attributes:
        latent: as `NetworkTransform.analyze` gives it, or int32 symbols of the level where steps are learned.
        scales: of the bands, where the network sees each in units of its own.
    """

    latent: Any
    scales: ScaleSymbols | None = None

    def at(self, level: int) -> Any:
        """What the latent part takes at a level: the same at each."""
        return self.latent


@runtime_checkable
class LevelLatent(Protocol):
    """A latent that each level rounds in its own way: `Analyzed`, or `IntegerLatent`.

    Attributes:
        scales: of the bands, where the network sees each in units of its own.
    """

    @property
    def scales(self) -> ScaleSymbols | None:
        """See above."""

    def at(self, level: int) -> Any:
        """What the latent part takes at a level."""


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


class Request(NamedTuple):
    """A scene to code.

    Attributes:
        values: its samples.
        facts: what the file says of it.
        target: a rate or a level that the encoder has.
        pack: makes files.
        tally: counts what is computed.
        progress: called with parts of the work done and in all.
        analyzed: what the network's encoder made of the scene, where it was computed before.
        errors: of a bound, how far samples of each band may be from what they were.
        jobs: threads that code tiles.
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


@runtime_checkable
class Encoder(Protocol):
    """One way from scenes to files."""

    def prepare(self, rows: int, cols: int) -> None:
        """Compile for scenes of this size."""

    def require(self, target: Target) -> None:
        """Raise ConfigError on a target that no scene could be coded for."""

    def files(self, asked: Request) -> Iterator[bytes]:
        """Files for a target, the largest first; the first within the rate is the one to take."""


class StepEncoder:
    """Transform, step and symbols sought together for a rate.

    Args:
        latent: quantizer and entropy model.
        decoder: of the files.
        objective: what they are made best for.
        effort: that it takes.

    Attributes:
        coder: of the symbols.
        objective, effort: as given.
    """

    def __init__(
        self,
        latent: ContextLatent,
        decoder: BlockDecoder,
        objective: Objective = Objective.BALANCED,
        effort: Effort = Effort.FULL,
    ) -> None:
        self._latent, self._decoder = latent, decoder
        self.objective, self.effort, self.coder = objective, effort, latent.coder

    def prepare(self, rows: int, cols: int) -> None:
        """Nothing: there is nothing to compile."""

    def require(self, target: Target) -> None:
        """Raise ConfigError on a level, and on a bound."""
        refuse_bound(target)
        if isinstance(target, Level):
            raise ConfigError("the universal codec has no levels: give a rate (--bpppb)")

    def files(self, asked: Request) -> Iterator[bytes]:
        """The largest file that is estimated to be within the rate; then smaller ones, down to the empty."""
        values, facts, target, pack, tally = asked[:5]
        progress = SearchProgress(asked.progress)
        tally.add(Stage.READING, (EXTREMES + VARYING) * values.size)
        if not facts.varying.any():
            yield pack(Coded(latent_channels(1), []))
            return
        assert isinstance(target, Rate), "as `require` has seen to"
        budget = target.file_bytes(values.size)
        samples = read_samples(values, facts, tally)
        tiles = self._latent.grid(*samples.grid)
        room = float(budget - len(pack(self._empty(*samples.grid))))
        zero = samples.mean + lowest_value(facts)
        goal = Goal(self.objective, good_bands(facts), zero, self.effort)
        loss = _TILED if tiles.count > 1 else 1.0
        tile = (tiles.tile_rows, tiles.tile_cols) if tiles.count > 1 else None
        search = StepSearch(self._latent.coder, samples, room, tally, progress, goal, loss, tile)
        encoded, excess = search.encode(), 1.0
        while True:
            coded = self._coded(encoded, progress.coding(), asked.jobs)
            matrix = encoded.operations[Stage.MATRIX]
            if (gains := self.gains(encoded, samples.held)) is not None:
                coded.sections.append(gains)
                network = self._decoder.operations(encoded.symbols[0, 0].size)
                tally.add(Stage.MATRIX, network)
                matrix += network
            data = pack(coded)
            progress.finish()
            coding = encoded.symbols.size * (JUDGE + COMMIT + CODE)
            tally.add(Stage.CODING, coding)
            tally.settle({**encoded.operations, Stage.CODING: coding, Stage.MATRIX: matrix})
            yield data
            if encoded.empty:
                return
            # Sizes before coding are estimates: a file that turns out too large is made anew.
            excess *= max(len(data) / max(budget, 1), 1.005)
            encoded = search.attempt(encoded.step * excess)

    def _coded(self, encoded: Encoded, progress: Progress, jobs: int) -> Coded:
        first, *rest = self._latent.write(encoded.symbols, encoded.levels, progress, jobs)
        sections = [first, Section(SectionKind.ADAPTIVE_BASIS, encoded.basis), *rest]
        return Coded(latent_channels(len(encoded.symbols)), sections, self.objective)

    @property
    def _has_gains(self) -> bool:
        """Of components of bands weighted less than for PSNR, as they were in the network's training."""
        return self.objective in (Objective.RMSE, Objective.SAM)

    def gains(self, encoded: Encoded, held: Bool[np.ndarray, "rows cols"] | None) -> Section | None:
        """The section DETAIL_GAINS; None where files have none.

        Args:
            encoded: a scene, or some of it.
            held: its blocks that hold data; None for all.
        """
        if not self._has_gains:
            return None
        symbols = encoded.symbols
        per_step = self._latent.coder.per_step
        wanted = encoded.coefficients[: len(symbols)] / np.float32(encoded.step / per_step)
        return self._decoder.gains(symbols, wanted, held, per_step)

    def _empty(self, rows: int, cols: int) -> Coded:
        """Of a file without a single symbol: what the parts that are sought have to leave room for."""
        kinds = [
            SectionKind.ADAPTIVE_BASIS,
            *([SectionKind.DETAIL_GAINS] if self._has_gains else []),
        ]
        sections = [*self._latent.empty(rows, cols), *(Section(kind, b"") for kind in kinds)]
        return Coded(latent_channels(1), sections, self.objective)


def refuse_bound(target: Target) -> None:
    """Raise ConfigError on a bound, which no transform keeps."""
    if isinstance(target, Bound):
        raise ConfigError(
            "networks promise nothing of a single sample: a bound of the error (--max-error) is kept by "
            'the codec "bounded", so leave out --model'
        )


def lowest_value(facts: SceneFacts) -> float:
    """The scene's least value, in units of its range."""
    return float(facts.value_range.minimum) / value_span(facts.value_range)


def good_bands(facts: SceneFacts) -> Bool[np.ndarray, " varying"] | None:
    """Of the varying bands, those that the scene's list does not call bad; None where it has none."""
    return None if facts.good is None else facts.good[facts.varying]
