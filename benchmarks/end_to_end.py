"""A scene to a file and back, process start included, beside JPEG 2000: GDAL's lossless, and of a KLT.

  python -m benchmarks.end_to_end SCENE[:VARIABLE] [--against CHECKOUT] [--rows 600] [--cols 500] [--bands 224]
      [--bpppb 0.1] [--components 18] [--efforts full light] [--smallest] [--rounds 3]

The scene is mirrored to the size asked for, as int16. Each measurement is a process of its own, one after
another in every round, after a round that fills caches; medians of seconds by the clock and of the processor.
GDAL is rasterio's, driver JP2OpenJPEG, reversible, with all of the machine's threads, as the codec has. KLT +
JPEG 2000 is the peer of `btcnet_benchmark` with --components, which are not sought: analysis, and the trials
that find the level for the rate. --smallest adds a file of 8 x 8 x 4 samples.
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

from benchmarks.encoder_cost import load_scene
from benchmarks.import_times import HERE, _measure
from benchmarks.mirroring import mirrored
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
_KLT = """
import sys, numpy as np
from pathlib import Path
from btcnet_benchmark.codecs.klt_search import fill
from btcnet_benchmark.codecs.klt_trial import SceneAnalysis
from btcnet_benchmark.codecs.scene_header import facts_of
cube = np.load(sys.argv[1])
facts = facts_of(cube)
pixels = cube.reshape(-1, cube.shape[2])[:, facts.varying].astype(np.float64)
analysis = SceneAnalysis(facts, pixels, np.ones(pixels.shape[1]))
trial, _ = fill(analysis, int(sys.argv[3]), int(cube.size * float(sys.argv[4]) / 8), 40.0)
Path(sys.argv[2]).write_bytes(trial.basis + trial.stream)
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scene", help="a file, with its array's name where it has several")
    parser.add_argument(
        "--efforts", nargs="+", choices=("light", "full", "most"), default=["full", "light"]
    )
    parser.add_argument("--against", type=Path, help="another checkout to measure in turns")
    for name, size in (("rows", 600), ("cols", 500), ("bands", 224)):
        parser.add_argument(f"--{name}", type=int, default=size)
    parser.add_argument("--bpppb", type=float, default=0.1)
    parser.add_argument("--components", type=int, default=18, help="of KLT + JPEG 2000")
    parser.add_argument("--smallest", action="store_true", help="a file of 8 x 8 x 4 samples too")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    scene = mirrored(load_scene(options.scene), options.rows, options.cols, options.bands)
    with tempfile.TemporaryDirectory() as folder:
        cube = Path(folder) / "cube.npy"
        np.save(cube, scene.values.astype(np.int16))
        np.save(Path(folder) / "tiny.npy", scene.values[:8, :8, :4].astype(np.int16))
        cases = _cases(Path(folder), options)
        rows = _rows(cases, options.rounds)
    print(f"{os.cpu_count()} cores, {' x '.join(map(str, scene.values.shape))} int16")
    columns = [Column(key="case", name="")]
    columns += [
        Column(key="wall", name="wall", unit="s", digits=2),
        Column(key="processor", name="processor", unit="s", digits=2),
        Column(key="faster", name="GDAL's wall over it", digits=2),
    ]
    print_table(rows, columns)


def _cases(folder: Path, options: argparse.Namespace) -> dict[str, tuple[Path, list[str], str]]:
    """Checkout, arguments of Python, and what of GDAL's it is compared with, in an order in which each finds
    its input."""
    cube, out = str(folder / "cube.npy"), str(folder / "restored.npy")
    peer, bpppb = str(folder / "peer.jp2"), str(options.bpppb)
    klt = [cube, str(folder / "klt"), str(options.components), bpppb]
    cases = {
        "GDAL, write": (HERE, ["-c", _GDAL, "write", cube, peer], "GDAL, write"),
        "GDAL, read": (HERE, ["-c", _GDAL, "read", peer, out], "GDAL, read"),
        "KLT + JPEG 2000, compress": (HERE, ["-c", _KLT, *klt], "GDAL, write"),
    }
    against = options.against
    trees = {"": HERE, **({" (there)": against.resolve()} if against else {})}
    for name, tree in trees.items():
        for effort in options.efforts:
            coded = str(folder / f"{effort}{len(name)}.btcn")
            words = ["compress", cube, coded, "--bpppb", bpppb, "--effort", effort]
            compress = ["main.py", *words, "--no-check"]
            cases[f"compress, {effort}{name}"] = tree, compress, "GDAL, write"
        restore = ["main.py", "decompress", coded, out]
        cases[f"decompress{name}"] = tree, restore, "GDAL, read"
        cases[f"decompress --decoder none{name}"] = (
            tree,
            [*restore, "--decoder", "none"],
            "GDAL, read",
        )
        if options.smallest:
            cases |= _smallest(folder, name, tree)
    return cases


def _smallest(folder: Path, name: str, tree: Path) -> dict[str, tuple[Path, list[str], str]]:
    cube, coded = str(folder / "tiny.npy"), str(folder / f"tiny{len(name)}.btcn")
    compress = ["main.py", "compress", cube, coded, "--bpppb", "4", "--no-check"]
    restore = ["main.py", "decompress", coded, str(folder / "small.npy")]
    return {
        f"smallest, compress{name}": (tree, compress, "GDAL, write"),
        f"smallest, decompress{name}": (tree, restore, "GDAL, read"),
        f"smallest, --decoder none{name}": (tree, [*restore, "--decoder", "none"], "GDAL, read"),
    }


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
