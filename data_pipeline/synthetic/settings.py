"""What a synthetic scene should be: its size, its sensor, its seed."""

from dataclasses import dataclass

import numpy as np

from btcnet_jax.errors import DataError

SHORTEST_NM = 350.0
LONGEST_NM = 2600.0
FLOAT_BITS = 32

Number = int | float
"""Spelled out, because the type checker of the tests takes no int for a float."""


@dataclass(frozen=True, kw_only=True)
class SyntheticSettings:
    """Size, sensor and seed of a synthetic scene.

    Attributes:
        rows, cols, bands: shape of the scene, each at least 1.
        seed: what the landscape, the atmosphere and the noise are drawn from, at least 0.
        sensor_seed: what dead bands and stripes are drawn from; None takes `seed`. Scenes with
            the same sensor seed are images of one sensor.
        bit_depth: 8 to 16 for integers, 32 for float32 radiance in W m-2 sr-1 um-1.
        signed: store signed integers, zero radiance at 0; otherwise unsigned integers above a
            small dark level. float32 output is always signed.
        wavelength_min, wavelength_max: centers of the first and last band in nm, 350 to 2600.
        endmembers: number of materials in the scene, 2 to 64.
        noise: noise standard deviation in multiples of that of an AVIRIS-like sensor.
        dead_bands: number of bands that hold a constant, fewer than `bands`.
        water_vapor: whether the atmosphere holds water vapor, which blackens its bands.
        blur: standard deviation of the Gaussian point-spread function in pixels, 0 to 16.

    Raises:
        DataError: a setting is outside its range.
    """

    rows: int
    cols: int
    bands: int
    seed: int
    sensor_seed: int | None = None
    bit_depth: int = 16
    signed: bool = False
    wavelength_min: Number = 400.0
    wavelength_max: Number = 2500.0
    endmembers: int = 16
    noise: Number = 1.0
    dead_bands: int = 0
    water_vapor: bool = True
    blur: Number = 0.5

    def __post_init__(self) -> None:
        for name, low, high in (
            ("rows", 1, None),
            ("cols", 1, None),
            ("bands", 1, None),
            ("seed", 0, None),
            ("sensor_seed", 0, None),
            ("endmembers", 2, 64),
            ("noise", 0, 1000),
            ("dead_bands", 0, None),
            ("blur", 0, 16),
            ("wavelength_min", SHORTEST_NM, LONGEST_NM),
            ("wavelength_max", SHORTEST_NM, LONGEST_NM),
        ):
            _check_range(name, getattr(self, name), low, high)
        if self.bit_depth != FLOAT_BITS and not 8 <= self.bit_depth <= 16:
            raise DataError(f"bit_depth is {self.bit_depth}; use 8 to 16, or 32 for float32")
        if self.dead_bands >= self.bands:
            raise DataError(f"{self.dead_bands} dead bands of {self.bands}; leave one alive")
        if self.wavelength_min >= self.wavelength_max:
            raise DataError(
                f"wavelengths run from {self.wavelength_min:g} to {self.wavelength_max:g} nm; "
                "make wavelength_min the smaller"
            )

    @property
    def dtype(self) -> np.dtype:
        """The type of the stored values: the smallest that holds the bit depth."""
        if self.bit_depth == FLOAT_BITS:
            return np.dtype(np.float32)
        kind = "int" if self.signed else "uint"
        return np.dtype(f"{kind}{8 if self.bit_depth == 8 else 16}")


def _check_range(name: str, value: Number | None, low: Number, high: Number | None) -> None:
    """Refuse a value below `low` or above `high`; None means not given, or no bound."""
    if value is None or (value >= low and (high is None or value <= high)):
        return
    bounds = f"at least {low:g}" if high is None else f"{low:g} to {high:g}"
    raise DataError(f"{name} is {value}; use {bounds}")
