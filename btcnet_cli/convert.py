"""Convert a benchmark's files, or your own cubes, to TFRecords of patches to train and test on.

example:
  main.py convert aviris --raw downloads/aviris --out data/records

Data sets: aviris, whu_hi/long_kou, whu_hi/han_chuan, whu_hi/hong_hu, hyperion, hsi_folder (any cubes
of one band count). Files lie as their publishers ship them. Interrupted, repeat the command to go on.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("dataset", help="aviris, whu_hi/long_kou, ..., hyperion or hsi_folder")
    parser.add_argument("--raw", type=Path, required=True, help="folder of the files as shipped")
    parser.add_argument("--out", type=Path, required=True, help="where to write; made if missing")
    parser.add_argument("--patch-rows", type=int, default=256, help="rows of a patch (256)")
    parser.add_argument("--patch-cols", type=int, default=256, help="columns of a patch (256)")
    parser.add_argument("--stride", type=int, default=256, help="distance of patches (256)")
    parser.add_argument(
        "--test-fraction", type=float, default=0.2, help="of scenes, or of rows if few (0.2)"
    )
    parser.add_argument("--variable", help="which array, in files that hold several cubes")


def run(arguments: argparse.Namespace) -> int:
    """Convert, and say what came out and how to train on it."""
    from btcnet_cli.progress import progress_bar
    from data_pipeline.convert import convert

    with progress_bar("converting") as progress:
        report = convert(
            arguments.dataset,
            arguments.raw,
            arguments.out,
            patch_rows=arguments.patch_rows,
            patch_cols=arguments.patch_cols,
            stride=arguments.stride,
            test_fraction=arguments.test_fraction,
            variable=arguments.variable,
            progress=progress,
        )
    print(report.describe())
    records = f"--config.data.records={arguments.out} --config.data.dataset={arguments.dataset}"
    bands = f"--config.model.bands={report.patch_shape[2]}"
    print(f"train on it: main.py train --config CONFIG {records} {bands}")
    return 0
