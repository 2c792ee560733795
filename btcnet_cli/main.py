"""The entry of every command: what `btcnet` and the repository's `main.py` call.

Commands are imported by functions, when Ctrl-C has someone to catch it.
"""

import os
import signal
import sys
from typing import NoReturn

from btcnet_cli.interrupts import leave_at_once, were_received

# Commands that may run a decoder network.
_CODING = ("compress", "decompress", "evaluate")


def main() -> NoReturn:
    """Run the command of this process and end it, with the status that `run` gives."""
    try:
        status = run()
        # What was asked for is done or failed: from here on there is nothing to interrupt.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        leave_at_once()
    if were_received():
        leave_at_once()
    sys.exit(status)


def run(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0 done, 2 bad input, 128 + N stopped by signal N."""
    from btcnet_cli.report import report_errors

    # PROJ speaks on the terminal itself, of damaged maps; it is asked when it is loaded, and no later.
    os.environ.setdefault("PROJ_DEBUG", "0")
    words = sys.argv[1:] if argv is None else argv
    if words and words[0] in _CODING:
        # Threads take a tile each (--jobs). Those of numpy's BLAS would wait beside them, at a quarter of the
        # processor; it asks when it is loaded.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with report_errors() as outcome:
        from btcnet_cli.commands import parse

        arguments = parse(words)
        if arguments.command in _CODING:
            from btcnet_cli.compiled_networks import keep_compiled, tell_who_waits

            keep_compiled()
            tell_who_waits()
        outcome.status = arguments.run(arguments)
    return outcome.status


if __name__ == "__main__":
    main()
