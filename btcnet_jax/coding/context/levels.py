"""Side information of the context model: how large each component's coefficients are."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from btcnet_jax.coding.bit_stream import BitReader, BitWriter
from btcnet_jax.errors import FileFormatError

LEVELS = 7
"""Sets of weights, by level of the component."""

_FIELD = 5
_LEAST_DC, _LEAST_AC = -12, -16
_ORDER = 0
# Of levels in integers: fractional bits of a mean magnitude.
_FRACTION = 16

LEVEL_THRESHOLDS = np.rint(
    np.exp2((np.arange(_LEAST_AC + 1, _LEAST_DC + (1 << _FIELD)) - 0.5) / 2 + _FRACTION)
).astype(np.int64)
"""Mean magnitudes, with 16 fractional bits, from which on a level is -15, -14, ... 19."""


@dataclass(frozen=True, eq=False)
class ComponentLevels:
    """Levels of each component, in half octaves.

    Attributes:
        dc: mean step from a DC coefficient to the one at its right, -12..19.
        ac: mean magnitude of the other 15 positions, -16..15.

    Raises:
        ValueError: levels out of range, or not one pair a component.
    """

    dc: Int[np.ndarray, "components"]
    ac: Int[np.ndarray, "components"]

    def __post_init__(self) -> None:
        if self.dc.shape != self.ac.shape or self.dc.ndim != 1 or not self.dc.size:
            raise ValueError("levels must be one pair for each component")
        for values, least in ((self.dc, _LEAST_DC), (self.ac, _LEAST_AC)):
            if values.min() < least or values.max() >= least + (1 << _FIELD):
                raise ValueError("a level is out of range")

    @classmethod
    def of(
        cls, symbols: Int[np.ndarray, "components 16 rows cols"], per_step: int = 1
    ) -> "ComponentLevels":
        """Levels that fit symbols in steps over `per_step`. Floating point: what counts is what is sent."""
        steps = np.abs(np.diff(symbols[:, 0], axis=-1, prepend=0)).mean(axis=(1, 2)) / per_step
        magnitudes = np.abs(symbols[:, 1:]).mean(axis=(1, 2, 3)) / per_step
        return cls(
            _half_octaves(steps + 2.0**-6, _LEAST_DC),
            _half_octaves(magnitudes + 2.0**-8, _LEAST_AC),
        )

    @classmethod
    def of_integers(cls, symbols: Int[np.ndarray, "components 16 rows cols"]) -> "ComponentLevels":
        """Nearly those of `of`, found in integers of 64 bits, as they are on board."""
        steps = np.abs(np.diff(symbols[:, 0], axis=-1, prepend=0)).sum(axis=(1, 2))
        magnitudes = np.abs(symbols[:, 1:]).sum(axis=(1, 2, 3))
        places = symbols[0, 0].size
        dc = ((steps << _FRACTION) // places) + (1 << (_FRACTION - 6))
        ac = ((magnitudes << _FRACTION) // (15 * places)) + (1 << (_FRACTION - 8))
        found = (np.searchsorted(LEVEL_THRESHOLDS, each, side="right") for each in (dc, ac))
        levels = (each + _LEAST_AC for each in found)
        return cls(
            *(
                np.clip(level, least, least + (1 << _FIELD) - 1)
                for level, least in zip(levels, (_LEAST_DC, _LEAST_AC), strict=True)
            )
        )

    def first(self, count: int) -> "ComponentLevels":
        """Of the first components alone."""
        return ComponentLevels(self.dc[:count], self.ac[:count])

    def classes(self) -> Int[np.ndarray, "components"]:
        """Which weights each component takes, 0..LEVELS-1."""
        return np.clip((self.dc + 5) // 2, 0, LEVELS - 1)

    def to_bytes(self) -> bytes:
        """The first component's levels in 5 bits each, then differences from component to component.

        A difference d is an Exp-Golomb code of order 0 of 2|d + 1|, less 1 where d + 1 > 0: levels fall by
        about 1 from one component to the next. Half a byte a component.
        """
        writer = BitWriter()
        for values, least in ((self.dc, _LEAST_DC), (self.ac, _LEAST_AC)):
            writer.write(int(values[0]) - least, _FIELD)
            for rise in (np.diff(values) + 1).tolist():
                writer.write_exp_golomb(2 * abs(rise) - (rise > 0), _ORDER)
        return writer.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes, components: int) -> "ComponentLevels":
        """Inverse of `to_bytes`.

        Raises:
            FileFormatError: the bytes end early, go on, or hold impossible levels.
        """
        reader = BitReader(data)
        dc, ac = (_read_levels(reader, components, least) for least in (_LEAST_DC, _LEAST_AC))
        reader.finish()
        try:
            return cls(dc, ac)
        except ValueError as error:
            raise FileFormatError(
                "a component's level is impossible: the file is damaged"
            ) from error


def _half_octaves(values: np.ndarray, least: int) -> Int[np.ndarray, "components"]:
    levels = np.rint(2 * np.log2(values)).astype(np.int64)
    return np.clip(levels, least, least + (1 << _FIELD) - 1)


def _read_levels(reader: BitReader, components: int, least: int) -> Int[np.ndarray, "components"]:
    levels = [reader.read(_FIELD) + least]
    for _ in range(components - 1):
        code = reader.read_exp_golomb(_ORDER)
        rise = (code + 1) // 2 if code % 2 else -(code // 2)
        levels.append(levels[-1] + rise - 1)
    # A sum of codes below 2**33 each; beyond any level it is refused as such.
    return np.clip(np.array(levels, np.int64), least - 1, least + (1 << _FIELD))
