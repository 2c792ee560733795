"""The ways to start the command line."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from btcnet_cli.commands import COMMANDS, parse
from btcnet_jax import __version__

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("entry", [["main.py"], ["-m", "btcnet_cli.main"]])
def test_each_entry_runs_commands_and_ends_with_their_status(entry):
    def run(*words):
        command = [sys.executable, *entry, *words]
        return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)

    assert run("--version").stdout == f"{__version__}\n"
    refused = run("decompres")
    assert refused.returncode == 2
    assert (
        refused.stderr
        == "btcnet: decompres: no such command; did you mean decompress? see --help\n"
    )


def test_a_command_is_parsed_without_the_others(monkeypatch):
    imported, real = [], importlib.import_module

    def spy(name):
        imported.append(name)
        return real(name)

    monkeypatch.setattr("btcnet_cli.commands.importlib.import_module", spy)
    arguments = parse(["decompress", "a.btcn", "a.npy"])
    assert arguments.command == "decompress"
    assert imported == ["btcnet_cli.decompress"]


def test_help_lists_all_commands(capsys):
    with pytest.raises(SystemExit):
        parse(["--help"])
    told = capsys.readouterr().out
    assert {*COMMANDS} <= {*told.split()}
