"""The entry of every command: what `btcnet` and the repository's `main.py` call."""

import os
import sys

from btcnet_cli.commands import parse
from btcnet_cli.report import report_errors


def run(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 done, 2 bad input, 128 + N stopped by signal N."""
    # PROJ speaks on the terminal itself, of damaged maps; it is asked when it is loaded, and no later.
    os.environ.setdefault("PROJ_DEBUG", "0")
    with report_errors() as outcome:
        arguments = parse(sys.argv[1:] if argv is None else argv)
        outcome.status = arguments.run(arguments)
    return outcome.status
