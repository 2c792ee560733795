"""The options that choose a rate, for every command that compresses."""

import argparse
import math


def add_rate_options(parser: argparse.ArgumentParser) -> None:
    """Declare --level and --bpppb, of which one may be given."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--level",
        type=int,
        metavar="N",
        help="of a model of several rates, 0 the coarsest; the finest if not given",
    )
    group.add_argument(
        "--bpppb",
        type=_rate,
        metavar="RATE",
        help="bits a pixel and band that the file may take at most (0.1; of a trained model the "
        "finest level within it)",
    )


def _rate(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no rate: give bits a pixel and band above 0")
    return value
