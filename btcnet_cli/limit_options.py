"""The option that lets a file ask for more than its size makes likely, for every command that reads one."""

import argparse
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    from btcnet_jax.container.limits import Limits

_UNITS = ("", "k", "m", "g", "t")


def add_limit_options(parser: argparse.ArgumentParser) -> None:
    """Declare --max-bytes."""
    parser.add_argument(
        "--max-bytes",
        type=size_of,
        default=0,
        metavar="SIZE",
        help="let a small file restore to samples of up to SIZE (500MB, 2GiB, bytes). It raises the limit and "
        "never lowers it: without it a file may restore to 128 MiB, and 16 KiB more for each byte of its own; "
        "one that asks for more is refused and told what to give here if you trust it",
    )


def size_of(text: str) -> int:
    """Bytes as people write them: 2000000, 500MB (of 1000), 2GiB (of 1024).

    Raises:
        argparse.ArgumentTypeError: no size, or none above zero.
    """
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?(?:([kmgt]?)(i?)b?)?", text.strip().lower())
    size = 0
    if found and (found[2] or not found[3]):
        size = int(Decimal(found[1]) * (1024 if found[3] else 1000) ** _UNITS.index(found[2] or ""))
    if size <= 0:
        raise argparse.ArgumentTypeError(f"{text} is no size: give bytes, such as 500MB or 2GiB")
    return size


def limits_of(arguments: argparse.Namespace) -> "Limits":
    """What a file may ask for."""
    from btcnet_jax.container.limits import Limits

    return Limits.of_bytes(arguments.max_bytes)


def refuse_limit_options(arguments: argparse.Namespace) -> None:
    """Raise `ConfigError` where the option is given, but no compressed file is read."""
    if arguments.max_bytes:
        raise ConfigError("--max-bytes is of reading a .btcn file, and none is read: leave it out")
