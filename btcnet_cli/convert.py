"""Convert a benchmark's files, or your own cubes, to TFRecords of patches to train and test on.

examples:
  main.py convert aviris --raw downloads/aviris --out data/records
  main.py convert --config configs/aviris.py --raw downloads/aviris --out data/records

Data sets: aviris, whu_hi/long_kou, whu_hi/han_chuan, whu_hi/hong_hu, hyperion, hsi_folder (any cubes
of one band count). A configuration gives the data set, the patches (data.record_rows, or the size of its
crops, and so on) and the variable, where the command line does not. Files lie as their publishers ship
them. Interrupted, repeat the command to go on. Many scenes on many machines:
--beam runner=FlinkRunner,flink_master=HOST (docs/DATA.md).
"""

import argparse
from pathlib import Path
from typing import Any

from btcnet_cli.cube_options import add_cube_options
from btcnet_jax.errors import ConfigError

_SIDE, _TEST = 256, 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "dataset", nargs="?", help="aviris, whu_hi/long_kou, ..., hyperion or hsi_folder"
    )
    parser.add_argument("--raw", type=Path, required=True, help="folder of the files as shipped")
    parser.add_argument("--out", type=Path, required=True, help="where to write; made if missing")
    parser.add_argument("--patch-rows", type=int, help=f"rows of a patch ({_SIDE})")
    parser.add_argument("--patch-cols", type=int, help=f"columns of a patch ({_SIDE})")
    parser.add_argument("--stride", type=int, help="distance of patches (a patch's smaller side)")
    parser.add_argument("--test-fraction", type=float, help="of scenes, or of rows if few (0.2)")
    add_cube_options(parser)
    parser.add_argument("--beam", metavar="OPTIONS", help="run by Apache Beam, with its options")


def run(arguments: argparse.Namespace) -> int:
    """Convert, and say what came out and how to train on it."""
    from btcnet_cli.progress import progress_bar
    from data_pipeline.convert import convert

    wanted = _wanted(arguments)
    dataset = wanted.pop("dataset")
    with progress_bar("converting") as progress:
        report = convert(
            dataset,
            arguments.raw,
            arguments.out,
            beam=None if arguments.beam is None else arguments.beam.split(","),
            progress=progress,
            **wanted,
        )
    print(report.describe())
    records = f"--config.data.records={arguments.out} --config.data.dataset={dataset}"
    bands = f"--config.model.bands={report.patch_shape[2]}"
    print(f"train on it: main.py train --config CONFIG {records} {bands}")
    return 0


def _wanted(arguments: argparse.Namespace) -> dict[str, Any]:
    """What to convert: said on the command line, or else in the configuration, or else the default."""
    names = ("dataset", "patch_rows", "patch_cols", "stride", "test_fraction", "variable", "axes")
    given = {name: getattr(arguments, name) for name in names}
    told: dict[str, Any] = {"patch_rows": _SIDE, "patch_cols": _SIDE, "test_fraction": _TEST}
    told |= {"stride": None, "variable": None, "axes": None}
    if arguments.config_options:
        from btcnet_jax.extras import require_extra

        require_extra("data", "absl", "ml_collections")

        from btcnet_cli.config_flag import load_config

        # It is this command that makes the records, so they are not asked for.
        place = f"--config.data.records={arguments.out}"
        data = load_config([*arguments.config_options, place]).data
        rows, cols = data.record_size()
        told = {"dataset": data.dataset, "patch_rows": rows, "patch_cols": cols}
        told |= {"stride": data.record_stride or None, "test_fraction": data.test_fraction}
        told |= {"variable": data.variable or None, "axes": data.axes or None}
    wanted = told | {name: value for name, value in given.items() if value is not None}
    if not wanted.get("dataset"):
        raise ConfigError("name a data set, such as aviris, or a --config; see convert --help")
    return wanted
