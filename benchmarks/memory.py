"""Peak memory of compressing and restoring scenes of growing size, each a process of its own.

  python -m benchmarks.memory FOLDER [--lines 250 1000 4000] [--bpppb 0.1] [--effort light] [--jobs 2]
  python -m benchmarks.memory FOLDER --evaluate       # measure the file against the scene, too
  python -m benchmarks.memory FOLDER --planned        # raw lines through a pipe, by a plan of the first 64

Scenes are flight lines of 1000 samples and 200 bands of 16 bits, made some lines at a time: 0.4 GB
for 1000 lines. "peak" is the greatest resident set of the command, user time that of all its threads.
With --planned no scene is on disk: lines are made as they are sent, and the stream goes to a pipe.
"""

import argparse
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from btcnet_jax.tables import Column, print_table

_COLS, _BANDS, _LINES = 1000, 200, 64
_MAIN = str(Path(__file__).parent.parent / "main.py")
_HEADER = (
    "ENVI\nsamples = {cols}\nlines = {rows}\nbands = {bands}\nheader offset = 0\n"
    "file type = ENVI Standard\ndata type = 2\ninterleave = bil\nbyte order = 0\n"
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lines", type=int, nargs="+", default=[250, 1000, 4000])
    parser.add_argument("--bpppb", type=float, default=0.1)
    parser.add_argument("--effort", choices=("full", "light"), default="full")
    parser.add_argument("--jobs", type=int, help="the commands' own default if not given")
    parser.add_argument("--evaluate", action="store_true")
    parser.add_argument("--planned", action="store_true")
    options = parser.parse_args()
    rows = []
    for lines in options.lines:
        if options.planned:
            rows += [_planned(options.folder, lines, options.bpppb)]
            continue
        cube, file = (options.folder / f"line{lines}.{suffix}" for suffix in ("hdr", "btcn"))
        make_scene(cube, lines)
        scene = f"{lines * _COLS * _BANDS * 2 / 1e9:.1f} GB"
        how = "--bpppb", options.bpppb, "--effort", options.effort
        jobs = () if options.jobs is None else ("--jobs", options.jobs)
        commands: list[tuple[Any, ...]] = [("compress", cube, file, "--no-check", *how, *jobs)]
        commands += [("decompress", file, options.folder / "restored.hdr", *jobs)]
        if options.evaluate:
            commands += [("evaluate", cube, file), ("verify", cube, file)]
        for command in commands:
            rows.append({"scene": scene, "command": command[0], **_measured(*map(str, command))})
        for path in (cube, cube.with_suffix(".img"), file, *options.folder.glob("restored.*")):
            path.unlink()
    print_table(rows, _TABLE)


def _planned(folder: Path, lines: int, bpppb: float) -> dict[str, Any]:
    """Lines of a scene that is nowhere, through a pipe; its stream is counted and thrown away."""
    cube, plan = folder / "first.hdr", folder / "first.btcplan"
    make_scene(cube, _LINES)
    _measured("plan", str(cube), str(plan), "--bpppb", str(bpppb))
    words = "compress", "--plan", plan, "--samples", _COLS, "--bands", _BANDS, "--dtype", "int16"
    command = [sys.executable, _MAIN, *map(str, words), "-", "-"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None, "it is a pipe"
    assert process.stdout is not None, "it is a pipe"
    sizes: list[int] = []
    reader = threading.Thread(target=_drain, args=(process.stdout, sizes))
    reader.start()
    for group in scene_lines(lines):
        process.stdin.write(group)
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    reader.join()
    if status:
        raise SystemExit("the stream failed")
    gigabytes = lines * _COLS * _BANDS * 2 / 1e9
    told = {"peak": usage.ru_maxrss / 1e6, "seconds": usage.ru_utime}
    rate = 8 * sum(sizes) / (lines * _COLS * _BANDS)
    return {"scene": f"{gigabytes:.1f} GB", "command": f"a stream, {rate:.4f} bpppb", **told}


def _drain(pipe: IO[bytes], sizes: list[int]) -> None:
    while data := pipe.read(1 << 20):
        sizes.append(len(data))


def make_scene(header: Path, rows: int) -> None:
    """Such a scene as a file, BIL."""
    with header.with_suffix(".img").open("wb") as raw:
        for group in scene_lines(rows):
            raw.write(group)
    header.write_text(_HEADER.format(cols=_COLS, rows=rows, bands=_BANDS))


def scene_lines(rows: int) -> Iterator[memoryview]:
    """Hills of twelve materials and noise, some lines at a time, BIL."""
    random = np.random.default_rng(0)
    spectra = np.cumsum(random.normal(0, 1, (12, _BANDS)), axis=1)
    waves, phases = random.uniform(0.003, 0.2, (12, 2)), random.uniform(0, 6, 12)
    for start in range(0, rows, _LINES):
        down, across = np.mgrid[start : min(start + _LINES, rows), :_COLS]
        hills = [np.sin(a * down + b * across + c) for (a, b), c in zip(waves, phases, strict=True)]
        cube = 2000 + 40 * np.stack(hills, -1) @ spectra
        cube += random.normal(0, 12, cube.shape)
        lines = np.clip(np.rint(cube), 0, 32767).astype(np.int16)
        yield np.ascontiguousarray(lines.swapaxes(1, 2)).data


def _measured(*arguments: str) -> dict[str, Any]:
    process = subprocess.Popen([sys.executable, _MAIN, *arguments])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return {"peak": usage.ru_maxrss / 1e6, "seconds": usage.ru_utime}


_TABLE = [
    Column(key="scene", name="scene"),
    Column(key="command", name="command"),
    Column(key="peak", name="peak", unit="GB", digits=2),
    Column(key="seconds", name="user", unit="s", digits=0),
]


if __name__ == "__main__":
    main()
