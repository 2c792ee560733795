"""Compare codecs on scenes: rate-distortion curves, tasks, BD-rate, and a page to look at.

examples:
  main.py benchmark --scenes DIR --codecs klt-jpeg2000 universal --out results
  main.py benchmark --scenes a.mat b.hdr --codecs klt-jpeg2000 btcnet:runs/aviris --out results
  main.py benchmark --scenes DIR --codecs bounded sperr sz3 jpegls --bounds 0 1 4 16 64 --out results

Codecs at --rates: universal, universal-psnr, -rmse and -sam (--optimize of compress), universal-light
(--effort), universal-scalar (--quantization), universal-ensemble (its decoder averages over 8 views),
universal-decoder-full (--decoder of decompress), klt-jpeg2000, klt-jpeg2000-weighted, btcnet:MODEL,
btcnet-huffman:MODEL (MODEL: as --model of compress), and of imagecodecs sperr, sz3, zfp, jpegxl-lossy,
htj2k-lossy. Codecs at --bounds: bounded (--max-error of compress), sperr, sz3, zfp, jpegls, jpegxl,
jpegxl-lossy, htj2k, htj2k-lossy; every file is decoded, and each valid sample compared. Where both are given,
each codec is measured at what it takes. Rates are bits per pixel per band of real files, all side information
included. Bands that are constant or not finite, and those that a scene calls bad (but --bad-bands keep), are
left out for all codecs alike. --out gets results.csv, results.json, summary.csv (of rates), bounds.csv (of
bounds), report.html with its pictures, and every compressed scene. The same command again measures only what
is missing. Scenes, and what is restored of them, are held in memory, whatever their size.
"""

import argparse
import datetime
import functools
import math
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.cube_options import add_cube_options
from btcnet_cli.missing_options import DROP, KEEP
from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    from btcnet_benchmark.codecs.interface import Peer
    from btcnet_benchmark.sweep.measurement import Measurement
    from btcnet_benchmark.sweep.results import ResultFolder

RATES = (0.03, 0.054, 0.075, 0.1, 0.14, 0.2)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--scenes", type=Path, nargs="+", required=True, help="cubes, or folders of cubes"
    )
    parser.add_argument("--codecs", nargs="+", required=True, help="names, see below")
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    rates = " ".join(f"{rate:g}" for rate in RATES)
    parser.add_argument(
        "--rates",
        type=float,
        nargs="+",
        help=f"bpppb to aim at (without --bounds {rates}, with it none)",
    )
    parser.add_argument(
        "--bounds",
        type=float,
        nargs="+",
        default=[],
        metavar="E",
        help="greatest errors that any valid sample may have, in each scene's unit; 0 is lossless",
    )
    parser.add_argument(
        "--anchor",
        help="codec that the others are compared with at --rates (the first that takes one)",
    )
    parser.add_argument(
        "--bad-bands",
        choices=(KEEP, DROP),
        default=DROP,
        help="bands that a scene's list calls bad: leave them out, or code and measure them like others (drop)",
    )
    add_cube_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure, then print the table and write the tables and the page."""
    from btcnet_jax.extras import require_extra

    require_extra("benchmark")

    from btcnet_benchmark.codecs.registry import make_codecs, missing_codecs
    from btcnet_benchmark.report import bound_rows, summary_rows
    from btcnet_benchmark.sweep.results import ResultFolder
    from btcnet_benchmark.sweep.run import run_sweep
    from btcnet_benchmark.sweep.scenes import check_scenes, find_scenes
    from btcnet_cli.benchmark_tables import print_bounds, print_failures, print_rates, print_summary
    from btcnet_cli.progress import progress_bar

    rates, bounds = _asked(arguments)
    paths = find_scenes(arguments.scenes)
    keep_bad = arguments.bad_bands == KEEP
    check_scenes(paths, arguments.variable, arguments.axes, keep_bad=keep_bad)
    missing = missing_codecs(arguments.codecs)
    for line in missing.values():
        print(line)
    words = [word for word in arguments.codecs if word not in missing]
    codecs = make_codecs(words)
    _require_asked(words, codecs, rates, bounds)
    anchor = _anchor(arguments, words, codecs, rates)
    results = ResultFolder(arguments.out)
    with progress_bar("measuring") as progress:
        measurements = run_sweep(
            paths,
            codecs,
            rates,
            results,
            bounds=bounds,
            variable=arguments.variable,
            axes=arguments.axes,
            keep_bad=keep_bad,
            progress=progress,
        )
    rated = [one for one in measurements if one.target_error is None]
    bounded = [one for one in measurements if one.target_error is not None]
    summary, within = summary_rows(rated, anchor) if anchor else [], bound_rows(bounded)
    if anchor:
        print_rates(rated)
        print_summary(summary, anchor)
    if bounded:
        print_bounds(bounded)
    print_failures(measurements)
    for path in results.write_tables(measurements, summary, within):
        print(f"figures: {path}")
    page = _write_report(
        results, measurements, codecs, paths, anchor, arguments, [*missing.values()]
    )
    print(f"report: {page}")
    return 0


def _asked(arguments: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Rates and bounds, each rising; of bounds alone no rates."""
    bounds = arguments.bounds
    rates = arguments.rates or ([] if bounds else RATES)
    for rate in rates:
        if not 0 < rate < 64:
            raise ConfigError(f"--rates {rate:g}: a rate is above 0 and below 64 bpppb")
    for bound in bounds:
        if not 0 <= bound < math.inf:
            raise ConfigError(f"--bounds {bound:g}: a bound of the error is 0 or a number above")
    # Negative zero is zero.
    return sorted(set(rates)), sorted({bound + 0.0 for bound in bounds})


def _require_asked(
    words: Sequence[str], codecs: "Sequence[Peer]", rates: list[float], bounds: list[float]
) -> None:
    """Refuses a codec that would not be measured at all."""
    from btcnet_benchmark.sweep.run import asked_of

    for word, codec in zip(words, codecs, strict=True):
        if not asked_of(codec, rates, bounds):
            lacks, other = ("takes no rate", "bounds") if rates else ("keeps no bound", "rates")
            raise ConfigError(f"{word}: {lacks}; leave it out, or give --{other} too")


def _anchor(
    arguments: argparse.Namespace,
    words: Sequence[str],
    codecs: "Sequence[Peer]",
    rates: list[float],
) -> str | None:
    """The name in tables of the codec that --anchor names as --codecs does; None where no rate is asked for."""
    from btcnet_benchmark.sweep.run import asked_of

    if not rates:
        if arguments.anchor is not None:
            raise ConfigError("--anchor is what others are compared with at rates: give --rates")
        return None
    named = {
        word: codec for word, codec in zip(words, codecs, strict=True) if asked_of(codec, rates, [])
    }
    if arguments.anchor is None and named:
        return next(iter(named.values())).name
    for word, codec in named.items():
        if arguments.anchor in (word, codec.name):
            return codec.name
    if arguments.anchor is None:
        raise ConfigError("--rates: none of --codecs takes a rate; leave it out")
    raise ConfigError(f"--anchor {arguments.anchor}: is not among --codecs that take a rate")


def _write_report(
    results: "ResultFolder",
    measurements: "Sequence[Measurement]",
    codecs: "Sequence[Peer]",
    paths: Sequence[Path],
    anchor: str | None,
    arguments: argparse.Namespace,
    left_out: Sequence[str],
) -> Path:
    from btcnet_benchmark.report import write_report
    from btcnet_benchmark.sweep.scenes import load_benchmark_scene

    by_name: dict[str, Any] = {codec.name: codec for codec in codecs}
    files = {path.stem: path for path in paths}

    @functools.lru_cache(maxsize=1)
    def original(scene: str) -> Any:
        keep_bad = arguments.bad_bands == KEEP
        path, variable, axes = files[scene], arguments.variable, arguments.axes
        return load_benchmark_scene(path, variable, axes, keep_bad=keep_bad).scene

    return write_report(
        results.folder,
        measurements,
        original=original,
        restored=lambda one: by_name[one.codec].decompress(results.read_file(one)).values,
        rate_map=lambda one: by_name[one.codec].rate_map(results.read_file(one)),
        anchor=anchor,
        title="Hyperspectral codecs compared",
        date=datetime.datetime.now().astimezone().strftime("%Y-%m-%d"),
        command=shlex.join(["main.py", *sys.argv[1:]]),
        left_out=left_out,
    )
