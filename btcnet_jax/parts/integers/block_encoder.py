"""The planned front end of the universal codec in integers: the reference that the C program equals to the bit.

    x         = sample, of uint16 less 32768                                       16 bits, signed
    component = sum over groups of 8 bands of ((sum of weight * x) >> 8), - bias      int32, and so are its sums
    rows      = the 4-point DCT along the columns of a block, then along its rows: sums of an even frequency
                as (a + 1) >> 1, of an odd one as (10703 a + 4433 b + 8192) >> 14
    symbol    = sign * min((|coefficient| * multiplier + dead zone) >> shift, 32767)     64 bits

Shifts round down. Behind the last line and column a block is filled up with its own, mirrored. That no sum can
overflow, whatever the samples, is checked when an encoder is made.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int16, Int32, Int64, Integer, UInt8

from btcnet_jax.coding.context import POSITIONS
from btcnet_jax.errors import ConfigError
from btcnet_jax.parts.block_transform import BLOCK, SIDE
from btcnet_jax.scene.lines import mirrored_lines

GROUP = 8
"""Bands whose products are added up before they are shifted."""
SHIFT = 8
"""Of such a sum."""
LARGEST_SYMBOL = (1 << 15) - 1
"""Symbols beyond are cut off, and counted."""
MOST_COMPONENTS = 127
"""Of which sums of products of patterns fit into 32 bits (`coding.context`)."""
SINE, COSINE, FRACTION = 4433, 10703, 14
"""Of pi / 8, times the root of a half, with so many fractional bits: odd frequencies of the DCT."""

# A group's sum times the greatest sample, and a component through both passes of the DCT, fit into 32 bits.
_MOST_GROUP, _MOST_SUM = (1 << 16) - 1, (1 << 20) - 256
_MOST_WEIGHT = (1 << 15) - 1
_MOST_SHIFT = 61
# Half a unit that each shift of a group's sum takes off, on the average.
_SHIFTED_OFF = (1 - 2.0**-SHIFT) / 2
# Of a step, in 1/2^16, from which on a coefficient counts as the next symbol, less one.
_DEAD_ZONE, _DEAD_BITS = 26214, 16


@dataclass(frozen=True, eq=False)
class BlockEncoder:
    """From samples to symbols.

    Attributes:
        dtype: of the samples, int16 or uint16.
        weights: of each component and band; 0 of bands that are not coded.
        bias: of each component.
        multiplier: of each component, from its coefficients to steps; 0 of one that is never sent.
        shift: of each component, 16 to 61.

    Raises:
        ValueError: sums could overflow, or sizes do not fit.
    """

    dtype: np.dtype
    weights: Int16[np.ndarray, "components bands"]
    bias: Int32[np.ndarray, " components"]
    multiplier: Int32[np.ndarray, " components"]
    shift: UInt8[np.ndarray, " components"]

    def __post_init__(self) -> None:
        sums = _group_sums(self.weights)
        if sums.max() > _MOST_GROUP or sums.sum(axis=1).max() > _MOST_SUM:
            raise ValueError("weights whose sums could overflow")
        if np.abs(self.bias.astype(np.int64)).max() > _MOST_SUM << 7:
            raise ValueError("a bias that no weights have")
        if self.multiplier.min() < 0 or self.shift.min() < _DEAD_BITS:
            raise ValueError("multipliers below zero, or a shift too small")
        if self.shift.max() > _MOST_SHIFT or len(self.weights) > MOST_COMPONENTS:
            raise ValueError("a shift too large, or too many components")

    @property
    def components(self) -> int:
        """That are coded."""
        return len(self.weights)

    @property
    def zero(self) -> int:
        """The sample that counts as 0."""
        return 1 << 15 if self.dtype.kind == "u" else 0

    @property
    def dead_zones(self) -> Int64[np.ndarray, " components"]:
        """What is added to a magnitude before it is shifted."""
        return np.int64(_DEAD_ZONE) << (self.shift.astype(np.int64) - _DEAD_BITS)

    def encode(
        self, values: Integer[np.ndarray, "rows cols bands"]
    ) -> tuple[Int64[np.ndarray, "components 16 block_rows block_cols"], int]:
        """Symbols of a tile, and how many were cut off.

        Args:
            values: of all bands, in the encoder's type.
        """
        planes = self.planes(values)
        across = _mirrored(planes, 2)
        return self.symbols(self.coefficients(_mirrored(across, 1)))

    def planes(
        self, values: Integer[np.ndarray, "rows cols bands"]
    ) -> Int32[np.ndarray, "components rows cols"]:
        """The components of every sample."""
        rows, cols, bands = values.shape
        samples = (values.reshape(-1, bands).astype(np.int32) - self.zero).T
        total = np.zeros((self.components, rows * cols), np.int32)
        for first in range(0, bands, GROUP):
            weights = self.weights[:, first : first + GROUP].astype(np.int32)
            total += (weights @ np.ascontiguousarray(samples[first : first + GROUP])) >> SHIFT
        return (total - self.bias[:, None]).reshape(-1, rows, cols)

    def coefficients(
        self, planes: Int32[np.ndarray, "components rows cols"]
    ) -> Int32[np.ndarray, "components 16 block_rows block_cols"]:
        """Of whole blocks, in the order of `POSITIONS`."""
        count, rows, cols = planes.shape
        blocks = planes.reshape(count, rows // SIDE, SIDE, cols // SIDE, SIDE)
        down = _dct(*(blocks[:, :, line] for line in range(SIDE)))
        both = [_dct(*(each[..., place] for place in range(SIDE))) for each in down]
        return np.stack([both[u][v] for u, v in POSITIONS], axis=1)

    def symbols(
        self, coefficients: Int32[np.ndarray, "components 16 block_rows block_cols"]
    ) -> tuple[Int64[np.ndarray, "components 16 block_rows block_cols"], int]:
        """Of coefficients, and how many were cut off."""
        whole = np.index_exp[:, None, None, None]
        magnitudes = np.abs(coefficients.astype(np.int64)) * self.multiplier[whole]
        steps = (magnitudes + self.dead_zones[whole]) >> self.shift[whole]
        cut = int(np.count_nonzero(steps > LARGEST_SYMBOL))
        return np.sign(coefficients) * np.minimum(steps, LARGEST_SYMBOL), cut


def block_encoder(
    dtype: np.dtype,
    projection: Float64[np.ndarray, "components bands"],
    mean: Float64[np.ndarray, " bands"],
    step: float,
) -> BlockEncoder:
    """The integers of a plan.

    Args:
        dtype: of the samples.
        projection: from deviations of samples to components; 0 of bands that are not coded.
        mean: of each band, a sample.
        step: of quantization, of samples.

    Raises:
        ConfigError: samples of another type, too many components, or steps finer than integers can tell.
    """
    if dtype.newbyteorder("=") not in (np.dtype(np.int16), np.dtype(np.uint16)):
        raise ConfigError(
            f"a plan in integers is for samples of type int16 or uint16, not {dtype.name}"
        )
    if len(projection) > MOST_COMPONENTS:
        raise ConfigError(
            f"a plan in integers has {MOST_COMPONENTS} components at most, not {len(projection)}: plan for a "
            "lower rate"
        )
    gains = _gains(projection)
    weights = np.rint(projection * gains[:, None]).astype(np.int16)
    zero = 1 << 15 if dtype.kind == "u" else 0
    groups = -(-len(mean) // GROUP)
    used = np.abs(weights).max(axis=1) > 0
    bias = weights.astype(np.float64) @ (mean - zero) / (1 << SHIFT) - groups * _SHIFTED_OFF
    unit = np.where(used, (1 << SHIFT) / (gains * step), 0.0)
    # Multipliers of 31 bits.
    shift = np.where(used, 31 - np.frexp(np.where(used, unit, 1.0))[1], _DEAD_BITS)
    if shift.min() < _DEAD_BITS:
        raise ConfigError("the step is finer than integers can tell: plan for a lower rate")
    shift = np.minimum(shift, _MOST_SHIFT)
    multiplier = np.minimum(np.rint(np.ldexp(unit, shift)), 2**31 - 1)
    return BlockEncoder(
        dtype.newbyteorder("="),
        weights,
        np.rint(np.where(used, bias, 0)).astype(np.int32),
        multiplier.astype(np.int32),
        shift.astype(np.uint8),
    )


def _gains(
    projection: Float64[np.ndarray, "components bands"],
) -> Float64[np.ndarray, " components"]:
    """From a component's projection to its weights: as large as sums of 32 bits allow."""
    greatest = np.abs(projection).max(axis=1)
    used = np.where(greatest > 0, greatest, 1.0)
    sums = _group_sums(projection / used[:, None])
    # What rounding adds at most, half a unit a band, is left free.
    whole = (_MOST_SUM - projection.shape[1]) / np.maximum(sums.sum(axis=1), 1e-9)
    group = (_MOST_GROUP - GROUP) / np.maximum(sums.max(axis=1), 1e-9)
    return np.minimum(np.minimum(whole, group), _MOST_WEIGHT) / used


def _group_sums(weights: np.ndarray) -> np.ndarray:
    """Sums of magnitudes of each component's groups of bands."""
    padded = np.pad(np.abs(weights.astype(np.float64)), ((0, 0), (0, -weights.shape[1] % GROUP)))
    return padded.reshape(len(weights), -1, GROUP).sum(axis=2)


def _dct(
    a: Int32[np.ndarray, "*n"],
    b: Int32[np.ndarray, "*n"],
    c: Int32[np.ndarray, "*n"],
    d: Int32[np.ndarray, "*n"],
) -> tuple[Int32[np.ndarray, "*n"], ...]:
    """Of four samples, orthonormal."""
    outer, inner = a + d, b + c
    wide, near = (a - d).astype(np.int64), (b - c).astype(np.int64)
    half = 1 << (FRACTION - 1)
    return (
        (outer + inner + 1) >> 1,
        ((COSINE * wide + SINE * near + half) >> FRACTION).astype(np.int32),
        (outer - inner + 1) >> 1,
        ((SINE * wide - COSINE * near + half) >> FRACTION).astype(np.int32),
    )


def _mirrored(planes: Int32[np.ndarray, "*n"], axis: int) -> Int32[np.ndarray, "*m"]:
    """Filled up to whole blocks; the last block of a side by its own samples alone."""
    size = planes.shape[axis]
    if not (left := size % SIDE):
        return planes
    places = [*range(size), *(size - left + place for place in mirrored_lines(left, SIDE))]
    return np.take(planes, places, axis=axis)


assert BLOCK == SIDE * SIDE
