"""The parts of a codec, each of which can be exchanged.

    scene -> front end -> transform -> quantizer and entropy model (latent) -> bytes
    bytes -> latent -> decoder -> inverse of the front end -> scene

Front ends: `WholeRange`, `BandUnits`, `SceneBasis`. Transforms: `NetworkTransform`, the 4 x 4 transform of
`block_transform`. Latents: `RangeLatent`, `LearnedLatent`, `ContextLatent`. Decoders: `NetworkDecoder`,
`BlockDecoder`. `bounded_samples` has those of the codec that bounds every sample's error. How a file is
chosen among those that a scene may become is the encoder's (`btcnet_jax.codec`).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64, Int, Num

from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.header import EntropyModelId
from btcnet_jax.progress import Progress
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.scene import Scene

Planes = Num[np.ndarray, "rows cols planes"]
Inverse = Callable[[Planes], Num[np.ndarray, "rows cols varying"]]
"""From what a decoder restores to samples normalized to [0, 1], or to the samples themselves."""


class Region(NamedTuple):
    """Part of a restored scene.

    Attributes:
        row: its first line.
        col: its first column.
        planes: what is restored there; may reach beyond the scene.
    """

    row: int
    col: int
    planes: Planes


class Blocks(NamedTuple):
    """A window of the grid of blocks.

    Attributes:
        rows, cols: slices with whole bounds.
    """

    rows: slice
    cols: slice

    @classmethod
    def whole(cls, grid: tuple[int, int]) -> "Blocks":
        """All of a grid of so many rows and columns."""
        return cls(slice(0, grid[0]), slice(0, grid[1]))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows.stop - self.rows.start, self.cols.stop - self.cols.start

    def around(self, reach: int, grid: tuple[int, int]) -> "Blocks":
        """With so many blocks on each side, as far as the grid has them."""
        sides = zip(self, grid, strict=True)
        return Blocks(
            *(slice(max(side.start - reach, 0), min(side.stop + reach, n)) for side, n in sides)
        )

    def common(self, other: "Blocks") -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """What two windows share: where it lies in this one, and where in the other."""
        spans = []
        for mine, theirs in zip(self, other, strict=True):
            start, stop = max(mine.start, theirs.start), min(mine.stop, theirs.stop)
            spans.append([slice(start - one.start, stop - one.start) for one in (mine, theirs)])
        (row, its_row), (col, its_col) = spans
        return (row, col), (its_row, its_col)


@runtime_checkable
class FrontEnd(Protocol):
    """Between a scene's samples and the planes that are transformed.

    Attributes:
        exact: whether its inverse gives the samples themselves, in the scene's type.
    """

    exact: bool

    def facts(self, scene: Scene) -> SceneFacts:
        """What the file says of a scene besides its planes.

        Raises:
            CubeError: a scene that the front end cannot take.
            DataError: no sample of it is data.
        """

    def inverse(
        self,
        file: CompressedFile,
        facts: SceneFacts,
        latent: Num[np.ndarray, "..."],
        bands: Int[np.ndarray, " some"],
    ) -> Inverse:
        """What leads from restored planes back to samples.

        Args:
            file: that holds the scene.
            facts: of the whole scene.
            latent: of the scene or a window of it.
            bands: which of the varying bands are wanted.

        Raises:
            FileFormatError: the file's sections do not fit.
        """


@runtime_checkable
class Latent(Protocol):
    """Quantizer and entropy model: from a latent to sections of a file and back.

    Attributes:
        entropy_model: how symbols are coded.
        coders: what coded the symbols of files that it reads, each a `CoderId`.
        levels: rates that one scene's latent can be written at; 0 where the rate is free.
    """

    entropy_model: EntropyModelId
    coders: frozenset[int]
    levels: int

    def read(self, file: CompressedFile) -> Num[np.ndarray, "..."]:
        """The latent of a file, as the decoder takes it.

        Raises:
            FileFormatError: sections are missing or do not fit.
        """

    def bits_by_place(self, file: CompressedFile) -> Float64[np.ndarray, "rows cols"] | None:
        """Bits that each place of the latent takes; None for a latent that is not coded.

        Raises:
            FileFormatError: as of `read`.
        """


@runtime_checkable
class WindowedLatent(Latent, Protocol):
    """A latent of blocks, of which a window can be read.

    Attributes:
        entropy_models: of the files that it reads, each an `EntropyModelId`.
    """

    entropy_models: frozenset[int]

    def read_blocks(
        self, file: CompressedFile, blocks: Blocks, lost: list[int] | None = None
    ) -> Num[np.ndarray, "..."]:
        """The latent of a window; see `ContextLatent`."""


@runtime_checkable
class KeepingLatent(Protocol):
    """A latent of blocks that keeps tiles from window to window, and decodes them by several threads."""

    def read_kept(
        self,
        file: CompressedFile,
        blocks: Blocks,
        lost: list[int] | None,
        kept: dict[int, Num[np.ndarray, "..."]] | None,
        jobs: int,
    ) -> Num[np.ndarray, "..."]:
        """The latent of a window; see `ContextLatent`."""


@runtime_checkable
class WindowedDecoder(Protocol):
    """A decoder for which a window of the latent is as good as the whole, but for its borders.

    Attributes:
        reach: blocks beyond a window that its samples depend on.
    """

    reach: int


@runtime_checkable
class StripDecoder(WindowedDecoder, Protocol):
    """One whose last steps can be done on several threads, and which restores no more than is wanted."""

    def strips(
        self,
        latent: Num[np.ndarray, "..."],
        wanted: Blocks,
        progress: Progress | None,
        ensemble: int,
        file: CompressedFile | None,
    ) -> Iterator[Callable[[], Region]]:
        """Work that is left to do, on any thread, for each region of what is wanted.

        Args:
            latent: of a window.
            wanted: blocks of the window; of what lies around them nothing is restored.
            progress, ensemble, file: as of `Decoder.synthesize`, and so are the errors.

        Returns:
            Regions, counted from the first block that is wanted.
        """


@runtime_checkable
class Decoder(Protocol):
    """From a latent to planes."""

    def prepare(self, rows: int, cols: int) -> None:
        """Compile for scenes of this size."""

    def synthesize(
        self,
        latent: Num[np.ndarray, "..."],
        progress: Progress | None,
        ensemble: int,
        file: CompressedFile | None,
    ) -> Iterator[Region]:
        """Restored regions, which together cover the scene.

        Args:
            latent: of a file.
            progress: called with parts of the work done and in all.
            ensemble: views to average over.
            file: in which the decoder may have a section of its own.

        Raises:
            FileFormatError: that section does not fit.
            ConfigError: an ensemble of views that this decoder does not have.
        """
