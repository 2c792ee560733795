"""Restore a cube from a .btcn file.

example:
  main.py decompress scene.btcn restored.hdr
  main.py decompress scene.btcn restored.hdr --ensemble 8     # slower, a little better
  main.py decompress scene.btcn restored.npy --model runs/tiny

The suffix of OUT chooses the format: .npy, .npz, .mat, .hdr (ENVI), .tif or .nc.
"""

import argparse
from pathlib import Path

from btcnet_cli.limit_options import add_limit_options, limits_of
from btcnet_cli.outputs import require_safe_output
from btcnet_cli.report import about


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, help="the .btcn file")
    parser.add_argument("output", type=Path, help="the cube to write; its suffix is its format")
    parser.add_argument(
        "--model",
        type=Path,
        help="trained model that wrote it, where one did that `models` does not list",
    )
    parser.add_argument(
        "--ensemble",
        type=int,
        choices=(1, 2, 4, 8),
        help="views that the universal codec's network averages over",
    )

    add_limit_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Decompress, with a progress bar where there is a terminal."""
    from btcnet_cli.progress import progress_bar
    from btcnet_jax.codec import open_file
    from data_pipeline.writers import require_known_suffix, write_cube

    require_known_suffix(arguments.output)
    require_safe_output(arguments.output, arguments.input)
    with progress_bar("decompressing") as progress, about(arguments.input):
        file = open_file(arguments.input, arguments.model, limits_of(arguments))
        scene = file.decompress(progress, arguments.ensemble)
    lost = write_cube(arguments.output, scene)
    shape = " x ".join(map(str, scene.values.shape))
    print(f"{arguments.output}: {shape} {scene.values.dtype}")
    if lost:
        print(f"not kept by {arguments.output.suffix}: {', '.join(lost)}")
    return 0
