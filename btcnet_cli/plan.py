"""Plan the front end of the universal codec on some lines, for scenes that come line by line.

examples:
  main.py plan scene.hdr sensor.btcplan --bpppb 0.1                # on a whole scene of the sensor
  main.py plan scene.hdr first.btcplan --lines 0:64                # on its first 64 lines
  main.py compress --plan first.btcplan scene.hdr scene.btcn
  main.py plan scene.hdr flight.btcplan --integers                 # to be exported as C
  cat lines.bil | main.py compress --plan a.btcplan --samples 512 --bands 50 --dtype uint16 - a.btcn

A plan holds all that lines are coded with: means and weights of the bands, projection, quantization step, the
matrix back and the contexts, so that no statistics of a scene are needed. It is of one sensor and product: plan
on radiance for radiance. `main.py info sensor.btcplan` tells what is in it; what it costs against a front end
of the scene's own is in benchmarks/RESULTS.md.

Samples beyond what the plan saw are coded all the same: of integers of up to 16 bits all there are, of others
those within --range, which is the range of the scene and its span on either side unless it is given.
"""

import argparse
from pathlib import Path

from btcnet_cli.cube_options import add_cube_options
from btcnet_cli.jobs_option import add_jobs_option
from btcnet_cli.missing_options import add_missing_options, source_as_asked
from btcnet_cli.outputs import require_safe_output
from btcnet_cli.plan_facts import plan_facts
from btcnet_cli.progress import progress_bar
from btcnet_cli.rate_options import add_goal_options, rate_number
from btcnet_cli.report import about
from btcnet_cli.streams import is_standard, real_file
from btcnet_jax.errors import ConfigError

_SUFFIX = ".btcplan"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, help="the scene to plan on, or -")
    parser.add_argument("output", type=Path, help=f"the {_SUFFIX} file to write")
    parser.add_argument(
        "--bpppb",
        type=rate_number,
        metavar="RATE",
        help="bits a pixel and band that lines like these shall take, where what a file says once counts as "
        "in one of 1024 lines or more (0.1)",
    )
    parser.add_argument(
        "--lines",
        metavar="R0:R1",
        help="lines to plan on, counted from 0, without the last; either side of the colon may be left out "
        "(all)",
    )
    parser.add_argument(
        "--group",
        type=int,
        metavar="LINES",
        help="lines that are coded together, a multiple of 4: fewer are ready sooner and take more bits (128; "
        "with --integers 16)",
    )
    parser.add_argument(
        "--integers",
        action="store_true",
        help="a plan by which lines are coded in integers alone, as `export` writes it in C: samples of 16 "
        "bits that are all data",
    )
    parser.add_argument(
        "--range",
        type=float,
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="least and greatest sample that will come",
    )
    add_goal_options(parser)
    add_cube_options(parser)
    add_missing_options(parser)
    add_jobs_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make the plan, write it, and say what is in it."""
    from btcnet_jax.codec import Rate
    from btcnet_jax.codec.planning import plan
    from btcnet_jax.scene import SceneSource
    from btcnet_jax.scene.window import read_window
    from data_pipeline.readers import open_scene

    path, output = arguments.input, arguments.output
    if is_standard(output) or output.suffix != _SUFFIX:
        raise ConfigError(f"cannot write a plan to {output}: name it NAME{_SUFFIX}")
    require_safe_output(output, path)
    with real_file(path) as real, progress_bar("planning") as progress:
        source = open_scene(real, arguments.variable, arguments.axes, tell_left_out=True)
        source = source_as_asked(path, source, arguments)
        if arguments.lines is not None:
            rows = _lines(arguments.lines, source.shape[0])
            source = SceneSource.of(read_window(source, rows, slice(None)))
        with about(path):
            made = plan(
                source,
                None if arguments.bpppb is None else Rate(arguments.bpppb),
                optimize=arguments.optimize,
                effort=arguments.effort,
                quantization=arguments.quantization,
                group=arguments.group,
                value_range=None if arguments.range is None else tuple(arguments.range),
                progress=progress,
                jobs=arguments.jobs,
                integers=arguments.integers,
            )
    made.save(output)
    facts = {"plan": f"{output}, {output.stat().st_size} bytes", **plan_facts(made)}
    width = max(map(len, facts))
    for name, value in facts.items():
        print(f"{name:{width}}  {value}")
    return 0


def _lines(text: str, rows: int) -> slice:
    first, colon, last = text.partition(":")
    ends = [first or "0", last or str(rows)]
    if not (colon and all(each.isascii() and each.isdigit() for each in ends)):
        raise ConfigError(
            f"--lines {text}: give the first line and the one after the last, as 0:64"
        )
    start, stop = map(int, ends)
    if not start < stop <= rows:
        raise ConfigError(f"--lines {text}: the scene has lines 0:{rows}")
    return slice(start, stop)
