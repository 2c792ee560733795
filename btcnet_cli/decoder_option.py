"""The options of commands that restore files: what restores their details."""

import argparse

from btcnet_jax.errors import ConfigError


def add_decoder_option(parser: argparse.ArgumentParser) -> None:
    """Declare --decoder and --ensemble."""
    parser.add_argument(
        "--decoder",
        choices=("light", "full", "none"),
        help="what restores details of the universal codec's files: its light network, if not given, a larger "
        "one, which is slower and better, or nothing, which is faster; a cube then says so in a tag, where "
        "its format has tags",
    )
    parser.add_argument(
        "--ensemble",
        type=int,
        choices=(1, 2, 4, 8),
        help="views that the universal codec's network averages over: slower, better",
    )


def refuse_decoder_option(arguments: argparse.Namespace) -> None:
    """Raise ConfigError where one is given and nothing of the universal codec is restored."""
    for name in ("decoder", "ensemble"):
        if (given := getattr(arguments, name)) is not None:
            raise ConfigError(
                f"--{name} {given} restores files of the universal codec, and there are none here: leave it out"
            )
