"""Compress a cube to one .btcn file.

example:
  main.py compress scene.hdr scene.btcn                 # any sensor, 0.1 bits a pixel and band
  main.py compress scene.hdr scene.btcn --bpppb 0.03
  main.py compress scene.mat scene.btcn --model runs/tiny
  main.py compress scene.mat scene.btcn --model runs/rate --bpppb 0.1    # of a model of several rates
  main.py compress scene.tif scene.btcn --nodata -9999 --bad-bands drop

Samples that are no data (nodata, masked, NaN, infinite) come back as they went in, and so do wavelengths,
bad bands, georeferencing and tags.

Reads ENVI (.hdr), GeoTIFF, HDF5, NetCDF, .mat, .npy and .npz; any rows and columns, integer or float.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from btcnet_cli.missing_options import add_missing_options, read_as_asked, told
from btcnet_cli.outputs import require_compressed_name, require_safe_output
from btcnet_cli.rate_options import add_rate_options, target_of
from btcnet_cli.report import about

if TYPE_CHECKING:
    from btcnet_jax.scene import Scene


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, help="the cube")
    parser.add_argument("output", type=Path, help="the .btcn file to write")
    parser.add_argument("--variable", help="which array, in a file that holds several cubes")
    add_rate_options(parser)
    add_missing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compress, and print the rate from the bytes of the file."""
    from btcnet_jax.codec import load
    from btcnet_jax.files import write_atomically
    from btcnet_jax.metrics import bits_per_sample

    target = target_of(arguments)
    require_safe_output(arguments.output, arguments.input)
    require_compressed_name(arguments.output)
    scene = read_as_asked(arguments.input, arguments)
    codec = load(arguments.model)
    with about(arguments.input):
        data = codec.compress(scene, target)
    write_atomically(arguments.output, data)
    rate = bits_per_sample(len(data), *scene.values.shape)
    ratio = scene.values.nbytes / len(data)
    print(
        f"{arguments.output}: {len(data)} bytes, {rate:.4f} bpppb, 1:{ratio:.{0 if ratio >= 10 else 2}f}"
    )
    _tell(scene, data, arguments.bad_bands)
    return 0


def _tell(scene: "Scene", data: bytes, bad_bands: str) -> None:
    """What the file keeps besides the samples, and what that takes of it."""
    from btcnet_jax.container.compressed_file import read_compressed
    from btcnet_jax.container.limits import Limits
    from btcnet_jax.container.sections import SectionKind
    from btcnet_jax.scene.missing_samples import find_missing

    file, missing = read_compressed(data, Limits.none()), find_missing(scene)
    sections = file.sections
    if words := told(scene, bad_bands):
        print(f"kept: {', '.join(words)} ({len(sections[SectionKind.METADATA])} bytes)")
    if missing is not None:
        share = 100 * missing.count() / scene.values.size
        how = "come back as they are" if missing.exact else f"all come back as {missing.fills[0]:g}"
        size = len(sections[SectionKind.MASK])
        print(f"no data: {share:.4g} % of the samples, which {how} ({size} bytes)")
    if needed := file.needed(Limits()):
        print(f"so small for such a scene that reading it takes --max-bytes {needed}")
