"""The command line: which commands there are, and which arguments each takes."""

import argparse
import difflib
import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

from btcnet_jax import __version__
from btcnet_jax.errors import ConfigError

COMMANDS = (
    "train",
    "evaluate",
    "verify",
    "benchmark",
    "compress",
    "decompress",
    "info",
    "models",
    "synthesize",
    "convert",
    "import",
    "pack",
    "plan",
    "export",
    "cost",
    "packets",
    "train-universal",
)
DEFAULT = "train"
_CONFIGURED = (DEFAULT, "convert")
_MODULES = {"import": "import_published", "train-universal": "train_universal"}


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message}; see {self.prog} --help")


def parse(argv: list[str]) -> argparse.Namespace:
    """The arguments of one command; `.run` is the function to call with them.

    Raises:
        ConfigError: an unknown command or option, or a missing one.
    """
    own, config = split_config_options(argv)
    if not any(word in own for word in ("-h", "--help", "--version")) and (
        not own or own[0].startswith("-")
    ):
        own = [DEFAULT, *own] if own or config else ["--help"]
    if own[0] not in COMMANDS and not own[0].startswith("-"):
        raise ConfigError(_unknown(own[0]))
    # What another command would need is not imported: it takes longer than the smallest file.
    named = [own[0]] if own[0] in COMMANDS else COMMANDS
    arguments = _build_parser(named).parse_args(own)
    if config and arguments.command not in _CONFIGURED:
        raise ConfigError(f"{arguments.command} takes no --config: the model brings its own")
    arguments.config_options = config
    return arguments


def _unknown(word: str) -> str:
    near = difflib.get_close_matches(word.lower(), COMMANDS, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMANDS)};"
    return f"{word}: no such command; {hint} see --help"


def split_config_options(argv: list[str]) -> tuple[list[str], list[str]]:
    """Separate `--config FILE` and `--config.a.b=value` from a command's own arguments."""
    own: list[str] = []
    config: list[str] = []
    words = iter(argv)
    for word in words:
        if word.partition("=")[0].split(".")[0] != "--config":
            own.append(word)
            continue
        config.append(word)
        if "=" not in word:
            config.extend([value] if (value := next(words, None)) is not None else [])
    return own, config


def _build_parser(names: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="btcnet" if sys.argv[0].endswith("btcnet") else "main.py",
        description="BTC-Net V2, a hyperspectral image codec.",
        epilog="Each command has its own --help, with an example. Where --config comes without a command, the "
        "command is train.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in names:
        module = importlib.import_module(f"btcnet_cli.{_MODULES.get(name, name)}")
        text = module.__doc__ or ""
        summary, _, details = text.partition("\n")
        command = commands.add_parser(
            name,
            help=summary,
            description=summary,
            epilog=details.strip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser
