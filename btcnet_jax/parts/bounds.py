"""What is promised of each band's samples, and the integers that keep it: the section BOUNDS.

A sample's code is a whole number from 0 up. Of integers it is the sample less the scene's minimum, and a
bound E leaves codes floor(E) to differ. Of floats and a bound above 0 it is the place in a grid of step g
from the minimum on; codes may differ by n, and the restored sample by n g + g / 2 and what float64 and the
sample's own type round. `of` takes g = E / m and n = m - 1, so that this adds up to E (1 - 1 / (2 m)), and
the largest m of `_PARTS` for which E / (2 m) covers the rounding. Of floats and a bound of 0 it is the place
of the sample's bits in the order of numbers.
"""

import io
import struct
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from jaxtyping import Float64, Int64, Num

from btcnet_jax.coding.bounded.arrays import WIDEST
from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError, CubeError, FileFormatError
from btcnet_jax.scene.value_range import ValueRange

_PARTS = (128, 32, 8, 2)
_LEAST_PARTS = _PARTS[-1]
# Roundings of float64 between a sample and what is restored of it, each an epsilon of range or value at most.
_ROUNDINGS = 8


@dataclass(frozen=True, eq=False)
class BandBounds:
    """Bounds of all bands of a scene.

    Attributes:
        dtype: of its samples.
        value_range: of its samples.
        errors: that were promised.
        steps: of the grids of floats; 0 where a band is kept without error, and of integers.
        most: that codes may differ.
    """

    dtype: np.dtype
    value_range: ValueRange
    errors: Float64[np.ndarray, " bands"]
    steps: Float64[np.ndarray, " bands"]
    most: Int64[np.ndarray, " bands"]

    @classmethod
    def of(
        cls, dtype: np.dtype, value_range: ValueRange, errors: Float64[np.ndarray, " bands"]
    ) -> "BandBounds":
        """Of a scene's type and range.

        Args:
            dtype, value_range: of its samples.
            errors: 0 or more each.

        Raises:
            ConfigError: one is larger than the range, or below what a float type can hold.
            CubeError: the samples span more than can be coded.
        """
        steps, most = np.zeros(len(errors)), np.zeros(len(errors), np.int64)
        for error in np.unique(errors).tolist():
            here = errors == error
            steps[here], most[here] = _step(dtype, value_range, error)
        made = cls(dtype, value_range, errors, steps, most)
        made.require_codes(CubeError)
        return made

    def require_codes(self, error: type[CubeError] | type[FileFormatError]) -> None:
        """Raises the error where codes of some band would be too large."""
        for step in np.unique(self.steps).tolist():
            if self._largest(step) >= 1 << WIDEST:
                low, high = self.value_range
                raise error(
                    f"{self.dtype} samples from {low:g} to {high:g} span more than 2**{WIDEST} values: too "
                    "many for a bound; scale them, give floats a larger bound, or convert them to float32"
                )

    def largest(self, band: int) -> int:
        """The greatest code of a band."""
        return self._largest(float(self.steps[band]))

    def codes(self, band: int, samples: Num[np.ndarray, "..."]) -> Int64[np.ndarray, "..."]:
        """The codes of a band's samples, all of them within the range."""
        step, low = float(self.steps[band]), self.value_range.minimum
        if step:
            return np.rint((samples.astype(np.float64) - low) / step).astype(np.int64)
        if self.dtype.kind == "f":
            return _ordered(samples, self.dtype) - _place(low, self.dtype)
        # Unsigned arithmetic wraps around, so this is exact for all types.
        return (samples.astype(np.uint64) - np.uint64(int(low) % 2**64)).astype(np.int64)

    def samples(self, band: int, codes: Num[np.ndarray, "..."]) -> Num[np.ndarray, "..."]:
        """Inverse of `codes`, in the scene's type."""
        step, (low, high) = float(self.steps[band]), self.value_range
        wide = codes.astype(np.int64)
        if step:
            rounded = (wide * step + low).astype(self.dtype)
            return np.clip(rounded, self.dtype.type(low), self.dtype.type(high))
        if self.dtype.kind == "f":
            return _from_ordered(wide + _place(low, self.dtype), self.dtype)
        return (wide.astype(np.uint64) + np.uint64(int(low) % 2**64)).astype(self.dtype)

    def pack(self) -> bytes:
        """The payload of BOUNDS."""
        rows = zip(self.errors.tolist(), self.steps.tolist(), self.most.tolist(), strict=True)
        parts = []
        for (error, step, most), run in groupby(rows):
            parts.append(encode_varint(len(list(run))) + struct.pack("<2d", error, step))
            parts.append(encode_varint(most))
        return b"".join(parts)

    @classmethod
    def unpack(
        cls, payload: bytes, bands: int, dtype: np.dtype, value_range: ValueRange
    ) -> "BandBounds":
        """Reads what `pack` wrote.

        Raises:
            FileFormatError: no such payload, or one of other bands.
        """
        file, start = io.BytesIO(payload), 0
        errors, steps, most = np.zeros(bands), np.zeros(bands), np.zeros(bands, np.int64)
        while start < bands:
            run, numbers = read_varint(file)[0], file.read(16)
            if not 0 < run <= bands - start or len(numbers) < 16:
                raise FileFormatError("the bounds of the bands do not add up: the file is damaged")
            error, step = struct.unpack("<2d", numbers)
            allowed = read_varint(file)[0]
            if not (0 <= error < np.inf and 0 <= step < np.inf and allowed < 1 << WIDEST):
                raise FileFormatError("a bound of the file is no bound: the file is damaged")
            here = slice(start, start + run)
            errors[here], steps[here], most[here] = error, step, allowed
            start += run
        if file.read(1) or (dtype.kind != "f" and steps.any()):
            raise FileFormatError("the bounds do not fit the file's bands: the file is damaged")
        made = cls(dtype, value_range, errors, steps, most)
        made.require_codes(FileFormatError)
        return made

    def _largest(self, step: float) -> int:
        low, high = self.value_range
        if step:
            count = (high - low) / step
            return round(count) if count < 2.0**WIDEST else 1 << WIDEST
        if self.dtype.kind == "f":
            return _place(high, self.dtype) - _place(low, self.dtype)
        return int(high) - int(low)


def read_bounds(file: CompressedFile) -> BandBounds:
    """What a file promises.

    Raises:
        FileFormatError: the section is missing or damaged.
    """
    header, payload = file.header, file.payload(SectionKind.BOUNDS)
    value_range = ValueRange(header.minimum, header.maximum)
    return BandBounds.unpack(payload, header.bands, np.dtype(header.dtype), value_range)


def _step(dtype: np.dtype, value_range: ValueRange, error: float) -> tuple[float, int]:
    """The grid of a bound and how far its codes may differ."""
    low, high = value_range
    if error > high - low > 0:
        raise ConfigError(
            f"a bound of {error:g} is larger than the range of the samples, {low:g} to {high:g}: give a "
            "smaller one"
        )
    if dtype.kind != "f":
        return 0.0, int(error)
    if error == 0:
        return 0.0, 0
    largest = max(abs(float(low)), abs(float(high)))
    rounding = float(np.spacing(dtype.type(largest))) / 2
    rounding += _ROUNDINGS * float(np.finfo(np.float64).eps) * (high - low + largest)
    for parts in _PARTS:
        if error / (2 * parts) >= rounding:
            return error / parts, parts - 1
    raise ConfigError(
        f"a bound of {error:g} is below what {dtype} can hold of samples up to {largest:g}: give "
        f"{2 * _LEAST_PARTS * rounding:.3g} or more, or 0, which keeps every bit"
    )


def _ordered(samples: Num[np.ndarray, "..."], dtype: np.dtype) -> Int64[np.ndarray, "..."]:
    """Whole numbers in the order of floats, by their bits."""
    size = dtype.itemsize
    native = np.ascontiguousarray(samples, dtype.newbyteorder("="))
    bits = native.view(f"i{size}").astype(np.int64)
    return np.where(bits < 0, bits ^ np.int64((1 << (8 * size - 1)) - 1), bits)


def _from_ordered(places: Int64[np.ndarray, "..."], dtype: np.dtype) -> Num[np.ndarray, "..."]:
    size = dtype.itemsize
    bits = np.where(places < 0, places ^ np.int64((1 << (8 * size - 1)) - 1), places)
    native = bits.astype(f"i{size}").view(dtype.newbyteorder("="))
    return native.astype(dtype)


def _place(value: int | float, dtype: np.dtype) -> int:
    return int(_ordered(np.array([value], dtype.newbyteorder("=")), dtype)[0])
