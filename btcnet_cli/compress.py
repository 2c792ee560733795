"""Compress a cube to one .btcn file.

example:
  main.py compress scene.hdr scene.btcn                 # any sensor, 0.1 bits a pixel and band
  main.py compress scene.hdr scene.btcn --bpppb 0.03
  main.py compress scene.mat scene.btcn --model runs/tiny
  main.py compress scene.mat scene.btcn --model runs/rate --bpppb 0.1    # of a model of several rates

Reads ENVI (.hdr), GeoTIFF, HDF5, NetCDF, .mat, .npy and .npz; any rows and columns, integer or float.
"""

import argparse
from pathlib import Path

from btcnet_cli.outputs import require_compressed_name, require_safe_output
from btcnet_cli.rate_options import add_rate_options, target_of
from btcnet_cli.report import about


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, help="the cube")
    parser.add_argument("output", type=Path, help="the .btcn file to write")
    parser.add_argument("--variable", help="which array, in a file that holds several cubes")
    add_rate_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compress, and print the rate from the bytes of the file."""
    from btcnet_jax.codec import load
    from btcnet_jax.files import write_atomically
    from btcnet_jax.metrics import bits_per_sample
    from btcnet_jax.scene.checks import require_finite
    from data_pipeline.readers import read_scene

    target = target_of(arguments)
    require_safe_output(arguments.output, arguments.input)
    require_compressed_name(arguments.output)
    scene = read_scene(arguments.input, arguments.variable)
    require_finite(scene.values, str(arguments.input))
    codec = load(arguments.model)
    with about(arguments.input):
        data = codec.compress(scene, target)
    write_atomically(arguments.output, data)
    rate = bits_per_sample(len(data), *scene.values.shape)
    ratio = scene.values.nbytes / len(data)
    print(
        f"{arguments.output}: {len(data)} bytes, {rate:.4f} bpppb, 1:{ratio:.{0 if ratio >= 10 else 2}f}"
    )
    return 0
