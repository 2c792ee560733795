"""The latent of blocks in a file: one step, symbols by integer contexts, their levels as side information."""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Float64, Int

from btcnet_jax.coding.context import ComponentLevels, ContextCoder, judge_all
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import CoderId, EntropyModelId
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.parts.file_facts import block_grid, read_components
from btcnet_jax.progress import Progress


class ContextLatent:
    """Sections QUANTIZER (the components' levels) and SYMBOLS.

    Args:
        coder: of the symbols, whose tables also guide the quantizer.
        earlier: what makes the coder of files that name other contexts, by fingerprint.
    """

    entropy_model = EntropyModelId.CONTEXT
    coders: frozenset[int] = frozenset({CoderId.RANGE})
    levels = 0

    def __init__(
        self, coder: ContextCoder, earlier: Mapping[bytes, Callable[[], ContextCoder]] | None = None
    ) -> None:
        self.coder = coder
        self._earlier = earlier or {}

    def write(
        self,
        symbols: Int[np.ndarray, "components 16 rows cols"],
        levels: ComponentLevels,
        progress: Progress | None = None,
    ) -> list[Section]:
        """The sections of symbols; `progress` is of their coding."""
        return [
            Section(SectionKind.QUANTIZER, levels.to_bytes()),
            Section(SectionKind.SYMBOLS, self.coder.encode(symbols, levels, progress)),
        ]

    def read(self, file: CompressedFile) -> Int[np.ndarray, "components 16 rows cols"]:
        """The symbols.

        Raises:
            FileFormatError: a section is missing or does not fit the scene.
        """
        return self._read(file)[0]

    def bits_by_place(self, file: CompressedFile) -> Float64[np.ndarray, "rows cols"]:
        """Bits that the symbols of each block take; errors as of `read`."""
        if SectionKind.SYMBOLS not in file.sections:
            return np.zeros(block_grid(file.header))
        symbols, levels = self._read(file)
        return judge_all(self._coder_of(file), symbols, levels)[2].sum(axis=(0, 1))

    def _coder_of(self, file: CompressedFile) -> ContextCoder:
        make = self._earlier.get(file.header.fingerprint)
        return self.coder if make is None else make()

    def _read(
        self, file: CompressedFile
    ) -> tuple[Int[np.ndarray, "components 16 rows cols"], ComponentLevels]:
        components = read_components(file.header)
        levels = ComponentLevels.from_bytes(file.payload(SectionKind.QUANTIZER), components)
        shape = (components, *block_grid(file.header))
        coder = self._coder_of(file)
        return coder.decode(file.payload(SectionKind.SYMBOLS), shape, levels), levels
