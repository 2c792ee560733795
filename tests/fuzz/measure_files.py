"""What files cost the command line that reads them: a line each, the last column what it said.

python tests/fuzz/measure_files.py [FILE ...]    # those of made_files.py where none is named

`.btcn` files are decompressed, `info` is asked of models, cubes are compressed. Seconds are the clock's, in
brackets the processor's; MB are the greatest resident size of the process or of one that it started, less that
of an interpreter that loads nothing but the command.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent)]
os.environ.setdefault("JAX_PLATFORMS", "cpu")

from made_files import make_all  # noqa: E402

ROOT = Path(__file__).parent.parent.parent
_PROGRAM = """
import os, resource, sys
from btcnet_cli.main import run
status = run(sys.argv[2:])
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
seconds = sum(each.ru_utime + each.ru_stime for each in used)
# Not ru_maxrss of itself, which is that of whoever started it where that is more.
own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
os.write(int(sys.argv[1]), f"{status} {seconds} {max(own, used[1].ru_maxrss)}".encode())
"""
_LONGEST = 120


def measure(*words: str) -> tuple[int, float, float, float, list[str]]:
    """Exit status, seconds of the clock and of the processor, MB, and lines on standard error."""
    reading, writing = os.pipe()
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(writing), *words],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=_LONGEST,
        pass_fds=(writing,),
    )
    seconds = time.perf_counter() - started
    os.close(writing)
    told = os.read(reading, 200).split()
    os.close(reading)
    if not told:
        return done.returncode, seconds, float("nan"), float("nan"), done.stderr.splitlines()
    return int(told[0]), seconds, float(told[1]), int(told[2]) / 1024, done.stderr.splitlines()


def show(file: Path, folder: Path, idle: float) -> None:
    """Measures a file and prints its line of a table."""
    command = {".btcn": "decompress", ".btcmodel": "info"}.get(file.suffix, "compress")
    outputs = {"decompress": ["out.npy"], "info": []}.get(command, ["out.btcn"])
    status, clock, processor, size, lines = measure(
        command, str(file.absolute()), *(str(folder / output) for output in outputs)
    )
    said = lines[-1].removeprefix("btcnet: ").replace(str(file.absolute()), "...") if lines else "-"
    print(
        f"| {file.name} | {file.stat().st_size:,} | {status} | {clock:.1f} ({processor:.1f}) |"
        f" {size - idle:.0f} | {len(lines)} | {said} |",
        flush=True,
    )


def main() -> None:
    """Measure each file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    files = parser.parse_args().files
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as made:
        idle, jax = measure("info", str(Path(name, "missing.btcn"))), measure("models")
        print(f"nothing read: {idle[1]:.1f} ({idle[2]:.1f}) s, {idle[3]:.0f} MB")
        print(f"with JAX and the models' texts: {jax[1]:.1f} ({jax[2]:.1f}) s, {jax[3]:.0f} MB")
        for file in files or make_all(Path(made)):
            show(file, Path(name), idle[3])


if __name__ == "__main__":
    main()
