"""Peak memory of compressing and restoring scenes of growing size, each a process of its own.

  python -m benchmarks.memory FOLDER [--lines 250 1000 4000] [--bpppb 0.1]
  python -m benchmarks.memory FOLDER --planned        # compress alone, by a plan of the first 64 lines

Scenes are flight lines of 1000 samples and 200 bands of 16 bits, made some lines at a time: 0.4 GB
for 1000 lines. "peak" is the greatest resident set of the command, user time that of all its threads.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.tables import Column, print_table

_COLS, _BANDS, _LINES = 1000, 200, 64
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
    parser.add_argument("--planned", action="store_true")
    options = parser.parse_args()
    rows = []
    for lines in options.lines:
        cube, file = (options.folder / f"line{lines}.{suffix}" for suffix in ("hdr", "btcn"))
        make_scene(cube, lines)
        scene = f"{lines * _COLS * _BANDS * 2 / 1e9:.1f} GB"
        rate = "--bpppb", str(options.bpppb)
        commands: list[tuple[Any, ...]] = [("compress", cube, file, "--no-check", *rate)]
        commands += [("decompress", file, options.folder / "restored.hdr")]
        if options.planned:
            plan = options.folder / "first.btcplan"
            _measured("plan", str(cube), str(plan), "--lines", "0:64", *rate)
            commands = [("compress", "--plan", plan, cube, file, "--no-check")]
        for command in commands:
            rows.append({"scene": scene, "command": command[0], **_measured(*map(str, command))})
    print_table(rows, _TABLE)


def make_scene(header: Path, rows: int) -> None:
    """Hills of twelve materials and noise, BIL."""
    random = np.random.default_rng(0)
    spectra = np.cumsum(random.normal(0, 1, (12, _BANDS)), axis=1)
    waves, phases = random.uniform(0.003, 0.2, (12, 2)), random.uniform(0, 6, 12)
    with header.with_suffix(".img").open("wb") as raw:
        for start in range(0, rows, _LINES):
            down, across = np.mgrid[start : min(start + _LINES, rows), :_COLS]
            hills = [
                np.sin(a * down + b * across + c) for (a, b), c in zip(waves, phases, strict=True)
            ]
            cube = 2000 + 40 * np.stack(hills, -1) @ spectra
            cube += random.normal(0, 12, cube.shape)
            lines = np.clip(np.rint(cube), 0, 32767).astype(np.int16)
            raw.write(np.ascontiguousarray(lines.swapaxes(1, 2)).data)
    header.write_text(_HEADER.format(cols=_COLS, rows=rows, bands=_BANDS))


def _measured(*arguments: str) -> dict[str, Any]:
    main_file = str(Path(__file__).parent.parent / "main.py")
    process = subprocess.Popen([sys.executable, main_file, *arguments])
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
