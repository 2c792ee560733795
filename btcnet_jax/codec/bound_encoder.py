"""From a scene to the one file that keeps a bound of every sample's error."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from jaxtyping import Int64

from btcnet_jax.codec.base_encoder import BaseEncoder, CodedBase
from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.bound_cost import coding_operations
from btcnet_jax.codec.encoders import Coded, Request
from btcnet_jax.codec.search_progress import PassProgress
from btcnet_jax.codec.target import Target
from btcnet_jax.coding.bounded.arrays import LANES
from btcnet_jax.coding.bounded.coder import TileWriter, start_tile
from btcnet_jax.coding.context import ContextCoder
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import EntropyModelId
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.cost import EXTREMES, VARYING, Stage, Tally
from btcnet_jax.errors import ConfigError, FileFormatError
from btcnet_jax.parallel import in_order
from btcnet_jax.parts.bounded_samples import BoundedLatent
from btcnet_jax.parts.bounded_tiles import CodeTiles
from btcnet_jax.parts.bounds import BandBounds
from btcnet_jax.parts.file_facts import latent_channels
from btcnet_jax.parts.goal import Effort
from btcnet_jax.progress import Progress

# Tiles that are coded with and without a base before all are coded as came out smaller.
_PROBES = 4
# Samples of a scene of which half the tiles are probes at most, and without a base coded to their first bands,
# one of so many, only where these tell that they would be larger; of one tile it has two lanes, which take half
# a kilobyte.
_LARGE, _FIRST = 1 << 20, 3
# Of a section beside its payload.
_SECTION = 8

StartTile = Callable[[int], TileWriter]
"""What makes the bytes of a tile of a number."""


class BoundEncoder:
    """Codes some tiles, or all of a small scene, with a base and without one, and takes what is smaller.

    Args:
        latent: that writes it.
        contexts: their fingerprint, and what makes the coder of bases by them.
        effort: light for no base.
    """

    def __init__(
        self,
        latent: BoundedLatent,
        contexts: tuple[bytes, Callable[[], ContextCoder]],
        effort: Effort = Effort.FULL,
    ) -> None:
        self._latent, self._contexts, self._effort = latent, contexts, effort

    def prepare(self, rows: int, cols: int) -> None:
        """Nothing: there is nothing to compile."""

    def require(self, target: Target) -> None:
        """Raise ConfigError on another target than a bound."""
        if not isinstance(target, Bound):
            raise ConfigError(
                "this codec is asked for a bound of the error (--max-error 2), not for a rate or level"
            )

    def files(self, asked: Request) -> Iterator[bytes]:
        """The file."""
        facts, errors = asked.facts, asked.errors
        assert errors is not None, "as `Codec.compress` has seen to"
        asked.tally.add(Stage.READING, (EXTREMES + VARYING) * asked.values.size)
        if not facts.varying.any():
            yield asked.pack(Coded(1, []))
            return
        bounds = BandBounds.of(facts.dtype, facts.value_range, errors)
        tiles = self._latent.tiles(asked.values, facts, bounds)
        yield asked.pack(self._coded(tiles, asked))

    def _coded(self, tiles: CodeTiles, asked: Request) -> Coded:
        progress, jobs, found = PassProgress(asked.progress), asked.jobs, Tally()
        way, base, other = self._chosen(tiles, progress, jobs, found)
        sections = self._latent.write(tiles, way.code, progress.coding(), jobs)
        _count(asked.tally, {Stage.CODING: way.operations()}, {Stage.CODING: other})
        _count(asked.tally, *((found.total, {}) if base is not None else ({}, found.total)))
        if base is None:
            return Coded(1, sections)
        told = Section(SectionKind.ADAPTIVE_BASIS, base.basis)
        lanes = base.base.lanes
        model = EntropyModelId.BASED_LANES if lanes == LANES else EntropyModelId.BASED_ADAPTIVE
        named = {"entropy_model": int(model), "fingerprint": self._contexts[0]}
        return Coded(latent_channels(base.components), [told, *sections], fields=named)

    def _chosen(
        self, tiles: CodeTiles, progress: PassProgress, jobs: int, tally: Tally
    ) -> tuple["_Way", CodedBase | None, float]:
        """The smaller way, as far as the probes tell, and its base; of the other the operations alone."""
        count, bands = tiles.grid.count, len(tiles.limits.bands)
        if self._effort == Effort.LIGHT:
            for part in (progress.statistics(), progress.search()):
                part(1, 1)
            return _Way(tiles, _without_base(tiles), 0, bands), None, 0.0
        large = bands * tiles.facts.shape[0] * tiles.facts.shape[1] >= _LARGE
        first, lanes = (-(-bands // _FIRST), LANES if count == 1 else 1) if large else (bands, 1)
        probes = _probes(count, max(min(_PROBES, count // 2), 1) if large else _PROBES)
        plain = _Way(tiles, _without_base(tiles), 0, first)
        encoder = BaseEncoder(tiles, self._contexts[1](), lanes, jobs)
        statistics = progress.statistics()
        base = _beside(lambda: encoder.code(statistics, tally), lambda: plain.begin(probes), jobs)
        progress.search()(1, 1)
        if base is None:
            return plain, None, 0.0
        based = _Way(tiles, _with_base(tiles, base), len(base.basis) + _SECTION, first)
        size = based.size(probes, jobs, progress.coding())
        if plain.expected(based) < size and plain.size(probes, jobs, progress.coding()) <= size:
            return plain, None, based.operations()
        return based, base, plain.operations()


class _Way:
    """One way to code tiles.

    Args:
        tiles: of the scene.
        start: one of them.
        beside: bytes that the file has for it.
        first: bands that a tile is coded to at first.
    """

    def __init__(self, tiles: CodeTiles, start: StartTile, beside: int, first: int) -> None:
        self._tiles, self._count, self._start = tiles, tiles.grid.count, start
        self._beside, self._first = beside, first
        self._begun: dict[int, TileWriter] = {}
        self._known: dict[int, bytes] = {}
        self._sizes: dict[int, Int64[np.ndarray, " bands"]] = {}

    def begin(self, numbers: list[int]) -> None:
        """Codes the first bands of some tiles."""
        for number in numbers:
            writer = self._begun[number] = self._start(number)
            writer.coding.code(self._first)
            self._sizes[number] = writer.coding.sizes

    def expected(self, other: "_Way") -> float:
        """Size of the scene, by the first bands of the tiles that were begun: the rest as of another way."""
        own, theirs, rest = (
            sum(int(sizes[part].sum()) for sizes in way._sizes.values())
            for way, part in (
                (self, slice(self._first)),
                (other, slice(self._first)),
                (other, slice(self._first, None)),
            )
        )
        total = own + own * rest / max(theirs, 1)
        return self._beside + total * self._count / max(len(self._sizes), 1)

    def size(self, numbers: list[int], jobs: int, progress: Progress) -> float:
        """Of the scene, by some tiles; infinite where they cannot be coded so."""
        by_band, total = progress if self._count == 1 else None, 0
        lanes = jobs if self._count == 1 else 1

        def code(number: int) -> bytes:
            writer = self._begun.pop(number, None) or self._start(number)
            data = writer.data(by_band, lanes)
            self._sizes[number] = writer.coding.sizes
            return data

        try:
            for number, data in zip(numbers, in_order(code, numbers, jobs), strict=True):
                self._known[number], total = data, total + len(data)
                progress(len(self._known), len(numbers))
        except FileFormatError:
            return np.inf
        return self._beside + total * self._count / len(numbers)

    def code(self, number: int, progress: Progress | None) -> bytes:
        """The bytes of a tile, which a probe may have made."""
        known = self._known.pop(number, None)
        if known is not None:
            return known
        writer = self._begun.pop(number, None) or self._start(number)
        data = writer.data(progress)
        self._sizes[number] = writer.coding.sizes
        return data

    def operations(self) -> float:
        """Of all that has been coded."""
        total = 0.0
        for number, sizes in self._sizes.items():
            rows, cols = self._tiles.shape(number)
            total += coding_operations(int(np.count_nonzero(sizes)) * rows * cols, cols)
        return total


def _count(tally: Tally, kept: Mapping[Stage, float], lost: Mapping[Stage, float]) -> None:
    """Enters what the file took, and what was computed beside it."""
    for stage, operations in kept.items():
        tally.add(stage, operations)
    once = {stage: tally.once.get(stage, 0.0) for stage in lost}
    for stage, operations in lost.items():
        tally.add(stage, operations)
    tally.settle(once)


def _beside(
    search: Callable[[], CodedBase | None], work: Callable[[], None], jobs: int
) -> CodedBase | None:
    """What a search finds while other work is done."""
    found, _ = in_order(lambda each: each(), (search, work), min(jobs, 2))
    return found


def _probes(count: int, most: int) -> list[int]:
    """Tiles all over a scene."""
    return sorted({(2 * each + 1) * count // (2 * most) for each in range(most)})


def _without_base(tiles: CodeTiles) -> StartTile:
    limits = tiles.limits

    def start(number: int) -> TileWriter:
        return start_tile(tiles.codes(number), tiles.missing(number), limits.most, limits.largest)

    return start


def _with_base(tiles: CodeTiles, coded: CodedBase) -> StartTile:
    def start(number: int) -> TileWriter:
        return coded.base.writer(coded.symbols[number], tiles.codes(number), tiles.missing(number))

    return start
