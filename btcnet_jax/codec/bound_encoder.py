"""From a scene to the one file that keeps a bound of every sample's error."""

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Int64

from btcnet_jax.codec.base_encoder import BaseEncoder, CodedBase
from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.encoders import Coded, Request
from btcnet_jax.codec.search_progress import PassProgress
from btcnet_jax.codec.target import Target
from btcnet_jax.coding.bounded.arrays import LANES
from btcnet_jax.coding.bounded.coder import TileWriter, start_tile
from btcnet_jax.coding.context import ContextCoder
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import EntropyModelId
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.cost import CODE, COMMIT, EXTREMES, JUDGE, VARYING, Stage
from btcnet_jax.errors import ConfigError, FileFormatError
from btcnet_jax.parallel import in_order
from btcnet_jax.parts.bounded_samples import BoundedLatent
from btcnet_jax.parts.bounded_tiles import CodeTiles
from btcnet_jax.parts.bounds import BandBounds
from btcnet_jax.parts.file_facts import latent_channels
from btcnet_jax.progress import Progress

# Tiles that are coded with and without a base before all are coded as came out smaller; of few tiles half.
_PROBES = 4
# Samples of a scene whose probes are coded without a base to their first half only, where that tells that they
# would be larger; and that has two lanes if it is a single tile: they take half a kilobyte.
_LARGE = 1 << 20
# Of a section beside its payload.
_SECTION = 8

StartTile = Callable[[int], TileWriter]
"""What makes the bytes of a tile of a number."""


class BoundEncoder:
    """Codes some tiles, or all of a small scene, with a base and without one, and takes what is smaller.

    Args:
        latent: that writes it.
        contexts: their fingerprint, and what makes the coder of bases by them.
    """

    def __init__(
        self, latent: BoundedLatent, contexts: tuple[bytes, Callable[[], ContextCoder]]
    ) -> None:
        self._latent, self._contexts = latent, contexts

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
        count = float(np.count_nonzero(facts.varying)) * asked.values[..., 0].size
        coding = (JUDGE + COMMIT + CODE) * count
        asked.tally.add(Stage.CODING, coding)
        asked.tally.settle({Stage.CODING: coding})
        tiles = self._latent.tiles(asked.values, facts, bounds)
        yield asked.pack(self._coded(tiles, PassProgress(asked.progress), asked.jobs))

    def _coded(self, tiles: CodeTiles, progress: PassProgress, jobs: int) -> Coded:
        """The smaller way, as far as the probes tell."""
        count, bands = tiles.grid.count, len(tiles.limits.bands)
        large = bands * tiles.facts.shape[0] * tiles.facts.shape[1] >= _LARGE
        first, lanes = (-(-bands // 2), LANES if count == 1 else 1) if large else (bands, 1)
        plain, probes = _Way(tiles, _without_base(tiles), 0, first), _probes(count)
        encoder = BaseEncoder(tiles, self._contexts[1](), lanes, jobs)
        base = _beside(
            lambda: encoder.code(progress.statistics()), lambda: plain.begin(probes), jobs
        )
        progress.search()(1, 1)
        way = plain
        if base is not None:
            based = _Way(tiles, _with_base(tiles, base), len(base.basis) + _SECTION, first)
            size = based.size(probes, jobs, progress.coding())
            if plain.expected(based) >= size or plain.size(probes, jobs, progress.coding()) > size:
                way = based
        sections = self._latent.write(tiles, way.code, progress.coding(), jobs)
        if base is None or way is plain:
            return Coded(1, sections)
        told = Section(SectionKind.ADAPTIVE_BASIS, base.basis)
        model = EntropyModelId.BASED_ADAPTIVE if lanes == 1 else EntropyModelId.BASED_LANES
        named = {"entropy_model": int(model), "fingerprint": self._contexts[0]}
        return Coded(latent_channels(base.components), [told, *sections], fields=named)


class _Way:
    """One way to code tiles.

    Args:
        tiles: of the scene.
        start: one of them.
        beside: bytes that the file has for it.
        first: bands that a tile is coded to at first.
    """

    def __init__(self, tiles: CodeTiles, start: StartTile, beside: int, first: int) -> None:
        self._count, self._start, self._beside, self._first = (
            tiles.grid.count,
            start,
            beside,
            first,
        )
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
        begun = self._begun.pop(number, None)
        known = self._known.pop(number, None)
        return known or (begun or self._start(number)).data(progress)


def _beside(
    search: Callable[[], CodedBase | None], work: Callable[[], None], jobs: int
) -> CodedBase | None:
    """What a search finds while other work is done."""
    found, _ = in_order(lambda each: each(), (search, work), min(jobs, 2))
    return found


def _probes(count: int) -> list[int]:
    """Tiles all over a scene."""
    probes = max(min(_PROBES, count // 2), 1)
    return sorted({(2 * each + 1) * count // (2 * probes) for each in range(probes)})


def _without_base(tiles: CodeTiles) -> StartTile:
    limits = tiles.limits

    def start(number: int) -> TileWriter:
        return start_tile(tiles.codes(number), tiles.missing(number), limits.most, limits.largest)

    return start


def _with_base(tiles: CodeTiles, coded: CodedBase) -> StartTile:
    def start(number: int) -> TileWriter:
        return coded.base.writer(coded.symbols[number], tiles.codes(number), tiles.missing(number))

    return start
