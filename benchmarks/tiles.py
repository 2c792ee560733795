"""What tiles cost in bytes, and a window in time: a real cube, mirrored up to a larger scene.

  python -m benchmarks.tiles CUBE [CUBE ...] [--size 512] [--bpppb 0.1] [--sides 32 64] [--bands 1]

The scene is compressed once. Its symbols are then written in one piece and in tiles of these least sides, in
blocks of 4 samples; "price" is what the file grows by. "window" is a 128 x 128 window amid the scene and
"whole" all of it: user time of decoding, as multiples of that of a scene of the window alone.
"""

import argparse
import functools
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.mirroring import mirrored
from btcnet_jax.codec import Rate, load
from btcnet_jax.codec.build import shipped_weights
from btcnet_jax.coding.context import ComponentLevels, ContextCoder
from btcnet_jax.container.compressed_file import CompressedFile, read_compressed
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.parts.context_latent import ContextLatent
from btcnet_jax.scene import Scene
from btcnet_jax.scene.part import Part
from btcnet_jax.tables import Column, print_table
from data_pipeline.readers import read_scene

_WINDOW = 128
_CODED = (SectionKind.QUANTIZER, SectionKind.SYMBOLS, SectionKind.TILE_GRID)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cubes", nargs="+", type=Path)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--bpppb", type=float, default=0.1)
    parser.add_argument("--sides", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--bands", type=int, default=1, help="take every so many bands")
    options = parser.parse_args()
    rows = []
    for path in options.cubes:
        some = Scene(values=read_scene(path).values[..., :: options.bands])
        values = mirrored(some, options.size, options.size).values
        rows += _rows(path.stem, values, options)
    missing = dict.fromkeys([column.key for column in _COLUMNS])
    print_table([missing | row for row in rows], _COLUMNS)


def _rows(name: str, values: np.ndarray, options: argparse.Namespace) -> list[dict[str, Any]]:
    reader = load()
    file = read_compressed(reader.compress(values, Rate(options.bpppb)))
    symbols = reader._latent.read(file)
    pieces = [max(symbols.shape[2:]), *options.sides]
    files = {side: _written(side, file, symbols) for side in pieces}
    one = len(files[pieces[0]])
    middle = (options.size - _WINDOW) // 2
    place = slice(middle, middle + _WINDOW)
    alone = reader.compress(np.ascontiguousarray(values[place, place]), Rate(options.bpppb))
    part = Part.of(values.shape, place, place)
    unit = _seconds(functools.partial(reader.decompress, alone))
    whole = _seconds(functools.partial(reader.decompress, files[pieces[0]]))
    rows = [{"scene": name, "tiles": "one piece", "bytes": one, "whole": whole / unit}]
    for side in options.sides:
        data = files[side]
        window = _seconds(functools.partial(reader.decompress, data, part=part))
        tiles = read_compressed(data).tiles
        told = {"scene": name, "tiles": "one piece" if tiles is None else str(tiles.grid)}
        price = {"bytes": len(data), "price": 100 * (len(data) / one - 1)}
        rows.append({**told, **price, "window": window / unit})
    return rows


def _written(side: int, file: CompressedFile, symbols: np.ndarray) -> bytes:
    """The file with its symbols in tiles of another size."""
    latent = ContextLatent(ContextCoder(shipped_weights().context), side)
    kept = [Section(*each) for each in file.sections.items() if each[0] not in _CODED]
    written = latent.write(symbols, ComponentLevels.of(symbols))
    tiles = [each for each in written if each.kind == SectionKind.TILE]
    others = [each for each in written if each.kind != SectionKind.TILE]
    return write_container([*kept, *others, *tiles])


def _seconds(run: Callable[[], Any]) -> float:
    """User time of the second run: the first compiles."""
    run()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    run()
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime - before


_COLUMNS = [
    Column(key="scene", name="scene"),
    Column(key="tiles", name="tiles"),
    Column(key="bytes", name="file", unit="bytes"),
    Column(key="price", name="price", unit="%", digits=2),
    Column(key="window", name="window", digits=1),
    Column(key="whole", name="whole", digits=1),
]


if __name__ == "__main__":
    main()
