"""The options that choose a codec and a rate, for every command that compresses."""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from btcnet_cli.bound_options import add_bound_options, bound_of, is_bound
from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    from btcnet_jax.codec import Target


def add_rate_options(parser: argparse.ArgumentParser) -> None:
    """Declare what chooses a codec, and what it is to meet, of which one may be given."""
    parser.add_argument(
        "--model",
        type=Path,
        help="name that `models` lists, .btcmodel file or folder of a trained run; without it the universal "
        "codec, for any sensor",
    )
    parser.add_argument(
        "--calibration",
        type=Path,
        metavar="FILE",
        help="calibration.json of an export of the model: the file that the exported C program writes",
    )
    add_goal_options(parser)
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--level",
        type=int,
        metavar="N",
        help="of a model of several rates, 0 the coarsest; the finest if not given",
    )
    group.add_argument(
        "--bpppb",
        type=rate_number,
        metavar="RATE",
        help="bits a pixel and band that the file may take at most (0.1; of a trained model the "
        "finest level within it; of tiny cubes the smallest file, which tells its rate)",
    )
    group.add_argument(
        "--target-psnr",
        type=_psnr,
        metavar="DB",
        help="the smallest file that gives at least this PSNR, the mean over bands of each against its own "
        "peak, on samples that are data; each trial is restored and measured",
    )
    group.add_argument(
        "--target-sam",
        type=_angle,
        metavar="DEGREES",
        help="likewise: at most this mean spectral angle",
    )
    add_bound_options(group)


def add_goal_options(parser: argparse.ArgumentParser) -> None:
    """Declare --optimize, --effort and --quantization, of the universal codec."""
    parser.add_argument(
        "--optimize",
        choices=("balanced", "psnr", "rmse", "sam"),
        help="what the universal codec makes best: the mean PSNR of bands, each against its own peak (psnr), "
        "the squared error of all samples (rmse), the spectral angle (sam), or nearly the PSNR at a good deal "
        "less of the other two (balanced, if not given)",
    )
    parser.add_argument(
        "--effort",
        choices=("light", "full", "most"),
        help="how much the universal codec's encoder computes: all that pays for its time (full, if not "
        "given), as little as the encoder that was published to fly (light), or, of scenes of more than one "
        "tile, two to three times what full does for some 0.04 dB (most); of a bound of the error, whether a "
        "base is sought (full), which takes longer both ways and mostly gives smaller files",
    )
    parser.add_argument(
        "--quantization",
        choices=("scalar", "dependent"),
        help="how the universal codec's symbols are chosen: all of a plane together, of two "
        "quantizers in turn (dependent, if nothing is said), or each by itself (scalar, if --effort is light)",
    )


def model_of(arguments: argparse.Namespace) -> Path | str | None:
    """The model that is asked for: that of `--model`, or the codec that keeps a bound."""
    return "bounded" if is_bound(arguments) else arguments.model


def optimized(arguments: argparse.Namespace) -> dict[str, str]:
    """What the universal codec is asked to make best, and how, ready for JSON."""
    names = "optimize", "effort", "quantization"
    return {name: getattr(arguments, name) for name in names if getattr(arguments, name)}


def target_of(arguments: argparse.Namespace) -> "Target | None":
    """What the command line asks for; None for the codec's own default.

    With the universal codec a rate that no file of a cube is within is missed by the smallest one.

    Raises:
        ConfigError: --level without a model, or a bound that is none.
    """
    if is_bound(arguments):
        return bound_of(arguments)
    from btcnet_jax.codec.target import Level, Psnr, Rate, Sam
    from btcnet_jax.zoo import is_universal

    if arguments.target_psnr is not None:
        return Psnr(arguments.target_psnr)
    if arguments.target_sam is not None:
        return Sam(arguments.target_sam)
    if arguments.bpppb is not None:
        # Of a trained model another may be named that takes less; the universal codec does what can be done.
        return Rate(arguments.bpppb, or_smallest=is_universal(arguments.model))
    if arguments.level is None:
        return None
    if arguments.model is None:
        raise ConfigError("--level is of a trained model: name it with --model, or give --bpppb")
    return Level(arguments.level)


def rate_number(text: str) -> float:
    """A rate of the command line; ArgumentTypeError on anything else."""
    return _above_zero(text, "rate: give bits a pixel and band above 0, such as 0.05")


def _psnr(text: str) -> float:
    return _above_zero(text, "PSNR to aim at: give decibels above 0, such as 45")


def _angle(text: str) -> float:
    example = "spectral angle to aim at: give degrees above 0, up to 90, such as 0.5"
    return _above_zero(text, example, 90)


def _above_zero(text: str, what: str, most: float = math.inf) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= most or math.isinf(value):
        raise argparse.ArgumentTypeError(f"{text} is no {what}")
    return value
