"""The option of commands that restore files: what restores their details."""

import argparse

from btcnet_jax.errors import ConfigError


def add_decoder_option(parser: argparse.ArgumentParser) -> None:
    """Declare --decoder."""
    parser.add_argument(
        "--decoder",
        choices=("light", "full", "none"),
        help="what restores details of the universal codec's files: its light network, if not given, a larger "
        "one, which is slower and better, or nothing, which is faster; a cube then says so in a tag, where "
        "its format has tags",
    )


def refuse_decoder_option(arguments: argparse.Namespace) -> None:
    """Raise ConfigError where --decoder is given and nothing of the universal codec is restored."""
    if arguments.decoder is not None:
        raise ConfigError(
            f"--decoder {arguments.decoder} restores files of the universal codec, and there are none here: "
            "leave it out"
        )
