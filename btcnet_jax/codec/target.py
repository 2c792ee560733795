"""What a file is asked to be: of a rate, of one of a model's levels, or of a bounded error."""

import math
import numbers
from collections.abc import Iterator, Sized
from dataclasses import dataclass
from typing import TypeVar

from btcnet_jax.codec.bound import Bound
from btcnet_jax.errors import ConfigError
from btcnet_jax.metrics import bits_per_sample


@dataclass(frozen=True)
class Rate:
    """The best file within a rate.

    Of a small cube, such as a tile of 8 x 8 pixels, what every file says (header, wavelengths, the mean of each
    band) may take more than that by itself. Where no rate is given, and on the command line, the smallest file
    is given then; its rate is 8 x bytes / samples.

    Attributes:
        bpppb: bits a pixel and band that the whole file may take at most.
        or_smallest: where no file is that small, give the smallest instead of an error.

    Raises:
        ConfigError: a rate that is not above zero.
    """

    bpppb: float
    or_smallest: bool = False

    def __post_init__(self) -> None:
        number = isinstance(self.bpppb, numbers.Real) and not isinstance(self.bpppb, bool)
        if not number or not 0 < self.bpppb < math.inf:
            raise ConfigError(
                f"a rate of {_shown(self.bpppb)} bpppb cannot be met: give one above zero"
            )

    def file_bytes(self, samples: int) -> int:
        """Bytes that a file of so many samples may take."""
        return math.floor(self.bpppb * samples / 8)


@dataclass(frozen=True)
class Level:
    """One of the rates that a model was trained for.

    Attributes:
        number: 0 is the coarsest.

    Raises:
        ConfigError: no whole number.
    """

    number: int

    def __post_init__(self) -> None:
        if not isinstance(self.number, numbers.Integral) or isinstance(self.number, bool):
            raise ConfigError(f"a level is a whole number, not {_shown(self.number)}")


def _shown(value: object) -> str:
    """A value that fits a line, of others the type."""
    plain = value is None or isinstance(value, (str, bool, numbers.Number))
    return repr(value)[:40] if plain else type(value).__name__


Target = Rate | Level | Bound
"""What `Codec.compress` takes."""


_F = TypeVar("_F", bound=Sized)


def first_within(files: Iterator[_F], target: Target, shape: tuple[int, ...]) -> _F:
    """The first file that is within the rate; of a level, the file.

    Args:
        files: the largest first.
        target: asked for.
        shape: (rows, cols, bands) of the scene.

    Raises:
        ConfigError: the smallest is above the rate, which may not be.
    """
    if not isinstance(target, Rate):
        return next(files)
    for data in files:
        if len(data) <= target.file_bytes(math.prod(shape)):
            return data
    rate = bits_per_sample(len(data), *shape)
    if not target.or_smallest:
        raise ConfigError(
            f"the smallest file of this cube takes {rate:.4f} bpppb, above {target.bpppb:g}: "
            "allow more (--bpppb), or name a model of a lower rate"
        )
    return data
