"""Restore cubes from .btcn files.

example:
  main.py decompress scene.btcn restored.hdr
  main.py decompress scene.btcn restored.hdr --decoder full   # slower, better
  main.py decompress scene.btcn restored.hdr --ensemble 8     # likewise; both go together
  main.py decompress scene.btcn quick.hdr --decoder none      # faster, a little worse
  main.py decompress scene.btcn part.tif --window 0:256,512:768 --bands 10:40
  main.py decompress damaged.btcn rest.hdr --salvage          # what is whole of it
  main.py decompress scene.btcn restored.npy --model runs/tiny
  main.py decompress scene.btcn restored.npy --weights runs/universal/universal.npz
  main.py decompress compressed restored                # all of a folder, a line each, to ENVI pairs
  main.py decompress compressed restored --format nc
  cat scene.btcn | main.py decompress - - > restored.npy

The suffix of OUT chooses the format: .npy, .npz, .mat, .hdr (ENVI), .tif, .nc (NetCDF) or .h5 (HDF5). Standard
output gets .npy, the samples alone. A folder gets a cube of each file, in the format that --format names; one
that fails is told, the others go on, and the exit status is 1.
"""

import argparse
from pathlib import Path

from btcnet_cli.decoder_option import add_decoder_option
from btcnet_cli.decompress_many import FORMATS, run_many
from btcnet_cli.decompress_one import restore
from btcnet_cli.jobs_option import add_jobs_option
from btcnet_cli.limit_options import add_limit_options
from btcnet_cli.many import are_many
from btcnet_cli.part_options import add_part_options, require_part_options
from btcnet_cli.progress import progress_bar
from btcnet_cli.report import say
from btcnet_cli.streams import words_aside
from btcnet_jax.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "inputs",
        type=Path,
        nargs="+",
        metavar="input",
        help=".btcn files, folders of them, or - for input",
    )
    parser.add_argument(
        "output",
        type=Path,
        help="the cube to write, its suffix is its format, or a folder; - for output",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help=f"suffix of the cubes that go to a folder ({FORMATS[0]}: ENVI pairs)",
    )
    parser.add_argument(
        "--model",
        type=Path,
        help="trained model that wrote it, where one did that `models` does not list",
    )
    parser.add_argument(
        "--weights",
        type=Path,
        help="universal weights to restore with, of the same contexts as those that wrote the file",
    )
    add_decoder_option(parser)
    add_jobs_option(parser)
    add_part_options(parser)
    add_limit_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Decompress one file to a cube, or many to a folder."""
    inputs, output = arguments.inputs, arguments.output
    require_part_options(arguments)
    with words_aside(output):
        if are_many(inputs, output):
            return run_many(arguments)
        if arguments.format:
            raise ConfigError(
                "--format is of many files: the suffix of a single cube is its format"
            )
        return _run_one(inputs[0], output, arguments)


def _run_one(path: Path, output: Path, arguments: argparse.Namespace) -> int:
    with progress_bar("decompressing") as progress:
        done = restore(path, output, arguments, progress)
    print(f"{done.name}: {done.samples}")
    if done.network:
        print(f"details restored by network {done.network}")
    for line in done.notes:
        print(line)
    for line in done.damage:
        say(line)
    return 1 if done.damage else 0
