"""The option that lets a file ask for more than its size makes likely, for every command that reads one."""

import argparse
from typing import TYPE_CHECKING

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
