"""Restore a cube from a .btcn file.

example:
  main.py decompress scene.btcn restored.hdr
  main.py decompress scene.btcn restored.hdr --ensemble 8     # slower, a little better
  main.py decompress scene.btcn part.tif --window 0:256,512:768 --bands 10:40
  main.py decompress damaged.btcn rest.hdr --salvage          # what is whole of it
  main.py decompress scene.btcn restored.npy --model runs/tiny
  main.py decompress scene.btcn restored.npy --weights runs/universal/universal.npz
  cat scene.btcn | main.py decompress - - > restored.npy

The suffix of OUT chooses the format: .npy, .npz, .mat, .hdr (ENVI), .tif, .nc (NetCDF) or .h5 (HDF5). Standard
output gets .npy, the samples alone.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from btcnet_cli.limit_options import add_limit_options, limits_of
from btcnet_cli.outputs import require_safe_output
from btcnet_cli.part_options import (
    add_part_options,
    part_of,
    require_part_options,
    tell_losses,
)
from btcnet_cli.report import about
from btcnet_cli.streams import is_standard, real_file, words_aside, write_standard

if TYPE_CHECKING:
    from btcnet_jax.container.compressed_file import CompressedFile
    from btcnet_jax.scene import Scene


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, help="the .btcn file, or - for input")
    parser.add_argument(
        "output", type=Path, help="the cube to write; its suffix is its format; - for output"
    )
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
    parser.add_argument(
        "--weights",
        type=Path,
        help="universal weights to restore with, of the same contexts as those that wrote the file",
    )
    add_part_options(parser)
    add_limit_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Decompress, with a progress bar where there is a terminal."""
    with words_aside(arguments.output):
        return _run(arguments.input, arguments.output, arguments)


def _run(path: Path, output: Path, arguments: argparse.Namespace) -> int:
    from btcnet_cli.progress import progress_bar
    from data_pipeline.writers import require_free_place, require_known_suffix

    require_part_options(arguments)
    if not is_standard(output):
        suffix = require_known_suffix(output)
        require_safe_output(output, path)
        require_free_place(output, suffix)
    with progress_bar("decompressing") as progress, real_file(path) as real, about(path):
        # Before JAX is imported: a file that asks for too much, or is damaged, is refused at once.
        read = _read(real, arguments)
        part = part_of(arguments, read)
        from btcnet_jax.codec import OpenFile
        from btcnet_jax.codec.restoring import Damage

        file = OpenFile(read, arguments.model, arguments.weights)
        damage = Damage(arguments.fill) if arguments.salvage else None
        scene = file.decompress(progress, arguments.ensemble, part=part, damage=damage)
    lost, name, suffix = _write(output, scene)
    print(f"{name}: {' x '.join(map(str, scene.values.shape))} {scene.values.dtype}")
    if file.codec.network is not None:
        print(f"details restored by network {file.codec.network.hex()}")
    if part is not None and not read.header.is_universal:
        print("a trained network's file is decoded whole, then cut")
    if lost:
        print(f"not kept by {suffix}: {', '.join(lost)}")
    return tell_losses(read, damage)


def _read(path: Path, arguments: argparse.Namespace) -> "CompressedFile":
    """The file: all of it checked, or no more read than a part of it needs."""
    from btcnet_jax.container.compressed_file import open_compressed, read_compressed
    from btcnet_jax.files import read_file
    from btcnet_jax.sources import open_source

    limits, salvage = limits_of(arguments), arguments.salvage
    if arguments.window is None and not salvage:
        return read_compressed(read_file(path), limits)
    return open_compressed(open_source(path), limits, salvage=salvage)


def _write(output: Path, scene: "Scene") -> tuple[list[str], str, str]:
    """Writes a cube; gives what is lost, the file's name and its suffix."""
    from data_pipeline.writers import npy_bytes, write_cube

    if not is_standard(output):
        return write_cube(output, scene), str(output), output.suffix
    data, lost = npy_bytes(scene)
    write_standard(data)
    return lost, "standard output", ".npy"
