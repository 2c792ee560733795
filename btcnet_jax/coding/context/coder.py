"""Codes quantized coefficients with the tables that their contexts choose."""

import numpy as np
from jaxtyping import Float64, Int

from btcnet_jax.coding.context.contexts import ContextJudge, Contexts
from btcnet_jax.coding.context.layout import MAX_COMPONENTS, MAX_MAGNITUDE
from btcnet_jax.coding.context.levels import ComponentLevels
from btcnet_jax.coding.context.state import ContextState
from btcnet_jax.coding.context.table_coding import TableCoder
from btcnet_jax.coding.context.waves import count_times, waves
from btcnet_jax.coding.context.weights import ContextWeights
from btcnet_jax.coding.range_coder import CONSTRICTION
from btcnet_jax.coding.streams import CheckedDecoder, Code
from btcnet_jax.errors import FileFormatError
from btcnet_jax.progress import Progress

# Above this a damaged shape is likelier than a scene.
_MAX_SYMBOLS = 1 << 36


class ContextCoder:
    """The entropy coder of one set of weights.

    Encoder and decoder run the same code over the same waves (`waves`), in integers: see the package.
    """

    def __init__(self, weights: ContextWeights) -> None:
        self._judge = ContextJudge(weights)
        self._tables = TableCoder(weights)

    def encode(
        self,
        symbols: Int[np.ndarray, "components 16 rows cols"],
        levels: ComponentLevels,
        progress: Progress | None = None,
    ) -> bytes:
        """Codes symbols.

        Args:
            symbols: within +-MAX_MAGNITUDE, not empty.
            levels: side information; any will do, `ComponentLevels.of(symbols)` does best.
            progress: of the work.

        Returns:
            Little-endian 32-bit words. Nothing about shape and levels is in them.

        Raises:
            ValueError: no symbols, too large ones, too many components or levels of another number.
        """
        if not symbols.size or symbols.min() < -MAX_MAGNITUDE or symbols.max() > MAX_MAGNITUDE:
            raise ValueError(f"symbols must lie within +-{MAX_MAGNITUDE}, at least one of them")
        components, _, rows, cols = symbols.shape
        state, encode = ContextState(components, rows, cols, levels), CONSTRICTION.encoder()
        self._code(encode, state, symbols, progress)
        return encode.to_bytes()

    def decode(
        self,
        data: bytes,
        shape: tuple[int, int, int],
        levels: ComponentLevels,
        progress: Progress | None = None,
    ) -> Int[np.ndarray, "components 16 rows cols"]:
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
        try:
            state = ContextState(*shape, levels)
            decode = CheckedDecoder(CONSTRICTION, data)
            self._code(decode, state, None, progress)
            decode.finish()
            return np.ascontiguousarray(state.symbols)
        except MemoryError as error:
            raise FileFormatError(f"symbols of shape {shape} do not fit into memory") from error

    def judge(
        self,
        state: ContextState,
        k: int | Int[np.ndarray, "n"],
        p: int | Int[np.ndarray, "n"],
        at: Int[np.ndarray, "n"],
        *,
        dc: bool,
    ) -> tuple[Contexts, Int[np.ndarray, "n patterns"]]:
        """Contexts of coefficients that are all DC, or all AC, and what `ContextState.commit` needs.

        Args:
            state: what is known.
            k, p, at: component, position and place (row by row) of each; p is not read for DC.
            dc: whether they are DC.
        """
        k = np.broadcast_to(k, at.shape)
        p = np.broadcast_to(0 if dc else p, at.shape)
        means, scales, patterns = state.features(k, p, at, dc=dc)
        return self._judge(means, scales, p, state.levels.classes().take(k)), patterns

    def bits(self, values: Int[np.ndarray, "n"], contexts: Contexts) -> Float64[np.ndarray, "n"]:
        """Code length of each value in its context."""
        return self._tables.bits(values, contexts)

    def _code(
        self,
        code: Code,
        state: ContextState,
        symbols: Int[np.ndarray, "components 16 rows cols"] | None,
        progress: Progress | None,
    ) -> None:
        """Codes all symbols into `state`: those given, or where there are none those that are decoded."""
        components, _, rows, cols = state.symbols.shape
        times = count_times(components, rows, cols)
        flat = None if symbols is None else symbols.reshape(-1)
        for time, (dc, k, p, at) in waves(components, rows, cols):
            contexts, patterns = self.judge(state, k, p, at, dc=dc)
            known = (
                np.zeros_like(at) if flat is None else flat.take((16 * k + p) * rows * cols + at)
            )
            values = self._tables.code_wave(code, known.astype(np.int64), contexts)
            if np.abs(values).max() > MAX_MAGNITUDE:
                raise FileFormatError("a coded symbol is impossibly large: the file is damaged")
            state.commit(k, p, at, values, patterns)
            if progress is not None:
                progress(time + 1, times)

    def _check_length(self, data: bytes, shape: tuple[int, int, int]) -> None:
        components, rows, cols = shape
        count = 16 * components * rows * cols
        if min(shape) < 1 or components > MAX_COMPONENTS or count > _MAX_SYMBOLS:
            raise FileFormatError(f"no symbols have the shape {shape}: the file is damaged")
        # No message is shorter than its likeliest symbols, two words aside for how the coder ends: a few
        # bytes of garbage must not ask for memory and time without end.
        if 8 * len(data) + 64 < self._tables.least_bits * count * (1 - 1e-6):
            raise FileFormatError(
                "the coded symbols end too early: the file is truncated or damaged"
            )
