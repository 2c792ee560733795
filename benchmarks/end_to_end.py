"""A scene to a file and back, process start included, beside GDAL's lossless JPEG 2000 in the same run.

  python -m benchmarks.end_to_end SCENE[:VARIABLE] [--against CHECKOUT] [--rows 600] [--cols 500] [--bands 224]
      [--bpppb 0.1] [--rounds 3]

The scene is mirrored to the size asked for, as int16. Each measurement is a process of its own, one after
another in every round, after a round that fills caches; medians of seconds by the clock and of the processor.
GDAL is rasterio's, driver JP2OpenJPEG, reversible, with all of the machine's threads, as the codec has.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.encoder_cost import load_scene, mirrored
from benchmarks.import_times import HERE, _measure
from btcnet_jax.tables import Column, print_table

_GDAL = """
import os, sys, warnings, numpy as np, rasterio
warnings.simplefilter("ignore")  # That it lies nowhere on the ground.
os.environ["GDAL_NUM_THREADS"] = "ALL_CPUS"
if sys.argv[1] == "write":
    cube = np.load(sys.argv[2])
    told = dict(driver="JP2OpenJPEG", height=cube.shape[0], width=cube.shape[1], count=cube.shape[2],
                dtype=cube.dtype, QUALITY="100", REVERSIBLE="YES")
    with rasterio.open(sys.argv[3], "w", **told) as file:
        file.write(cube.transpose(2, 0, 1))
else:
    with rasterio.open(sys.argv[2]) as file:
        np.save(sys.argv[3], file.read().transpose(1, 2, 0))
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scene", help="a file, with its array's name where it has several")
    parser.add_argument("--against", type=Path, help="another checkout to measure in turns")
    for name, size in (("rows", 600), ("cols", 500), ("bands", 224)):
        parser.add_argument(f"--{name}", type=int, default=size)
    parser.add_argument("--bpppb", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    scene = mirrored(load_scene(options.scene), options.rows, options.cols, options.bands)
    with tempfile.TemporaryDirectory() as folder:
        cube = Path(folder) / "cube.npy"
        np.save(cube, scene.values.astype(np.int16))
        cases = _cases(Path(folder), options.bpppb, options.against)
        rows = _rows(cases, options.rounds)
    print(f"{os.cpu_count()} cores, {' x '.join(map(str, scene.values.shape))} int16")
    columns = [Column(key="case", name="")]
    columns += [
        Column(key="wall", name="wall", unit="s", digits=2),
        Column(key="processor", name="processor", unit="s", digits=2),
        Column(key="faster", name="GDAL's wall over it", digits=2),
    ]
    print_table(rows, columns)


def _cases(
    folder: Path, bpppb: float, against: Path | None
) -> dict[str, tuple[Path, list[str], str]]:
    """Checkout, arguments of Python, and what of GDAL's it is compared with, in an order in which each finds
    its input."""
    cube, out = str(folder / "cube.npy"), str(folder / "restored.npy")
    peer = str(folder / "peer.jp2")
    cases = {
        "GDAL, write": (HERE, ["-c", _GDAL, "write", cube, peer], "GDAL, write"),
        "GDAL, read": (HERE, ["-c", _GDAL, "read", peer, out], "GDAL, read"),
    }
    trees = {"": HERE, **({" (there)": against.resolve()} if against else {})}
    for name, tree in trees.items():
        for effort in ("full", "light"):
            coded = str(folder / f"{effort}{len(name)}.btcn")
            words = ["compress", cube, coded, "--bpppb", str(bpppb), "--effort", effort]
            compress = ["main.py", *words, "--no-check"]
            cases[f"compress, {effort}{name}"] = tree, compress, "GDAL, write"
        cases[f"decompress{name}"] = tree, ["main.py", "decompress", coded, out], "GDAL, read"
    return cases


def _rows(cases: dict[str, tuple[Path, list[str], str]], rounds: int) -> list[dict[str, Any]]:
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    for _ in range(rounds + 1):
        for name, (tree, words, _) in cases.items():
            times[name].append(_measure(words, tree))
    medians = {
        name: [statistics.median(each) for each in zip(*measured[1:], strict=True)]
        for name, measured in times.items()
    }
    return [
        {
            "case": name,
            "wall": medians[name][0],
            "processor": medians[name][1],
            "faster": medians[peer][0] / medians[name][0],
        }
        for name, (_, _, peer) in cases.items()
    ]


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(error.cmd[1:3])} failed: {error.returncode}")
