"""The universal codec in memory, by threads and by stages, on whatever JAX computes on.

  python -m benchmarks.accelerator SCENE.npz[:ARRAY] [--rows 512] [--cols 512] [--bands 191] [--threads 1 8 16]
      [--bpppb 0.1] [--efforts light full] [--rounds 2] [--small]

The array, the only one of three axes if it is not named, is mirrored to the size asked for, as uint16. A first
run compiles; then the least seconds of the rounds by the clock, and of the processor in that one. Stages are
measured alone: "symbols" decodes those of all tiles, "network" restores the details of all blocks, "samples" is
the rest of `--decoder none`: block transform, matrix, rounding and placing, which other stages may overlap.
--small is 128 x 128 x 64, light effort and 1 and 2 threads, to try the script. Nothing of it needs an extra.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from benchmarks.mirroring import mirrored
from btcnet_jax.codec.build import load, shipped_weights
from btcnet_jax.codec.target import Rate
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.tile_grid import block_grid
from btcnet_jax.parts.context_latent import ContextLatent
from btcnet_jax.parts.detail_tiles import restore_details
from btcnet_jax.parts.interface import Blocks
from btcnet_jax.scene.scene import Scene
from btcnet_jax.tables import Column, print_table

_SMALL: dict[str, Any] = {"rows": 128, "cols": 128, "bands": 64, "threads": [1, 2]}


def main() -> None:
    """Print what computes, and the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scene", help="an .npz, with its array's name where it has several")
    for name, size in (("rows", 512), ("cols", 512), ("bands", 191)):
        parser.add_argument(f"--{name}", type=int, default=size)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 8, 16])
    parser.add_argument("--bpppb", type=float, default=0.1)
    parser.add_argument(
        "--efforts", nargs="*", choices=("light", "full", "most"), default=["light", "full"]
    )
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--small", action="store_true", help="a small scene, to try the script")
    options = parser.parse_args()
    if options.small:
        vars(options).update(_SMALL, efforts=["light"])
    scene = mirrored(_load(options.scene), options.rows, options.cols, options.bands)
    scene = Scene(values=scene.values.astype(np.uint16))
    shape = " x ".join(map(str, scene.values.shape))
    cores = len(os.sched_getaffinity(0))
    print(f"{jax.devices()[0].device_kind}, {cores} cores, jax {jax.__version__}, {shape} uint16")
    print_table(_rows(scene, options), _COLUMNS)


def _load(word: str) -> Scene:
    path, _, name = word.partition(":")
    with np.load(path, allow_pickle=False) as arrays:
        cubes = [each for each in arrays.files if arrays[each].ndim == 3]
        return Scene(values=arrays[name or cubes[0]])


def _rows(scene: Scene, options: argparse.Namespace) -> list[dict[str, Any]]:
    rate, megabytes = Rate(options.bpppb), scene.values.nbytes / 1e6
    rows: list[dict[str, Any]] = []

    def measure(what: str, work: Callable[[int], object], threads: list[int]) -> None:
        work(threads[-1])
        for jobs in threads:
            wall, processor = _least(lambda jobs=jobs: work(jobs), options.rounds)  # type: ignore[misc]
            known = {"what": what, "threads": jobs, "speed": megabytes / wall}
            rows.append({**known, "wall": wall, "processor": processor})

    data = load(effort="light").compress(scene, rate, jobs=options.threads[-1])
    restored: dict[str, Callable[[int], object]] = _restoring(data)
    for what, work in restored.items():
        measure(what, work, options.threads if what != "network" else options.threads[:1])
    walls: dict[tuple[str, int], dict[str, Any]] = {
        (row["what"], row["threads"]): row for row in rows
    }
    for jobs in options.threads:
        none, symbols = walls["decompress, none", jobs], walls["symbols", jobs]
        rest = {key: none[key] - symbols[key] for key in ("wall", "processor")}
        told = {"what": "samples, the rest", "threads": jobs, **rest}
        rows.append({**told, "speed": megabytes / max(rest["wall"], 1e-9)})
    for effort in options.efforts:
        codec = load(effort=effort)
        measure(
            f"compress, {effort}",
            lambda jobs, codec=codec: codec.compress(scene, rate, jobs=jobs),  # type: ignore[misc]
            options.threads,
        )
    return rows


def _restoring(data: bytes) -> dict[str, Callable[[int], object]]:
    """What is measured of a file: all of it, and its stages, by threads."""
    light, none, file = load(), load(decoder="none"), read_compressed(data)
    latent, params = light.parts[1], shipped_weights().detail
    assert isinstance(latent, ContextLatent), "of the universal codec"
    assert params is not None, "it has a network"
    whole = Blocks.whole(block_grid(file.header))
    symbols = latent.read(file)
    return {
        "decompress, light": lambda jobs: light.decompress(data, jobs=jobs),
        "decompress, none": lambda jobs: none.decompress(data, jobs=jobs),
        "symbols": lambda jobs: latent.read_kept(file, whole, jobs=jobs),
        "network": lambda _: restore_details(params, symbols),
    }


def _least(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    return min(times)


_COLUMNS = [
    Column(key="what", name="what"),
    Column(key="threads", name="threads", digits=0),
    Column(key="wall", name="wall", unit="s", digits=3),
    Column(key="processor", name="processor", unit="s", digits=3),
    Column(key="speed", name="speed", unit="MB/s", digits=0),
]


if __name__ == "__main__":
    main()
