"""The options that ask for a bound of the error, for every command that compresses, and for `verify`."""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    from btcnet_jax.codec.bound import Bound

OPTIONS = ("max_error", "relative_error")
# What the codec of a bound does not take.
_OF_OTHERS = ("model", "optimize", "quantization")


def add_bound_options(group: Any) -> None:
    """Declare --max-error and --relative-error in a group of which one may be given."""
    group.add_argument(
        "--max-error",
        metavar="E",
        help="most that any valid sample may differ, in the samples' unit; 0 is lossless. By band: a file of a "
        "number a line, or 5,450:1,700:2, of the bands at 450 and 700 nm and of all others",
    )
    group.add_argument(
        "--relative-error",
        metavar="R",
        help="likewise, as a share of the range of each band's valid samples, such as 0.001",
    )


def is_bound(arguments: argparse.Namespace) -> bool:
    """Whether a bound is asked for."""
    return any(getattr(arguments, name) is not None for name in OPTIONS)


def bound_of(arguments: argparse.Namespace) -> "Bound":
    """The bound that is asked for.

    Raises:
        ConfigError: no bound, or an option beside it that is of other codecs.
    """
    from btcnet_jax.codec.bound import Bound

    for name in _OF_OTHERS:
        if getattr(arguments, name, None) is not None:
            raise ConfigError(f"a bound of the error has one way to be kept: leave out --{name}")
    relative = arguments.max_error is None
    text = arguments.relative_error if relative else arguments.max_error
    option = "--relative-error" if relative else "--max-error"
    pairs: dict[float, float] = {}
    plain: list[float] = []
    for word in _words(text, option):
        wavelength, colon, error = word.rpartition(":")
        if not colon:
            plain.append(_number(error, option))
            continue
        at = _number(wavelength, option)
        if at in pairs:
            raise ConfigError(f"{option} names the band at {at:g} nm twice")
        pairs[at] = _number(error, option)
    if not pairs:
        return Bound(plain[0] if len(plain) == 1 else plain, relative=relative)
    if len(plain) > 1:
        raise ConfigError(f"{option} has {len(plain)} numbers for all other bands: give one")
    return Bound(pairs, relative=relative, others=plain[0] if plain else None)


def _words(text: str, option: str) -> list[str]:
    """What is given, or what stands in a file of that name."""
    path = Path(text)
    try:
        there = path.is_file()
    except (OSError, ValueError):
        there = False
    if there:
        from btcnet_jax.files import read_file

        lines = read_file(path).decode(errors="replace").splitlines()
        words = [line.split("#")[0].strip() for line in lines]
    else:
        words = [word.strip() for word in text.split(",")]
    words = [word for word in words if word]
    if not words:
        if not text.strip():
            raise ConfigError(f"{option} is empty: give a number, such as 2, or a file of bounds")
        raise ConfigError(f"{option}: {text} tells of no bound: give a number")
    return words


def _number(text: str, option: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise ConfigError(f"{option}: {text:.40} is no number, and no file of bounds")
    if math.isinf(value):
        raise ConfigError(f"{option}: {text:.40} bounds nothing: give a finite number, such as 2")
    return value
