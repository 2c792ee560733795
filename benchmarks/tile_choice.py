"""The choice of a scene's symbols in one piece and tile by tile, on one thread and on several.

  python -m benchmarks.tile_choice SCENE[:VARIABLE] [--rows 512] [--cols 512] [--bands 64] [--bpppb 0.1]
      [--jobs 1 2] [--rounds 5]

The scene is mirrored to the size asked for; coefficients are of the last trial of a search for the rate with
light effort. All ways are measured in turns in one process: seconds by the clock and of the processor, the
least of the rounds. Several threads give what the machine has free: on a busy one that ratio says little.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

from benchmarks.codec import last_trial
from benchmarks.encoder_cost import load_scene
from benchmarks.mirroring import mirrored
from btcnet_jax.codec.build import load
from btcnet_jax.parts.context_latent import ContextLatent
from btcnet_jax.parts.quantization import Quantized, optimize
from btcnet_jax.tables import Column, print_table


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scene", help="a file, with its array's name where it has several")
    for name, size in (("rows", 512), ("cols", 512), ("bands", 64)):
        parser.add_argument(f"--{name}", type=int, default=size)
    parser.add_argument("--bpppb", type=float, default=0.1)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    scene = mirrored(load_scene(options.scene), options.rows, options.cols, options.bands)
    codec = load(effort="light")
    latent = codec.parts[1]
    assert isinstance(latent, ContextLatent), "as the universal codec has it"
    trial, row_bits = last_trial(codec, scene, options.bpppb)
    values, coder = trial["values"], latent.coder
    grid = latent.grid(*values.shape[2:])
    tile = grid.tile_rows, grid.tile_cols

    def in_tiles(jobs: int) -> Callable[[], Quantized]:
        return lambda: optimize(coder, values, row_bits, tile=tile, jobs=jobs)

    ways = {"in one piece": lambda: optimize(coder, values, row_bits)}
    ways |= {f"{grid}, {jobs} threads": in_tiles(jobs) for jobs in options.jobs}
    print(f"{os.cpu_count()} cores, {' x '.join(map(str, values.shape))} coefficients")
    print_table(_rows(ways, options.rounds), _COLUMNS)


def _rows(ways: dict[str, Callable[[], Quantized]], rounds: int) -> list[dict[str, Any]]:
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    bits = {}
    for _ in range(rounds):
        for name, way in ways.items():
            clock, processor = time.perf_counter(), time.process_time()
            found = way()
            times[name].append((time.perf_counter() - clock, time.process_time() - processor))
            bits[name] = float(found.bits.sum())
    rows: list[dict[str, Any]] = []
    for name, measured in times.items():
        wall, processor = map(min, zip(*measured, strict=True))
        rows.append({"way": name, "wall": wall, "processor": processor, "bytes": bits[name] / 8})
    return [row | {"faster": rows[0]["wall"] / row["wall"]} for row in rows]


_COLUMNS = [
    Column(key="way", name=""),
    Column(key="wall", name="wall", unit="s", digits=2),
    Column(key="processor", name="processor", unit="s", digits=2),
    Column(key="faster", name="faster by the clock", digits=2),
    Column(key="bytes", name="symbols", unit="bytes"),
]


if __name__ == "__main__":
    main()
