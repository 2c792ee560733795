"""Compare codecs on scenes: rate-distortion curves, tasks, BD-rate, and a page to look at.

examples:
  main.py benchmark --scenes DIR --codecs klt-jpeg2000 universal --out results
  main.py benchmark --scenes a.mat b.hdr --codecs klt-jpeg2000 btcnet:runs/aviris --out results

Codecs: universal, universal-psnr, -rmse and -sam (--optimize of compress), universal-light (--effort),
universal-scalar (--quantization), universal-ensemble (its decoder averages over 8 views), klt-jpeg2000,
klt-jpeg2000-weighted, btcnet:MODEL, btcnet-huffman:MODEL (MODEL: as --model of compress). Rates are bits per
pixel per band of real files, all side information included. Bands that are constant or not finite, and those
that a scene calls bad (but --bad-bands keep), are left out for all codecs alike. --out gets results.csv,
results.json, summary.csv, report.html with its pictures, and every compressed scene. The same command again
measures only what is missing.
"""

import argparse
import datetime
import functools
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
        "--rates", type=float, nargs="+", default=list(RATES), help=f"bpppb to aim at ({rates})"
    )
    parser.add_argument("--anchor", help="codec that the others are compared with (the first)")
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

    from btcnet_benchmark.codecs.registry import make_codecs
    from btcnet_benchmark.report import summary_rows
    from btcnet_benchmark.sweep.results import ResultFolder
    from btcnet_benchmark.sweep.run import run_sweep
    from btcnet_benchmark.sweep.scenes import check_scenes, find_scenes
    from btcnet_cli.progress import progress_bar

    rates = _checked_rates(arguments.rates)
    paths = find_scenes(arguments.scenes)
    keep_bad = arguments.bad_bands == KEEP
    check_scenes(paths, arguments.variable, arguments.axes, keep_bad=keep_bad)
    codecs = make_codecs(arguments.codecs)
    anchor = _anchor(arguments, codecs)
    results = ResultFolder(arguments.out)
    with progress_bar("measuring") as progress:
        measurements = run_sweep(
            paths,
            codecs,
            rates,
            results,
            variable=arguments.variable,
            axes=arguments.axes,
            keep_bad=keep_bad,
            progress=progress,
        )
    summary = summary_rows(measurements, anchor)
    _print(measurements)
    _print_summary(summary, anchor)
    for path in results.write_tables(measurements, summary):
        print(f"figures: {path}")
    print(f"report: {_write_report(results, measurements, codecs, paths, anchor, arguments)}")
    return 0


def _checked_rates(rates: Sequence[float]) -> list[float]:
    for rate in rates:
        if not 0 < rate < 64:
            raise ConfigError(f"--rates {rate:g}: a rate is above 0 and below 64 bpppb")
    return sorted(set(rates))


def _anchor(arguments: argparse.Namespace, codecs: "Sequence[Peer]") -> str:
    """The name in tables of the codec that --anchor names as --codecs does."""
    if arguments.anchor is None:
        return codecs[0].name
    for word, codec in zip(arguments.codecs, codecs, strict=True):
        if arguments.anchor in (word, codec.name):
            return codec.name
    raise ConfigError(f"--anchor {arguments.anchor}: is not among --codecs")


def _print(measurements: "Sequence[Measurement]") -> None:
    from btcnet_jax.tables import Column, print_table

    columns = [
        Column(key="scene", name="scene"),
        Column(key="codec", name="codec"),
        Column(key="target_bpppb", name="target", unit="bpppb", digits=4),
        Column(key="file_bytes", name="bytes", digits=0),
        Column(key="bpppb", name="rate", unit="bpppb", digits=4),
        Column(key="psnr_db", name="PSNR", unit="dB", digits=2),
        Column(key="sam_deg", name="SAM", unit="deg", digits=3),
        Column(key="ssim", name="SSIM", digits=4),
        Column(key="encode_seconds", name="encode", unit="s", digits=2),
        Column(key="decode_seconds", name="decode", unit="s", digits=2),
        Column(key="multiply_adds", name="operations", unit="a sample", digits=0),
        Column(key="multiply_adds_once", name="the file's own", unit="a sample", digits=0),
    ]
    counts = ("multiply_adds", "multiply_adds_once")
    rows = [m.to_json() | {name: getattr(m, name) for name in counts} for m in measurements]
    print_table(rows, columns)
    for measurement in measurements:
        if measurement.failed:
            print(f"{measurement.scene}, {measurement.codec}: {measurement.failed}")


def _print_summary(summary: list[dict[str, Any]], anchor: str) -> None:
    from btcnet_jax.tables import Column, print_table

    # Of a single rate there is nothing to sum up.
    if all(row["bd_psnr_db"] is None and row["above_anchor_db"] is None for row in summary):
        return
    columns = [
        Column(key="codec", name="codec"),
        Column(key="bd_psnr_db", name="BD-PSNR", unit="dB", digits=2),
        Column(key="bd_rate_percent", name="BD-rate", unit="%", digits=1),
        Column(key="bpppb", name="fixed rate", unit="bpppb", digits=4),
        Column(key="psnr_db", name="PSNR", unit="dB", digits=2),
        Column(key="above_anchor_db", name="above the anchor", unit="dB", digits=2),
    ]
    print_table(summary, columns, title=f"against {anchor}, means over scenes")


def _write_report(
    results: "ResultFolder",
    measurements: "Sequence[Measurement]",
    codecs: "Sequence[Peer]",
    paths: Sequence[Path],
    anchor: str,
    arguments: argparse.Namespace,
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
    )
