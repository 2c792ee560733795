"""The options that choose among a model's rates, for every command that compresses."""

import argparse
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Shaped

    from btcnet_jax.codec.codec import Codec


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
        help="the finest level whose file takes at most so many bits a pixel and band",
    )


def compress_as_asked(
    codec: "Codec", cube: "Shaped[np.ndarray, '...']", arguments: argparse.Namespace
) -> bytes:
    """The file at the level, or within the rate, of the command line.

    Raises:
        CubeError: the cube cannot be compressed with this model.
        ConfigError: the model has no such level, or none within the rate.
    """
    if arguments.bpppb is not None:
        return codec.compress_within(cube, arguments.bpppb)
    return codec.compress(cube, arguments.level)


def _rate(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no rate: give bits a pixel and band above 0")
    return value
