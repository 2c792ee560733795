"""The universal codec's encoder: transform, step and symbols sought together."""

import functools
import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool

from btcnet_jax.codec.encoded import Encoded
from btcnet_jax.codec.encoders import Coded, Request, refuse_bound
from btcnet_jax.codec.search_progress import SearchProgress
from btcnet_jax.codec.step_search import StepSearch
from btcnet_jax.codec.target import Level, QualityTarget, Rate, Target
from btcnet_jax.codec.tile_coding import Details, Values
from btcnet_jax.codec.trials import BytesAim, QualityAim, Write
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import Objective
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.cost import CODE, COMMIT, EXTREMES, JUDGE, VARYING, Stage, Tally
from btcnet_jax.errors import ConfigError
from btcnet_jax.parts.context_latent import ContextLatent
from btcnet_jax.parts.details import BlockDecoder
from btcnet_jax.parts.file_facts import latent_channels
from btcnet_jax.parts.goal import Effort, Goal
from btcnet_jax.parts.quantization import optimize
from btcnet_jax.parts.samples import Samples, read_samples
from btcnet_jax.progress import Progress
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.value_range import value_span

# By how much at least a step is made coarser where a file is too large.
_COARSER = 1.005
# Of a step at which every symbol is zero, how often at most it is halved for the means' sake.
_HALVES = 12


class StepEncoder:
    """Transform, step and symbols sought together, for a rate or a quality.

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
        """The largest file within the rate, or the smallest that is good enough; where none is, the nearest."""
        values, facts, tally = asked.values, asked.facts, asked.tally
        progress = SearchProgress(asked.progress)
        tally.add(Stage.READING, (EXTREMES + VARYING) * values.size)
        if not facts.varying.any():
            yield asked.pack(Coded(latent_channels(1), []))
            return
        samples = read_samples(values, facts, tally)
        tiles = self._latent.grid(*samples.grid)
        zero = samples.mean + lowest_value(facts)
        goal = Goal(self.objective, good_bands(facts), zero, self.effort)
        tile = (tiles.tile_rows, tiles.tile_cols) if tiles.count > 1 else None

        def write(encoded: Encoded) -> bytes:
            return self._written(encoded, asked, samples, progress)

        aim = self._aim(asked, len(asked.pack(self._empty(*samples.grid))), write, progress)
        details = self._counted(tally, self._details(tiles.count))
        given = aim, tally, progress, goal, tile
        choose = functools.partial(optimize, jobs=asked.jobs)
        search = StepSearch(self.coder, samples, *given, details=details, quantize=choose)
        encoded = search.encode()
        if isinstance(aim, BytesAim):
            encoded = _within(search, aim, encoded)
        assert encoded.data is not None, "it was coded"
        progress.finish()
        tally.settle(self._operations(encoded, minds=details is not None))
        if isinstance(aim, QualityAim):
            aim.require_met(encoded)
        yield encoded.data

    def _aim(
        self, asked: Request, beside: int, write: Write, progress: SearchProgress
    ) -> BytesAim | QualityAim:
        target = asked.target
        if isinstance(target, Rate):
            budget = target.file_bytes(asked.values.size)
            return BytesAim(budget, beside, write, asked.told)
        assert isinstance(target, QualityTarget), "as `require` has seen to"
        judge = asked.judge
        assert judge is not None, "as `Codec.compress` has seen to"
        return QualityAim(target, write, lambda data: judge(data, progress.restoring()), asked.told)

    def _written(
        self, encoded: Encoded, asked: Request, samples: Samples, progress: SearchProgress
    ) -> bytes:
        """The file of a trial."""
        coded = self._coded(encoded, progress.coding(), asked.jobs)
        if (gains := self.gains(encoded, samples.held)) is not None:
            coded.sections.append(gains)
            asked.tally.add(Stage.MATRIX, self._network(encoded))
        asked.tally.add(Stage.CODING, _coding(encoded))
        return asked.pack(coded)

    def _operations(self, encoded: Encoded, *, minds: bool) -> dict[Stage, float]:
        """Of what trials repeat, what the one took that is the file."""
        own = {**encoded.operations, Stage.CODING: _coding(encoded)}
        if minds:
            own[Stage.QUANTIZATION] += self._network(encoded)
        if self._has_gains:
            own[Stage.MATRIX] += self._network(encoded)
        return own

    def _network(self, encoded: Encoded) -> float:
        return self._decoder.operations(encoded.packed[0, 0].size)

    def _coded(self, encoded: Encoded, progress: Progress, jobs: int) -> Coded:
        first, *rest = self._latent.write(encoded.symbols, encoded.levels, progress, jobs)
        sections = [first, Section(SectionKind.ADAPTIVE_BASIS, encoded.basis), *rest]
        return Coded(latent_channels(len(encoded.packed)), sections, self.objective)

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

    def _counted(self, tally: Tally, details: Details | None) -> Details | None:
        """Details, with the network's operations counted."""
        if details is None:
            return None

        def count(values: Values, held: Bool[np.ndarray, "rows cols"] | None) -> Values:
            tally.add(Stage.QUANTIZATION, self._decoder.operations(values[0, 0].size))
            return details(values, held)

        return count

    def _details(self, tiles: int) -> Details | None:
        """What the decoder will add to symbols of a scene of so many tiles, where the effort is worth it."""
        minds = self.effort == Effort.MOST or (self.effort == Effort.FULL and tiles == 1)
        if not (minds and self._decoder.restores):
            return None
        per_step = self.coder.per_step
        return functools.partial(self._decoder.foreseen, per_step=per_step, gains=self._has_gains)

    def _empty(self, rows: int, cols: int) -> Coded:
        """Of a file without a single symbol: what the parts that are sought have to leave room for."""
        kinds = [
            SectionKind.ADAPTIVE_BASIS,
            *([SectionKind.DETAIL_GAINS] if self._has_gains else []),
        ]
        sections = [*self._latent.empty(rows, cols), *(Section(kind, b"") for kind in kinds)]
        return Coded(latent_channels(1), sections, self.objective)


def _within(search: StepSearch, aim: BytesAim, encoded: Encoded) -> Encoded:
    """The trial with its file; a coarser one where that is above the budget after all, or the empty one."""
    factor = 1.0
    while True:
        if encoded.data is None:
            encoded = aim.coded(encoded)
        margin = aim.margin(encoded)
        if margin >= 0:
            return encoded
        if encoded.empty:
            return _with_means(search, aim, encoded)
        factor *= max(math.exp(-margin), _COARSER)
        encoded = search.attempt(encoded.step * factor)


def _with_means(search: StepSearch, aim: BytesAim, empty: Encoded) -> Encoded:
    """Of files without a symbol one as small, of a finer step: bands' means, all it holds, are told in that."""
    for _ in range(_HALVES):
        finer = search.attempt(empty.step / 2)
        if not finer.empty:
            break
        finer = finer if finer.data is not None else aim.coded(finer)
        if len(finer.data or b"") > len(empty.data or b""):
            break
        empty = finer
    return empty


def _coding(encoded: Encoded) -> float:
    """Operations of coding the symbols."""
    return float(encoded.packed.size * (JUDGE + COMMIT + CODE))


def lowest_value(facts: SceneFacts) -> float:
    """The scene's least value, in units of its range."""
    return float(facts.value_range.minimum) / value_span(facts.value_range)


def good_bands(facts: SceneFacts) -> Bool[np.ndarray, " varying"] | None:
    """Of the varying bands, those that the scene's list does not call bad; None where it has none."""
    return None if facts.good is None else facts.good[facts.varying]
