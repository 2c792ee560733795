"""Compress cubes to .btcn files.

example:
  main.py compress scene.hdr scene.btcn                 # any sensor, 0.1 bits a pixel and band
  main.py compress scene.hdr scene.btcn --bpppb 0.03
  main.py compress scene.hdr scene.btcn --target-psnr 45       # the smallest such file; or --target-sam 0.5
  main.py compress scene.hdr scene.btcn --optimize rmse         # psnr or sam: one figure above all
  main.py compress scene.mat scene.btcn --model runs/tiny
  main.py compress scene.mat scene.btcn --model runs/rate --bpppb 0.1    # of a model of several rates
  main.py compress scene.tif scene.btcn --nodata -9999 --bad-bands drop
  main.py compress scenes compressed                    # all cubes of a folder, a line each
  main.py compress a.hdr b.tif compressed --json figures.json
  main.py compress scenes compressed --csv scenes.csv   # a table of all: sizes, quality, errors
  main.py compress scenes compressed --beam runner=FlinkRunner,flink_master=HOST   # on many machines
  cat scene.npy | main.py compress - - > scene.btcn
  main.py compress --plan first.btcplan scene.hdr scene.btcn      # by a plan that main.py plan made
  cat lines.bil | main.py compress --plan a.btcplan --samples 512 --bands 50 --dtype uint16 - a.btcn

The file is read back at once and measured against the cube; --no-check saves that time. A folder gets NAME.btcn
of each cube; one that fails is told, the others go on, and the exit status is 1. The same command again passes
over what is done, where neither the cube nor the options have changed (.compressed.json in the folder tells);
--force does it again.

From standard input comes no name, so that a file made of it keeps none and is some bytes shorter.

With a plan, lines are coded as they come, in constant memory: a scene is read once, and raw lines on standard
input (--samples, --bands, --dtype) are coded before it ends. A file NAME.btcn is an ordinary one, which appears
when the last line has come; to standard output goes each group of lines when it is ready, as a stream
(docs/FORMAT.md). Where raw lines end inside a line, or more or fewer come than --lines says, the status is 2,
and those that came whole are kept: in NAME.partial.btcn, or in a stream that is whole. Ctrl-C keeps them in
NAME.partial.btcn too.

Samples that are no data (nodata, masked, NaN, infinite) come back as they went in, and so do wavelengths,
bad bands, georeferencing and tags.

Reads ENVI (.hdr), GeoTIFF, HDF5, NetCDF, .mat, .npy and .npz; any rows and columns, integer or float.
"""

import argparse
from pathlib import Path

from btcnet_cli.compress_one import Compressor
from btcnet_cli.csv_option import add_csv_option
from btcnet_cli.cube_options import add_cube_options
from btcnet_cli.jobs_option import add_jobs_option
from btcnet_cli.json_option import add_json_option, require_json_place, write_json
from btcnet_cli.many import are_many
from btcnet_cli.missing_options import add_missing_options
from btcnet_cli.outputs import require_compressed_name, require_safe_output
from btcnet_cli.plan_options import add_plan_options, require_plan_options
from btcnet_cli.progress import progress_bar
from btcnet_cli.rate_options import add_rate_options
from btcnet_cli.streams import is_standard, words_aside
from btcnet_jax.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "inputs", type=Path, nargs="+", metavar="input", help="cubes, folders of cubes, or -"
    )
    parser.add_argument(
        "output", type=Path, help="the .btcn file to write, or a folder of them; - for output"
    )
    parser.add_argument(
        "--no-check",
        action="store_true",
        help="do not read the file back: no figures of quality, sooner done",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="of many cubes: compress those again that were compressed before",
    )
    add_json_option(parser, "the figures of each file")
    add_csv_option(parser)
    parser.add_argument(
        "--beam",
        metavar="OPTIONS",
        help="of many cubes: run by Apache Beam, with its options, as convert is (docs/DATA.md)",
    )
    add_cube_options(parser)
    add_rate_options(parser)
    parser.add_argument(
        "--coder",
        choices=("constriction", "tfc"),
        default="constriction",
        help="what codes the symbols of a trained model; tfc (TensorFlow-Compression) takes an environment "
        "of its own to write and to read: pip install 'btcnet_jax[tfc]'",
    )
    add_missing_options(parser)
    add_plan_options(parser)
    add_jobs_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compress one cube to a file, or many to a folder."""
    from btcnet_cli.compress_many import run_many

    inputs, output = arguments.inputs, arguments.output
    with words_aside(output, arguments.json):
        require_plan_options(arguments)
        if are_many(inputs, output):
            return run_many(arguments)
        if arguments.force:
            raise ConfigError("--force is of many cubes: a single one is always compressed")
        for name in ("csv", "beam"):
            if getattr(arguments, name) is not None:
                raise ConfigError(f"--{name} is of many cubes: name a folder to write to")
        return _run_one(inputs[0], output, arguments)


def _run_one(path: Path, output: Path, arguments: argparse.Namespace) -> int:
    if is_standard(output):
        if is_standard(arguments.json):
            raise ConfigError("the file and its figures cannot both go to standard output")
    else:
        require_safe_output(output, path)
        require_compressed_name(output)
    require_json_place(arguments.json, path, output)
    compressor = Compressor(arguments)
    with progress_bar("compressing") as progress:
        done = compressor.compress(path, output, progress)
    for line in (f"{done.name}: {done.size}", *done.worth, *done.kept):
        print(line)
    write_json(arguments.json, {**compressor.told, "results": [done.figures]})
    return 0
