"""What a file is asked to be: of a rate, a quality, one of a model's levels, or of a bounded error."""

import math
import numbers
from collections.abc import Iterator, Sized
from dataclasses import dataclass
from typing import TypeVar

from btcnet_jax.codec.bound import Bound
from btcnet_jax.errors import ConfigError, CubeError
from btcnet_jax.metrics import Quality, bits_per_sample


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
        if not _is_above_zero(self.bpppb):
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


NO_PEAK = (
    "no band of this cube has a value above zero, so that none has a PSNR: aim at a spectral angle "
    "(--target-sam) or a rate (--bpppb)"
)
"""Why no PSNR can be aimed at."""


@dataclass(frozen=True)
class Psnr:
    """The smallest file whose restored scene has at least this PSNR.

    It is the published one (`btcnet_jax.metrics.Quality.psnr_db`), of what the decoder gives, one view, in the
    samples' own type, over the samples that are data.

    Attributes:
        db: decibels; where a band comes back without any error its PSNR is infinite.

    Raises:
        ConfigError: no number above zero.
    """

    db: float

    def __post_init__(self) -> None:
        if not _is_above_zero(self.db):
            raise ConfigError(
                f"a PSNR of {_shown(self.db)} dB cannot be aimed at: give one above zero, such as 45"
            )

    def figure(self, quality: Quality) -> float:
        """The PSNR of a restored scene, dB; infinite where nothing differs.

        Raises:
            CubeError: none of its bands has a PSNR.
        """
        if quality.psnr_db is not None:
            return quality.psnr_db
        if quality.max_error > 0 and quality.bands_without_peak:
            raise CubeError(NO_PEAK)
        return math.inf

    def margin(self, quality: Quality) -> float:
        """By how many dB a restored scene is better, up to what tells nothing more."""
        return min(self.figure(quality) - self.db, _MOST_SPARE)

    def in_words(self, figure: float) -> str:
        """A PSNR, rounded down."""
        return f"{math.floor(100 * figure) / 100:.2f} dB" if math.isfinite(figure) else "no error"

    def __str__(self) -> str:
        return f"{self.db:g} dB"


@dataclass(frozen=True)
class Sam:
    """The smallest file whose restored scene has at most this mean spectral angle.

    It is the published one (`btcnet_jax.metrics.Quality.sam_deg`); see `Psnr`.

    Attributes:
        degrees: above 0, up to 90.

    Raises:
        ConfigError: another number, or none.
    """

    degrees: float

    def __post_init__(self) -> None:
        if not _is_above_zero(self.degrees) or self.degrees > _RIGHT_ANGLE:
            raise ConfigError(
                f"a spectral angle of {_shown(self.degrees)} degrees cannot be aimed at: give one above 0, up "
                "to 90, such as 0.5"
            )

    def figure(self, quality: Quality) -> float:
        """The spectral angle of a restored scene, degrees.

        Raises:
            CubeError: none of its pixels has one.
        """
        if quality.sam_deg is None:
            raise CubeError(
                "no pixel of this cube has a spectral angle, which takes data in all bands and not only zeros: "
                "aim at a PSNR (--target-psnr) or a rate (--bpppb)"
            )
        return quality.sam_deg

    def margin(self, quality: Quality) -> float:
        """Logarithm of how many times smaller the angle of a restored scene is."""
        return math.log(self.degrees / max(self.figure(quality), 1e-9))

    def in_words(self, figure: float) -> str:
        """A spectral angle, rounded up."""
        return f"{math.ceil(1e4 * figure) / 1e4:.4f} degrees"

    def __str__(self) -> str:
        return f"{self.degrees:g} degrees"


QualityTarget = Psnr | Sam
"""Targets of which a file is measured that was restored."""

_RIGHT_ANGLE, _MOST_SPARE = 90, 60.0


def is_quality(target: "Target") -> bool:
    """Whether files have to be restored to know whether they will do."""
    return isinstance(target, QualityTarget)


def _is_above_zero(value: object) -> bool:
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return number and 0 < value < math.inf  # type: ignore[operator]


def _shown(value: object) -> str:
    """A value that fits a line, of others the type."""
    plain = value is None or isinstance(value, (str, bool, numbers.Number))
    return repr(value)[:40] if plain else type(value).__name__


Target = Rate | Level | Bound | Psnr | Sam
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


def require_target(target: object) -> None:
    """Raise ConfigError on anything but a target."""
    if not isinstance(target, Target):
        number = isinstance(target, numbers.Real) and not isinstance(target, bool)
        hint = f": write Rate({target:g})" if number else ""
        raise ConfigError(
            "a target is Rate(bpppb), Psnr(db), Sam(degrees), Level(n) or Bound(error), "
            f"not {type(target).__name__}{hint}"
        )
