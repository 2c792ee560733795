"""What starting costs: seconds until an import, a command's help, its facts and a decoded cube are there.

  python -m benchmarks.import_times [--against CHECKOUT] [--rounds 9]

Each is a process of its own, measured from outside, in turns with the same of another checkout where one is
named; medians of the rounds after one that only fills the disk's cache. Processor time is what
a busy machine changes least. The cube is 64 x 64 x 32 of synthetic samples.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.tables import Column, print_table

HERE = Path(__file__).resolve().parent.parent
_SHAPE = (64, 64, 32)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--against", type=Path, help="another checkout to measure in turns")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    trees = {"here": HERE}
    if options.against:
        trees = {"there": options.against.resolve(), **trees}
    with tempfile.TemporaryDirectory() as folder:
        cases = _cases(Path(folder))
        rows = [_row(name, words, trees, options.rounds) for name, words in cases.items()]
    columns = [Column(key="case", name="until it is done")]
    for tree in trees:
        columns += [
            Column(key=f"{tree}_wall", name=f"{tree}: wall", unit="s", digits=3),
            Column(key=f"{tree}_cpu", name="processor", unit="s", digits=3),
        ]
    if options.against:
        columns.append(Column(key="ratio", name="processor, here / there", digits=2))
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; medians of {options.rounds}")
    print_table(rows, columns)


def _cases(folder: Path) -> dict[str, list[str]]:
    """Arguments of Python for each case; a file to read is made first."""
    rows, cols, bands = (np.arange(size, dtype=np.float64) for size in _SHAPE)
    smooth = np.sin(rows / 9)[:, None, None] + np.cos(cols / 7)[:, None] * np.sin(bands / 5)
    cube, compressed = folder / "cube.npy", folder / "cube.btcn"
    np.save(cube, (1000 * (smooth + 2)).astype(np.uint16))
    made = ["main.py", "compress", str(cube), str(compressed), "--bpppb", "0.5"]
    _measure(made, HERE)
    return {
        "an empty program": ["-c", "pass"],
        "import btcnet_jax": ["-c", "import btcnet_jax"],
        "import btcnet_jax.codec": ["-c", "import btcnet_jax.codec"],
        "btcnet --help": ["main.py", "--help"],
        "btcnet info FILE": ["main.py", "info", str(compressed)],
        "btcnet decompress FILE": [
            "main.py",
            "decompress",
            str(compressed),
            str(folder / "restored.npy"),
        ],
    }


def _row(name: str, words: Sequence[str], trees: dict[str, Path], rounds: int) -> dict[str, Any]:
    times: dict[str, list[tuple[float, float]]] = {tree: [] for tree in trees}
    for _ in range(rounds + 1):
        for tree, place in trees.items():
            times[tree].append(_measure(words, place))
    row: dict[str, Any] = {"case": name}
    for tree, measured in times.items():
        wall, processor = zip(*measured[1:], strict=True)
        row[f"{tree}_wall"] = statistics.median(wall)
        row[f"{tree}_cpu"] = statistics.median(processor)
    if "there" in trees:
        row["ratio"] = row["here_cpu"] / row["there_cpu"]
    return row


def _measure(words: Sequence[str], place: Path) -> tuple[float, float]:
    """Seconds by the clock and of the processor that a process takes."""
    environment = os.environ | {"PYTHONPATH": str(place), "JAX_PLATFORMS": "cpu"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, *words]
    subprocess.run(command, cwd=place, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
