"""What chunks of several shapes cost: each carries a spectral basis of its own.

python -m benchmarks.chunk_shapes indian_pines.npz --sides 128 64 32 16 --bands 200 100 50 20

A square of the largest side is cut into chunks, each compressed to the same rate; figures are of the square.
"""

import argparse
import itertools
from pathlib import Path

import numpy as np

from btcnet_jax.codec import Codec, Rate, load
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.limits import Limits
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.metrics import measure_quality
from data_pipeline.readers import read_scene

_BASIS = (SectionKind.BASIS, SectionKind.ADAPTIVE_BASIS)


def measure(codec: Codec, cube: np.ndarray, side: int, bands: int, bpppb: float) -> str:
    """The line of a chunk's shape."""
    restored, size, basis, count = np.empty_like(cube), 0, 0, 0
    starts = (
        range(0, length, step) for length, step in zip(cube.shape, (side, side, bands), strict=True)
    )
    for row, col, band in itertools.product(*starts):
        place = np.s_[row : row + side, col : col + side, band : band + bands]
        data = codec.compress(np.ascontiguousarray(cube[place]), Rate(bpppb, or_smallest=True))
        file = read_compressed(data, Limits.none())
        restored[place] = codec.decompress(file).values
        size, count = size + len(data), count + 1
        basis += sum(len(file.sections.get(kind, b"")) for kind in _BASIS)
    found = measure_quality(cube, restored)
    return (
        f"| {side} x {side} x {bands} | {count} | {8 * size / cube.size:.4f} | {found.psnr_db:.2f} |"
        f" {found.rmse:.1f} | {basis / count:.0f} | {100 * basis / size:.1f} % |"
    )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cube", type=Path)
    parser.add_argument("--sides", type=int, nargs="+", default=[128, 64, 32, 16])
    parser.add_argument("--bands", type=int, nargs="+", default=[200, 100, 50, 20])
    parser.add_argument("--bpppb", type=float, default=0.1)
    parser.add_argument("--effort", default="light")
    options = parser.parse_args()
    largest = max(options.sides)
    cube = read_scene(options.cube).values[:largest, :largest, : max(options.bands)]
    codec = load(effort=options.effort)
    print("| chunk | chunks | bpppb | PSNR (dB) | RMSE | basis (bytes a chunk) | of all bytes |")
    print("|---|---|---|---|---|---|---|")
    shapes = [(side, max(options.bands)) for side in options.sides]
    shapes += [(largest, bands) for bands in options.bands if bands < max(options.bands)]
    for side, bands in shapes:
        print(measure(codec, cube, side, bands, options.bpppb), flush=True)


if __name__ == "__main__":
    main()
