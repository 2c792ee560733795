"""One entry to everything: `python main.py COMMAND ...`, or `btcnet COMMAND ...` once installed.

Without a command it trains: `python main.py --config configs/aviris.py`.
"""

import sys

from btcnet_cli.commands import parse
from btcnet_cli.report import report_errors


def run(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 done, 2 bad input, 128 + N stopped by signal N."""
    with report_errors() as outcome:
        arguments = parse(sys.argv[1:] if argv is None else argv)
        outcome.status = arguments.run(arguments)
    return outcome.status


if __name__ == "__main__":
    sys.exit(run())
