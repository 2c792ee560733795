"""The convolutional encoder in integers: the reference that every export equals to the bit.

    activation = clip((sample * gain + offset) >> shift)                       an integer for each sample
    sum        = sum of weight * activation; and total = sum of activation     int32, over 11 x scale x bands
    value      = (sum * multiplier + total * total_multiplier) >> channel_shift, + bias    16 fractional bits
    symbol     = clip(prelu(value) - low, rounded to whole steps)

Products with multipliers take 64 bits. Shifts round down; half a unit is added before, to round to the nearest.
Sums of whole rows of zeros are left out, as the network pads: `bias` is what the others add.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, Int64, Integer

from btcnet_jax.errors import CubeError
from btcnet_jax.models.encoder import KERNEL_ROWS, PADDING_ROWS
from btcnet_jax.scene.lines import line_blocks, padded_size

FRACTION = 16
"""Fractional bits of a value in steps of its symbols, and of the slope."""
LARGEST_VALUE = 1 << 40
"""Values are cut off here: above every symbol, and 64 bits hold their product with the slope."""

# Lines whose activations are computed at a time, in 64 bits.
_LINES = 64


class Sums(NamedTuple):
    """What the convolution makes of a scene.

    Attributes:
        weighted: of weights times activations.
        total: of activations.
        lines: of the scene, filled up.
    """

    weighted: Int32[np.ndarray, "h w channels"]
    total: Int32[np.ndarray, "h w"]
    lines: int


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegerEncoder:
    """A model at one rate, calibrated to an instrument; `integer_encoder` makes one.

    Attributes:
        dtype: of the samples, int16 or uint16.
        scale: stride along lines and along columns; columns of the kernel.
        multiple: what a scene's lines and columns are filled up to multiples of, by the last.
        gain, offset: of each band, to activations.
        shift: of activations.
        activation_low, activation_high: least and greatest activation.
        weights: int8 or int16; kernel row, output channel, then column and band together.
        multiplier, total_multiplier: of each channel.
        channel_shift: of each channel, 1 to 62.
        bias: what the first n kernel rows add to each channel, n from 0 to 11: a value.
        constant: of each channel, a value.
        slope: of PReLU, with 16 fractional bits.
        low: the value of symbol 0.
        symbol_low, symbol_high: least and greatest symbol.
    """

    dtype: np.dtype
    scale: int
    multiple: int
    gain: Int64[np.ndarray, " bands"]
    offset: Int64[np.ndarray, " bands"]
    shift: int
    activation_low: int
    activation_high: int
    weights: Integer[np.ndarray, "11 channels taps"]
    multiplier: Int64[np.ndarray, " channels"]
    total_multiplier: Int64[np.ndarray, " channels"]
    channel_shift: Int64[np.ndarray, " channels"]
    bias: Int64[np.ndarray, "12 channels"]
    constant: Int64[np.ndarray, " channels"]
    slope: int
    low: int
    symbol_low: int
    symbol_high: int

    @property
    def bands(self) -> int:
        """Of a scene."""
        return len(self.gain)

    @property
    def channels(self) -> int:
        """Of the latent."""
        return self.weights.shape[1]

    @property
    def activation_dtype(self) -> np.dtype:
        """uint8 where the model quantizes its input to as many bits, else int16."""
        return np.dtype(np.uint8 if self.activation_low >= 0 else np.int16)

    def encode(
        self, samples: Integer[np.ndarray, "rows cols bands"]
    ) -> Int32[np.ndarray, "h w channels"]:
        """The symbols of a whole scene.

        Args:
            samples: of `dtype`.

        Raises:
            CubeError: samples of another type, or of other bands.
        """
        return self.scene_symbols(self.sums(samples))

    def sums(self, samples: Integer[np.ndarray, "rows cols bands"]) -> Sums:
        """Of a whole scene; they depend on weights and activations alone. Errors as of `encode`."""
        rows = padded_size(len(samples), 1, (self.multiple, 1))[0]
        parts = [self.activations(samples[lines]) for lines in line_blocks(len(samples), _LINES)]
        activations = np.concatenate(parts)
        activations = np.pad(activations, [(0, rows - len(activations)), (0, 0)], "edge")
        padded = np.pad(activations, [(PADDING_ROWS, PADDING_ROWS), (0, 0)])
        taps = self.scale * self.bands
        # All sums fit 32 bits, so that float64 holds each of them, in any order; and its products are fast.
        kernel = self.weights.astype(np.float64).transpose(0, 2, 1).reshape(-1, self.channels)
        kernel = np.concatenate([kernel, np.ones((len(kernel), 1))], axis=1)
        height, width = rows // self.scale, padded.shape[1] // taps
        found = np.empty((height, width, self.channels + 1), np.int32)
        for row in range(height):
            window = padded[self.scale * row :][:KERNEL_ROWS].reshape(KERNEL_ROWS, width, taps)
            blocks = window.transpose(1, 0, 2).reshape(width, -1).astype(np.float64)
            found[row] = blocks @ kernel
        return Sums(found[..., :-1], found[..., -1], rows)

    def scene_symbols(self, sums: Sums) -> Int32[np.ndarray, "h w channels"]:
        """The symbols of a whole scene of these sums."""
        return np.stack([self._round(values) for values in self._scene_values(sums)])

    def extremes(self, sums: Sums) -> tuple[int, int]:
        """Least and greatest value of a scene of these sums, of 16 fractional bits."""
        found = [(values.min(), values.max()) for values in self._scene_values(sums)]
        return int(min(low for low, _ in found)), int(max(high for _, high in found))

    def _scene_values(self, sums: Sums) -> Iterator[Int64[np.ndarray, "w channels"]]:
        for row, each in enumerate(zip(sums.weighted, sums.total, strict=True)):
            yield self._values(*each, self.covered(row, sums.lines))

    def covered(self, row: int, lines: int) -> tuple[int, int]:
        """The first kernel row within the lines at a row of the latent, and the one behind the last."""
        first = PADDING_ROWS - self.scale * row
        return max(first, 0), min(first + lines, KERNEL_ROWS)

    def activations(
        self, samples: Integer[np.ndarray, "rows cols bands"]
    ) -> Integer[np.ndarray, "rows flat"]:
        """What the convolution sees, its columns filled up to whole blocks by the last; columns, then bands.

        Raises:
            CubeError: samples of another type, or of other bands.
        """
        if samples.dtype != self.dtype:
            raise CubeError(f"samples are {samples.dtype}, the encoder was made for {self.dtype}")
        if samples.shape[2] != self.bands:
            raise CubeError(
                f"the lines have {samples.shape[2]} bands, the encoder was made for {self.bands}"
            )
        values = (samples * self.gain + self.offset) >> self.shift
        values = np.clip(values, self.activation_low, self.activation_high)
        more = -values.shape[1] % self.multiple
        values = np.pad(values, [(0, 0), (0, more), (0, 0)], "edge").astype(self.activation_dtype)
        return values.reshape(len(values), -1)

    def saturated(self, samples: Integer[np.ndarray, "rows cols bands"]) -> int:
        """Samples beyond what the encoder was calibrated to, which it takes for the nearest within."""
        values = (samples * self.gain + self.offset) >> self.shift
        return int(
            np.count_nonzero((values < self.activation_low) | (values > self.activation_high))
        )

    def symbols(
        self,
        sums: Int32[np.ndarray, "w channels"],
        total: Int32[np.ndarray, " w"],
        covered: tuple[int, int],
    ) -> Int32[np.ndarray, "w channels"]:
        """From the sums of a row of the latent to its symbols.

        Args:
            sums: of weights times activations.
            total: of activations.
            covered: kernel rows that lie within the scene.
        """
        return self._round(self._values(sums, total, covered))

    def _values(
        self,
        sums: Int32[np.ndarray, "w channels"],
        total: Int32[np.ndarray, " w"],
        covered: tuple[int, int],
    ) -> Int64[np.ndarray, "w channels"]:
        shift = self.channel_shift
        values = sums * self.multiplier + total[:, None] * self.total_multiplier
        values = (values + (1 << (shift - 1))) >> shift
        values += self.constant + self.bias[covered[1]] - self.bias[covered[0]]
        values = np.clip(values, -LARGEST_VALUE, LARGEST_VALUE)
        half = 1 << (FRACTION - 1)
        return np.where(values < 0, (values * self.slope + half) >> FRACTION, values)

    def _round(self, values: Int64[np.ndarray, "w channels"]) -> Int32[np.ndarray, "w channels"]:
        steps = (values - self.low + (1 << (FRACTION - 1))) >> FRACTION
        return np.clip(steps, self.symbol_low, self.symbol_high).astype(np.int32)
