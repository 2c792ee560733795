"""The options of a plan and of raw lines, for `compress`."""

import argparse
from pathlib import Path

import numpy as np

from btcnet_cli.bound_options import is_bound
from btcnet_cli.streams import is_standard
from btcnet_jax.errors import ConfigError

_ORDERS = {"little": "<", "big": ">"}
_RAW = ("samples", "bands", "dtype")
_OF_RAW = (*_RAW, "lines", "interleave", "byte_order")
_TARGETS = "level", "bpppb", "target_psnr", "target_sam"
_OWN = ("model", "optimize", "effort", "quantization", "calibration", *_TARGETS)


def add_plan_options(parser: argparse.ArgumentParser) -> None:
    """Declare --plan and what raw lines on standard input are."""
    group = parser.add_argument_group(
        "push-broom", "lines coded as they come, by a plan that `plan` made, in constant memory"
    )
    group.add_argument("--plan", type=Path, metavar="PLAN", help="the .btcplan file")
    group.add_argument(
        "--samples", type=_count, metavar="W", help="raw lines on standard input: samples of a line"
    )
    group.add_argument("--bands", type=_count, metavar="B", help="of raw lines: their bands")
    group.add_argument(
        "--dtype", type=_dtype, metavar="TYPE", help="of raw lines: uint16, int16, float32, ..."
    )
    group.add_argument(
        "--lines",
        type=_count,
        metavar="N",
        help="of raw lines: how many will come, fewer being an error (as many as come)",
    )
    group.add_argument(
        "--interleave",
        choices=("bil", "bip"),
        help="of raw lines: band after band of a line (bil), or sample after sample (bip)",
    )
    group.add_argument(
        "--byte-order", choices=tuple(_ORDERS), help="of raw lines: little (so if not given) or big"
    )


def is_raw(arguments: argparse.Namespace) -> bool:
    """Whether raw lines come on standard input."""
    return arguments.plan is not None and arguments.samples is not None


def require_plan_options(arguments: argparse.Namespace) -> None:
    """Refuse options that do not go together.

    Raises:
        ConfigError: says which.
    """
    raw = [name for name in _OF_RAW if getattr(arguments, name) is not None]
    if arguments.plan is None:
        if raw:
            raise ConfigError(f"{_option(raw[0])} is of lines that come by a plan: give --plan too")
        return
    given = [name for name in _OWN if getattr(arguments, name) is not None]
    if is_bound(arguments):
        raise ConfigError("a plan is of the universal codec, which keeps no bound: leave out one")
    if given:
        raise ConfigError(
            f"the plan says what lines are coded with: leave out {_option(given[0])}, or make another plan"
        )
    if raw:
        lacking = [name for name in _RAW if getattr(arguments, name) is None]
        if lacking:
            raise ConfigError(f"raw lines need {_option(lacking[0])} too")
        if len(arguments.inputs) != 1 or not is_standard(arguments.inputs[0]):
            raise ConfigError(
                f"{_option(raw[0])} is of raw lines on standard input: name - in the place of the scene"
            )
        for name in ("mask", "variable", "axes"):
            if getattr(arguments, name) is not None:
                raise ConfigError(f"raw lines have no {_option(name)}: leave it out")


def raw_type(arguments: argparse.Namespace) -> np.dtype:
    """The type of raw samples, with its byte order."""
    order = _ORDERS[arguments.byte_order or "little"]
    return np.dtype(arguments.dtype).newbyteorder(order)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _count(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < value < 2**31:
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1 on")
    return value


def _dtype(text: str) -> np.dtype:
    try:
        found = np.dtype(text)
    except (TypeError, ValueError):
        found = np.dtype(object)
    if found.kind not in "iuf" or found.itemsize > 8:
        raise argparse.ArgumentTypeError(
            f"{text} is no type of samples: name one such as uint8, uint16, int16, float32"
        )
    return found.newbyteorder("=")
