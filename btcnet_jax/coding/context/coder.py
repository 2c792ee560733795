"""Codes quantized coefficients with the tables that their contexts choose."""

import numpy as np
from jaxtyping import Int, Int32, UInt32

from btcnet_jax.coding.context.kernel.arrays import (
    DECODED,
    NO_PATH,
    TOO_LARGE,
    WRITTEN,
    Contexts,
    Grid,
    Model,
    Stream,
    Wave,
    Work,
)
from btcnet_jax.coding.context.kernel.known import Known
from btcnet_jax.coding.context.layout import MAX_COMPONENTS, MAX_MAGNITUDE, GridLayout
from btcnet_jax.coding.context.levels import ComponentLevels
from btcnet_jax.coding.context.waves import count_times, most_components, most_in_wave, most_runs
from btcnet_jax.coding.context.weights import ContextWeights
from btcnet_jax.errors import FileFormatError
from btcnet_jax.progress import Progress

# Above this a damaged shape is likelier than a scene.
_MAX_SYMBOLS = 1 << 36
# Parts of the work after which progress is told and an interrupt is heard.
_PARTS = 100
_WORD = np.dtype("<u4")
# A coefficient is coded in up to four steps, each of which adds at most one word.
_STEPS = 4


class ContextCoder:
    """The entropy coder of one set of weights.

    Encoder and decoder run the same compiled code over the same waves (`kernel.coding`), in integers: see the
    package.

    Attributes:
        model: weights and tables as the kernels take them.
        per_step: its symbols are in steps over this; 2 of dependent quantization (`trellis`).
        surprised: whether its contexts know surprise (`kernel.surprise`).
    """

    def __init__(self, weights: ContextWeights) -> None:
        self.model = Model.of(weights)
        self.per_step, self.surprised = weights.per_step, weights.surprised

    def encode(
        self,
        symbols: Int[np.ndarray, "components 16 rows cols"],
        levels: ComponentLevels,
        progress: Progress | None = None,
        contexts: Contexts | None = None,
    ) -> bytes:
        """Codes symbols.

        Args:
            symbols: within +-MAX_MAGNITUDE, not empty.
            levels: side information; any will do, `ComponentLevels.of(symbols, per_step)` does best.
            progress: of the work.
            contexts: of these symbols and levels, as a search has found them; None to find them.

        Returns:
            Little-endian 32-bit words. Nothing about shape and levels is in them.

        Raises:
            ValueError: no symbols, too large ones, too many components or levels of another number; of
                dependent quantization, symbols of the wrong quantizer.
        """
        if not symbols.size or symbols.min() < -MAX_MAGNITUDE or symbols.max() > MAX_MAGNITUDE:
            raise ValueError(f"symbols must lie within +-{MAX_MAGNITUDE}, at least one of them")
        layout = GridLayout(*symbols.shape[2:])
        known = self._nothing(len(symbols), layout, levels)
        known.write(layout, symbols)
        words = self._code(known, layout, None, progress, contexts)
        return words.astype(_WORD).tobytes()

    def decode(
        self,
        data: bytes,
        shape: tuple[int, int, int],
        levels: ComponentLevels,
        progress: Progress | None = None,
    ) -> Int32[np.ndarray, "components 16 rows cols"]:
        """Inverse of `encode`, exact on every machine.

        Args:
            data: what encode gave.
            shape: components, rows and columns of the grid.
            levels: those of encode.
            progress: of the work.

        Returns:
            int32 symbols.

        Raises:
            FileFormatError: the data are truncated, extended, altered or do not fit the shape.
        """
        self._check_length(data, shape)
        components, rows, cols = shape
        try:
            layout = GridLayout(rows, cols)
            known = self._nothing(components, layout, levels)
            self._code(known, layout, np.frombuffer(data, _WORD).astype(np.uint32), progress)
            return known.read(layout)
        except MemoryError as error:
            raise FileFormatError(f"symbols of shape {shape} do not fit into memory") from error

    def _nothing(self, components: int, layout: GridLayout, levels: ComponentLevels) -> Known:
        kept = most_components(components, layout.rows, layout.cols)
        return Known.nothing(components, layout, levels, self.surprised, kept)

    def _code(
        self,
        known: Known,
        layout: GridLayout,
        words: UInt32[np.ndarray, " words"] | None,
        progress: Progress | None,
        contexts: Contexts | None = None,
    ) -> UInt32[np.ndarray, " words"]:
        """Decodes words into `known`, or writes those of what it holds; gives the words."""
        from btcnet_jax.coding.context.kernel import coding

        components, decoding = len(known.classes), words is not None
        grid, stream = Grid.of(layout), Stream.start(words)
        shape = components, layout.rows, layout.cols
        times, most = count_times(*shape), most_in_wave(*shape)
        work, wave = Work.room(layout, most), Wave.room(most_runs(*shape), most)
        part = -(-times // _PARTS)
        room = _STEPS * part * most
        found = Contexts.room(0) if contexts is None else contexts
        code = coding.code.taking(self.model, grid, known, found, work, wave)
        for begin in range(0, times, part):
            end = min(begin + part, times)
            stream = stream if decoding else stream.with_room(room)
            last = end == times
            _check(code(stream, begin, end, last, decoding, MAX_MAGNITUDE))
            if progress is not None:
                progress(end, times)
        if decoding and stream.counts[WRITTEN] != len(stream.words):
            raise FileFormatError(
                "the coded symbols do not end where they should: the file is damaged"
            )
        return stream.words[: stream.counts[WRITTEN]]

    def _check_length(self, data: bytes, shape: tuple[int, int, int]) -> None:
        components, rows, cols = shape
        count = 16 * components * rows * cols
        if min(shape) < 1 or components > MAX_COMPONENTS or count > _MAX_SYMBOLS:
            raise FileFormatError(f"no symbols have the shape {shape}: the file is damaged")
        # No message is shorter than its likeliest symbols, two words aside for how the coder ends: a few
        # bytes of garbage must not ask for memory and time without end.
        if 8 * len(data) + 64 < float(self.model.lengths.min()) * count * (1 - 1e-6):
            raise FileFormatError(
                "the coded symbols end too early: the file is truncated or damaged"
            )
        if len(data) % _WORD.itemsize:
            raise FileFormatError("the coded symbols are truncated: the file is damaged")


def _check(outcome: int) -> None:
    if outcome == NO_PATH:
        raise ValueError("symbols must be those of a path through both quantizers")
    if outcome == TOO_LARGE:
        raise FileFormatError("a coded symbol is impossibly large: the file is damaged")
    if outcome != DECODED:
        raise FileFormatError("the coded symbols are invalid: the file is damaged")
