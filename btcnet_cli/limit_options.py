"""The option that lets a file ask for more than its size makes likely, for every command that reads one."""

import argparse
from typing import TYPE_CHECKING

from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    from btcnet_jax.container.limits import Limits


def add_limit_options(parser: argparse.ArgumentParser) -> None:
    """Declare --max-bytes."""
    parser.add_argument(
        "--max-bytes",
        type=int,
        default=0,
        metavar="N",
        help="samples that a file may restore to, in bytes, whatever its own size; a file that asks for more "
        "than is likely is refused, and told what to give here if you trust it",
    )


def limits_of(arguments: argparse.Namespace) -> "Limits":
    """What a file may ask for."""
    from btcnet_jax.container.limits import Limits

    return Limits.of_bytes(arguments.max_bytes)


def refuse_limit_options(arguments: argparse.Namespace) -> None:
    """Raise `ConfigError` where the option is given, but no compressed file is read."""
    if arguments.max_bytes:
        raise ConfigError("--max-bytes is of reading a .btcn file, and none is read: leave it out")
