"""The option that says how many threads work."""

import argparse
import os


def add_jobs_option(parser: argparse.ArgumentParser) -> None:
    """Declare --jobs."""
    parser.add_argument(
        "--jobs",
        type=_jobs,
        default=min(_processors(), _USUAL),
        metavar="N",
        help="threads that code tiles of large scenes, each with one in memory: one a processor, but no "
        f"more than {_USUAL}, if not given; all processors with 0. The result is the same with any number",
    )


def _jobs(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > _MOST:
        raise argparse.ArgumentTypeError(f"{text:.20} is no number of threads: 0 to {_MOST}")
    return int(text) or _processors()


def _processors() -> int:
    return len(os.sched_getaffinity(0))


# Of memory: a thread takes some 100 MB.
_USUAL, _MOST = 4, 1024
