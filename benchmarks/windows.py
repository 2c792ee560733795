"""What a window of a large file costs beside a file of that window alone: processor time, in one process.

  python -m benchmarks.windows [--size 4096] [--bands 2] [--window 256] [--bpppb 0.3] [--rounds 5] [--jobs 2]

A scene of gradients, waves and noise is made and compressed with light effort; then a square window in its
middle, and one that begins at tiles' borders, are read from the file on disk, each with opening it, in turns
with files of these samples alone. Least of the rounds, after one that compiles.
"""

import argparse
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.codec import Rate, load, open_file
from btcnet_jax.scene.scene import Scene, SceneSource
from btcnet_jax.tables import Column, print_table


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, size in (("size", 4096), ("bands", 2), ("window", 256), ("rounds", 5), ("jobs", 2)):
        parser.add_argument(f"--{name}", type=int, default=size)
    parser.add_argument("--bpppb", type=float, default=0.3)
    options = parser.parse_args()
    values, codec = _made(options.size, options.bands), load(effort="light")
    corners = {"in the middle": (options.size - options.window) // 2 // 4 * 4 + 52}
    corners["on borders of tiles"] = options.size // 2 // 128 * 128
    rows, rate = [], Rate(options.bpppb)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.btcn"
        with path.open("wb") as file:
            source = SceneSource.of(Scene(values=values))
            codec.compress_to(file, source, rate, folder=Path(folder), jobs=options.jobs)
        tiles = open_file(path).file.tiles
        assert tiles is not None, "it is large"
        print(f"{path.stat().st_size} bytes, {tiles.grid}")
        for where, first in corners.items():
            place = slice(first, first + options.window)
            alone = Path(folder) / "alone.btcn"
            alone.write_bytes(codec.compress(np.ascontiguousarray(values[place, place]), rate))
            for decoder in ("light", "none"):
                ways = _window(path, place, decoder), _window(alone, slice(None), decoder)
                seconds, unit = _least(ways, options.rounds)
                told = {"window": where, "decoder": decoder, "seconds": seconds, "alone": unit}
                rows.append(told | {"ratio": seconds / unit})
    print_table(rows, _COLUMNS)


def _made(size: int, bands: int) -> np.ndarray:
    row, col = np.arange(size)[:, None], np.arange(size)[None]
    noise = np.random.default_rng(0)
    planes = []
    for band in range(bands):
        waves = 300 * np.sin(row / (17 + band)) * np.cos(col / 23) + 0.2 * (row + col)
        planes.append((2000 + waves + noise.normal(0, 40, waves.shape)).astype(np.int16))
    return np.stack(planes, axis=2)


def _window(path: Path, place: slice, decoder: str) -> Callable[[], Any]:
    return lambda: open_file(path, decoder=decoder)[place, place]


def _least(ways: tuple[Callable[[], Any], ...], rounds: int) -> list[float]:
    """Seconds of the processor of each, all threads together."""
    found: list[list[float]] = [[] for _ in ways]
    for number in range(rounds + 1):
        for way, seconds in zip(ways, found, strict=True):
            before = resource.getrusage(resource.RUSAGE_SELF)
            way()
            after = resource.getrusage(resource.RUSAGE_SELF)
            if number:
                used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                seconds.append(used)
    return [min(each) for each in found]


_COLUMNS = [
    Column(key="window", name="window"),
    Column(key="decoder", name="--decoder"),
    Column(key="seconds", name="of the large file", unit="s", digits=3),
    Column(key="alone", name="alone", unit="s", digits=3),
    Column(key="ratio", name="ratio", digits=2),
]


if __name__ == "__main__":
    main()
