"""The option --json, for every command that prints figures."""

import argparse
import json
from pathlib import Path
from typing import Any

from btcnet_cli.outputs import require_safe_output
from btcnet_cli.streams import is_standard, write_standard


def add_json_option(parser: argparse.ArgumentParser, what: str) -> None:
    """Declare --json FILE.

    Args:
        parser: of the command.
        what: is written.
    """
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help=f"write {what} as JSON; - for standard output, all else then goes to standard error",
    )


def require_json_place(path: Path | None, *others: Path) -> None:
    """Refuse, before any work, a place that cannot be written or is another file of the command."""
    if path is not None and not is_standard(path):
        require_safe_output(path, *others)


def write_json(path: Path | None, told: Any) -> None:
    """Write figures where they are wanted; `words_aside` keeps the rest off standard output."""
    from btcnet_jax.files import write_atomically

    if path is None:
        return
    data = json.dumps(told, allow_nan=False).encode()
    if is_standard(path):
        write_standard(data + b"\n")
        return
    write_atomically(path, data)
    print(f"figures: {path}")
