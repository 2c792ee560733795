"""Speed of bounded errors in both directions, beside GDAL's lossless JPEG 2000 and SPERR in the same run.

  python -m benchmarks.bounds SCENE[:VARIABLE] ... [--errors 0 1 4 16 64] [--rounds 3] [--mirror ROWS COLS]
      [--jobs 2] [--effort light] [--alone]

Each codec's turn comes once a round, in one process, after a round that compiles; the least processor time of
the rounds counts, as megabytes of the scene's samples a second of one core, and as a ratio to GDAL's (where the
error is 0) or SPERR's at the same bound; --alone leaves the peers out. "jobs" is the speed by the clock with
--jobs N, "threads" the time by the clock with one thread over that. All bytes come from and go to memory.
imagecodecs and rasterio are needed, as in the benchmark.
"""

import argparse
import functools
import time
import warnings
from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
import rasterio
from rasterio.io import MemoryFile

from benchmarks.encoder_cost import load_scene
from btcnet_jax.codec import Bound, bounded_codec
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.parts.goal import Effort
from btcnet_jax.scene import Scene
from btcnet_jax.tables import Column, print_table

_MEGA = 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scenes", nargs="+", help="files, each with its array's name if needed")
    parser.add_argument("--errors", type=int, nargs="+", default=[0, 1, 4, 16, 64])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mirror", type=int, nargs=2, metavar=("ROWS", "COLS"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--effort", choices=[each.value for each in Effort], default="full")
    parser.add_argument("--alone", action="store_true", help="without peers")
    options = parser.parse_args()
    # GDAL says that the cube lies nowhere on the ground.
    warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
    rows = []
    for word in options.scenes:
        scene = load_scene(word, options.mirror)
        rows += [_row(scene, error, options) for error in options.errors]
    print_table(rows, [each for each in _COLUMNS if each.key in rows[0]])


def _row(scene: Scene, error: int, options: argparse.Namespace) -> dict[str, Any]:
    values = scene.values
    codec, bound = bounded_codec(effort=Effort(options.effort)), Bound(error)
    data = codec.compress(values, bound)
    many = functools.partial(codec.compress, values, bound, jobs=options.jobs)
    tiles = read_compressed(data).tiles
    assert tiles is not None
    cases: dict[str, Callable[[], Any]] = {
        "encode": functools.partial(codec.compress, values, bound),
        "decode": functools.partial(codec.decompress, data),
        "encode, threads": many,
        "decode, threads": functools.partial(codec.decompress, data, jobs=options.jobs),
    }
    if not options.alone:
        peer = _gdal(values) if error == 0 else _sperr(values, error)
        cases |= {"peer encode": peer[0], "peer decode": peer[1]}
    seconds = _least(cases, options.rounds)
    speed = {name: values.nbytes / _MEGA / each[0] for name, each in seconds.items()}
    row = {
        "scene": f"{scene.name}, {' x '.join(map(str, values.shape))}",
        "error": error,
        "tiles": tiles.grid.count,
        "bytes": len(data),
        "encode": speed["encode"],
        "decode": speed["decode"],
        "encode jobs": values.nbytes / _MEGA / seconds["encode, threads"][1],
        "decode jobs": values.nbytes / _MEGA / seconds["decode, threads"][1],
        "encode threads": seconds["encode"][1] / seconds["encode, threads"][1],
        "decode threads": seconds["decode"][1] / seconds["decode, threads"][1],
    }
    if options.alone:
        return row
    return row | {
        "peer": "GDAL" if error == 0 else "SPERR",
        "encode ratio": speed["encode"] / speed["peer encode"],
        "decode ratio": speed["decode"] / speed["peer decode"],
    }


def _least(cases: dict[str, Callable[[], Any]], rounds: int) -> dict[str, tuple[float, float]]:
    """The least time of the processor and by the clock of each, in turns, after a first that does not count."""
    found = dict.fromkeys(cases, (float("inf"), float("inf")))
    for number in range(rounds + 1):
        for name, work in cases.items():
            processor, clock = time.process_time(), time.perf_counter()
            work()
            taken = time.process_time() - processor, time.perf_counter() - clock
            if number:
                found[name] = min(found[name][0], taken[0]), min(found[name][1], taken[1])
    return found


def _gdal(values: np.ndarray) -> tuple[Callable[[], bytes], Callable[[], np.ndarray]]:
    """Write and read of lossless JPEG 2000, one thread."""
    rows, cols, bands = values.shape
    told = {"height": rows, "width": cols, "count": bands, "dtype": values.dtype}
    planes = np.ascontiguousarray(np.moveaxis(values, 2, 0))

    def write() -> bytes:
        with rasterio.Env(GDAL_NUM_THREADS="1"), MemoryFile() as memory:
            with memory.open(driver="JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES", **told) as file:
                file.write(planes)
            return bytes(memory.read())

    data = write()

    def read() -> np.ndarray:
        with (
            rasterio.Env(GDAL_NUM_THREADS="1"),
            MemoryFile(data) as memory,
            memory.open() as file,
        ):
            return np.asarray(file.read())

    assert (read() == planes).all()
    return write, read


def _sperr(values: np.ndarray, error: int) -> tuple[Callable[[], bytes], Callable[[], np.ndarray]]:
    """Encoder and decoder of SPERR within a bound, bands as planes, one thread."""
    planes = np.ascontiguousarray(np.moveaxis(values, 2, 0), np.float32)
    # A whole sample within `error` of an estimate's rounding lets the estimate be half a unit further.
    level = error + 0.499

    def encode() -> bytes:
        return bytes(imagecodecs.sperr_encode(planes, level=level, mode="pwe", numthreads=1))

    data = encode()

    def decode() -> np.ndarray:
        return np.rint(imagecodecs.sperr_decode(data, numthreads=1)).astype(values.dtype)

    assert np.abs(decode().astype(int) - np.moveaxis(values, 2, 0)).max() <= error
    return encode, decode


_COLUMNS = [
    Column(key="scene", name="scene"),
    Column(key="error", name="greatest error"),
    Column(key="tiles", name="tiles"),
    Column(key="bytes", name="bytes"),
    Column(key="encode", name="encode", unit="MB/s", digits=1),
    Column(key="decode", name="decode", unit="MB/s", digits=1),
    Column(key="encode jobs", name="jobs, encode", unit="MB/s", digits=1),
    Column(key="decode jobs", name="jobs, decode", unit="MB/s", digits=1),
    Column(key="peer", name="peer"),
    Column(key="encode ratio", name="encode / peer", digits=2),
    Column(key="decode ratio", name="decode / peer", digits=2),
    Column(key="encode threads", name="threads, encode", digits=2),
    Column(key="decode threads", name="threads, decode", digits=2),
]


if __name__ == "__main__":
    main()
