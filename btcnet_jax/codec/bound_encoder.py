"""From a scene to the one file that keeps a bound of every sample's error."""

from collections.abc import Callable, Iterator

import numpy as np

from btcnet_jax.codec.base_encoder import BaseEncoder, CodedBase
from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.encoders import Coded, Request
from btcnet_jax.codec.search_progress import PassProgress
from btcnet_jax.codec.target import Target
from btcnet_jax.coding.bounded.coder import encode_tile
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

# Tiles that are coded with and without a base before all are coded as came out smaller.
_PROBES = 4
# Of a section beside its payload.
_SECTION = 8

CodeTile = Callable[[int, Progress | None], bytes]
"""The bytes of a tile of a number."""


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
        plain, probes = _Way(tiles, _without_base(tiles), 0), _probes(tiles.grid.count)
        base, way = BaseEncoder(tiles, self._contexts[1](), jobs).code(progress.statistics()), plain
        size = plain.size(probes, jobs, progress.search())
        if base is not None:
            based = _Way(tiles, _with_base(tiles, base), len(base.basis) + _SECTION)
            if based.size(probes, jobs, progress.coding()) < size:
                way = based
        sections = self._latent.write(tiles, way.code, progress.coding(), jobs)
        if base is None or way is plain:
            return Coded(1, sections)
        told = Section(SectionKind.ADAPTIVE_BASIS, base.basis)
        named = {
            "entropy_model": int(EntropyModelId.BASED_ADAPTIVE),
            "fingerprint": self._contexts[0],
        }
        return Coded(latent_channels(base.components), [told, *sections], fields=named)


class _Way:
    """One way to code tiles.

    Args:
        tiles: of the scene.
        code: makes the bytes of one.
        beside: bytes that the file has for it.
    """

    def __init__(self, tiles: CodeTiles, code: CodeTile, beside: int) -> None:
        self._count, self._code, self._beside = tiles.grid.count, code, beside
        self._known: dict[int, bytes] = {}

    def size(self, numbers: list[int], jobs: int, progress: Progress) -> float:
        """Of the scene, by some tiles; infinite where they cannot be coded so."""
        by_band, total = progress if self._count == 1 else None, 0
        try:
            for number, data in zip(
                numbers,
                in_order(lambda each: self._code(each, by_band), numbers, jobs),
                strict=True,
            ):
                self._known[number], total = data, total + len(data)
                progress(len(self._known), len(numbers))
        except FileFormatError:
            return np.inf
        return self._beside + total * self._count / len(numbers)

    def code(self, number: int, progress: Progress | None) -> bytes:
        """The bytes of a tile, which a probe may have made."""
        return self._known.pop(number, None) or self._code(number, progress)


def _probes(count: int) -> list[int]:
    """Tiles all over a scene."""
    return sorted({(2 * each + 1) * count // (2 * _PROBES) for each in range(_PROBES)})


def _without_base(tiles: CodeTiles) -> CodeTile:
    limits = tiles.limits

    def code(number: int, progress: Progress | None) -> bytes:
        given = tiles.missing(number), limits.most, limits.largest
        return encode_tile(tiles.codes(number), *given, progress)

    return code


def _with_base(tiles: CodeTiles, coded: CodedBase) -> CodeTile:
    def code(number: int, progress: Progress | None) -> bytes:
        given = tiles.codes(number), tiles.missing(number)
        return coded.base.write(coded.symbols[number], *given, progress)

    return code
