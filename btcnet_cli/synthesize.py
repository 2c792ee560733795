"""Write a folder of synthetic scenes to train and test on: DIR/train and DIR/test.

example:
  main.py synthesize scenes --train 24 --test 4 --rows 256 --cols 256 --bands 172

Seeded, and safe to repeat: complete scenes are kept, and a larger number adds scenes.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("folder", type=Path, help="where to write; made if missing")
    parser.add_argument("--train", type=int, default=24, help="training scenes (24)")
    parser.add_argument("--test", type=int, default=4, help="test scenes (4)")
    parser.add_argument("--rows", type=int, default=256, help="rows of a scene (256)")
    parser.add_argument("--cols", type=int, default=256, help="columns of a scene (256)")
    parser.add_argument("--bands", type=int, default=172, help="bands, 400 to 2500 nm (172)")
    parser.add_argument("--bit-depth", type=int, default=16, help="8 to 16, or 32: float32 (16)")
    parser.add_argument("--dead-bands", type=int, default=0, help="bands that are constant (0)")
    parser.add_argument(
        "--noise", type=float, default=1.0, help="times an AVIRIS-like sensor's (1)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of everything random (0)")


def run(arguments: argparse.Namespace) -> int:
    """Write the scenes that are not there yet."""
    from btcnet_cli.progress import progress_bar
    from data_pipeline.synthetic import SyntheticSettings, write_dataset

    settings = SyntheticSettings(
        rows=arguments.rows,
        cols=arguments.cols,
        bands=arguments.bands,
        seed=arguments.seed,
        bit_depth=arguments.bit_depth,
        dead_bands=arguments.dead_bands,
        noise=arguments.noise,
    )
    with progress_bar("writing scenes") as progress:
        paths = write_dataset(arguments.folder, arguments.train, arguments.test, settings, progress)
    shape = f"{arguments.rows} x {arguments.cols} x {arguments.bands}"
    print(f"{arguments.folder}: {len(paths)} scenes of {shape}")
    return 0
