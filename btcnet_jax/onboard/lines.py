"""The encoder in integers line by line, as a push-broom sensor delivers them.

A row of the latent sees 11 lines. Instead of these their sums are kept, of as many rows of the latent as a
line is part of (3 at a stride of 4): the same symbols, in less memory.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, Integer

from btcnet_jax.errors import ConfigError, CubeError
from btcnet_jax.models.encoder import KERNEL_ROWS, PADDING_ROWS
from btcnet_jax.parts.integers.integer_encoder import IntegerEncoder
from btcnet_jax.scene.lines import padded_size


class Memory(NamedTuple):
    """Bytes that an encoder in integers takes.

    Attributes:
        weights: of the convolution.
        constants: gains, offsets, multipliers, shifts and biases.
        line: activations of one line.
        sums: of the rows of the latent that are under way.
        symbols: of a row of the latent.
        window: what 11 lines of activations would take instead of `sums`.
    """

    weights: int
    constants: int
    line: int
    sums: int
    symbols: int
    window: int

    @property
    def buffers(self) -> int:
        """Memory that is written to."""
        return self.line + self.sums + self.symbols


def open_rows(scale: int) -> int:
    """Rows of the latent that one line is part of, at most."""
    return -(-KERNEL_ROWS // scale)


def memory(encoder: IntegerEncoder, samples: int) -> Memory:
    """What a line of so many samples takes; the same as the C program's static memory."""
    cols = padded_size(1, samples, (1, encoder.multiple))[1]
    blocks, channels = cols // encoder.scale, encoder.channels
    line = cols * encoder.bands * encoder.activation_dtype.itemsize
    return Memory(
        weights=encoder.weights.nbytes,
        constants=(4 + 8) * encoder.bands + (4 + 4 + 1 + 8 + 8 * (KERNEL_ROWS + 1)) * channels,
        line=line,
        sums=4 * open_rows(encoder.scale) * blocks * (channels + 1),
        symbols=4 * blocks * channels,
        window=KERNEL_ROWS * line,
    )


class LineEncoder:
    """Takes lines, gives rows of symbols as soon as all their lines have come.

    Args:
        encoder: to run.
        samples: of a line.

    Raises:
        ConfigError: not one sample.
    """

    def __init__(self, encoder: IntegerEncoder, samples: int) -> None:
        if samples < 1:
            raise ConfigError(f"a line has at least one sample, not {samples}")
        self._encoder, self._samples = encoder, samples
        blocks = padded_size(1, samples, (1, encoder.multiple))[1] // encoder.scale
        self._sums = np.zeros((open_rows(encoder.scale), blocks, encoder.channels), np.int32)
        self._total = np.zeros(self._sums.shape[:2], np.int32)
        self._last: Integer[np.ndarray, " flat"] | None = None
        self._lines = 0

    def push(
        self, line: Integer[np.ndarray, "samples bands"]
    ) -> Int32[np.ndarray, "w channels"] | None:
        """The row of the latent that this line completes; None where it completes none.

        Raises:
            CubeError: another number of samples or bands, or another type.
        """
        if line.ndim != 2 or len(line) != self._samples:
            raise CubeError(
                f"a line of shape {line.shape} came, the encoder was made for {self._samples} samples"
            )
        self._last = self._encoder.activations(line[None])[0]
        return self._push(self._last)

    def finish(self) -> Int32[np.ndarray, "some w channels"]:
        """The rows of the latent that are still open, when the last line has come."""
        rows = []
        if self._last is not None:
            while self._lines % self._encoder.multiple:
                rows += [row] if (row := self._push(self._last)) is not None else []
            done = max(0, (self._lines - 1 - PADDING_ROWS) // self._encoder.scale + 1)
            rows += [self._close(row) for row in range(done, self._lines // self._encoder.scale)]
        # Lines at the end are part of rows of the latent beyond it, too.
        self._sums[:], self._total[:] = 0, 0
        self._last, self._lines = None, 0
        shape = (0, self._sums.shape[1], self._encoder.channels)
        return np.stack(rows) if rows else np.zeros(shape, np.int32)

    def _push(self, activations: Integer[np.ndarray, " flat"]) -> np.ndarray | None:
        scale, ahead = self._encoder.scale, self._lines + PADDING_ROWS
        blocks = activations.reshape(self._sums.shape[1], -1).astype(np.int32)
        first = max(0, -((KERNEL_ROWS - 1 - ahead) // scale))
        for row in range(first, ahead // scale + 1):
            slot = row % len(self._sums)
            kernel = self._encoder.weights[ahead - row * scale].astype(np.int32)
            self._sums[slot] += blocks @ kernel.T
            self._total[slot] += blocks.sum(-1, dtype=np.int32)
        self._lines += 1
        row, rest = divmod(self._lines - 1 - PADDING_ROWS, scale)
        return self._close(row) if row >= 0 and rest == 0 else None

    def _close(self, row: int) -> np.ndarray:
        slot = row % len(self._sums)
        covered = self._encoder.covered(row, self._lines)
        symbols = self._encoder.symbols(self._sums[slot], self._total[slot], covered)
        self._sums[slot], self._total[slot] = 0, 0
        return symbols
