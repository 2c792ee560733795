"""How fast training patches come from TFRecords, against reading the same bytes and against need.

  python benchmarks/input_pipeline.py [--folder DIR] [--scenes 16] [--rounds 5]

Converts scenes of random samples (512 x 512 x 172, int16) to records of one 256 x 256 patch with
`data_pipeline.convert`, then reads them in turns: every shard with numpy.fromfile, one thread;
`RecordStream` in batches of 12, whole patches and crops of 128 x 128; and, where TensorFlow is there,
tf.data.TFRecordDataset without decoding, the least that a stream by tf.data takes. Both from a warm page
cache and with the files dropped from it before. Rates are of the patches that come out, a crop counted
as the patch it is of. Beside them stands what the paper's batch takes at 30 ms a step: the 720 strips of
128 x 4 x 172 that the device uses, and the 12 whole patches that they are cut from. Needs about 6 GB of
disk while converting, but no TensorFlow where DIR holds the records. Nothing is written but DIR, which is
removed unless it is given.
"""

import argparse
import contextlib
import importlib.util
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.tables import Column, print_table
from data_pipeline.record_stream import RecordStream
from data_pipeline.records import RecordFolder, open_records

SIDE, CROP, BANDS, BATCH, STEP_S = 256, 128, 172, 12, 0.030
SAMPLE_BYTES = 2
STRIPS_BYTES = 720 * 128 * 4 * BANDS * SAMPLE_BYTES
_UNTIMED, _TIMED = 4, 12  # batches
PATCH_BYTES = SIDE * SIDE * BANDS * SAMPLE_BYTES

_COLUMNS = (
    Column(key="files", name="files"),
    Column(key="way", name="read by"),
    Column(key="rate", name="rate", unit="GB/s", digits=2),
    Column(key="patches", name="patches", unit="1/s", digits=0),
    Column(key="of_raw", name="of raw", digits=2),
    Column(key="of_strips", name="of strips", digits=2),
    Column(key="of_patches", name="of patches", digits=2),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, help="keep the records here and use them again")
    parser.add_argument("--scenes", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with _folder(options.folder) as folder:
        source = _records(folder, options.scenes)
        size = sum(path.stat().st_size for path in source.paths) / 1e9
        print(f"{len(source.paths)} shards, {len(source.minimum)} patches, {size:.2f} GB,")
        print(f"{os.cpu_count()} cores; medians of {options.rounds} rounds, each read in turn")
        rows = [row for cold in (False, True) for row in _measure(source, cold, options.rounds)]
    print_table(rows, _COLUMNS)
    print(f"of strips: of the {_needed(STRIPS_BYTES):.1f} GB/s of 720 strips a 30 ms step;")
    print(
        f"of patches: of the {_needed(BATCH * PATCH_BYTES):.1f} GB/s of the 12 patches they are in"
    )


def _needed(step_bytes: int) -> float:
    return step_bytes / STEP_S / 1e9


@contextlib.contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _records(folder: Path, scenes: int) -> RecordFolder:
    if not (folder / "records").is_dir():
        _convert(folder, scenes)
    return open_records(folder / "records", "hsi_folder", "train", bands=BANDS)


def _convert(folder: Path, scenes: int) -> None:
    from data_pipeline.convert import convert

    raw = folder / "scenes"
    raw.mkdir(parents=True, exist_ok=True)
    for number in range(scenes + 1):  # One is for testing.
        shape = (2 * SIDE, 2 * SIDE, BANDS)
        values = np.random.default_rng(number).integers(0, 8000, shape, np.int16)
        np.save(raw / f"{number:03}.npy", values)
    convert("hsi_folder", raw, folder / "records", test_fraction=1 / (scenes + 1))


def _ways() -> dict[str, Callable[[RecordFolder, bool], float]]:
    ways: dict[str, Callable[[RecordFolder, bool], float]] = {"numpy.fromfile": _raw}
    cores = os.cpu_count() or 1
    for readers in [2**power for power in range(cores.bit_length()) if 2**power <= min(cores, 16)]:
        plural = "s" * (readers > 1)
        for side in (SIDE, CROP):
            way = f"RecordStream, {readers} reader{plural}, {side} x {side}"
            ways[way] = partial(_streamed, side=side, readers=readers)
    if importlib.util.find_spec("tensorflow"):
        ways["TFRecordDataset, not decoded"] = _undecoded
    return ways


def _measure(source: RecordFolder, cold: bool, rounds: int) -> list[dict[str, Any]]:
    ways = _ways()
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds + 1):
        for way, measure in ways.items():
            rate = measure(source, cold)
            if turn:  # The first turn fills the page cache.
                rates[way].append(rate)
    middle = {way: statistics.median(values) for way, values in rates.items()}
    return [_row("cold" if cold else "warm", way, middle) for way in ways]


def _row(files: str, way: str, rates: dict[str, float]) -> dict[str, Any]:
    rate = rates[way]
    return {
        "files": files,
        "way": way,
        "rate": rate,
        "patches": rate * 1e9 / PATCH_BYTES,
        "of_raw": rate / rates["numpy.fromfile"],
        "of_strips": rate / _needed(STRIPS_BYTES),
        "of_patches": rate / _needed(BATCH * PATCH_BYTES),
    }


def _raw(source: RecordFolder, cold: bool) -> float:
    """GB/s of reading every shard whole, one after another, into fresh memory."""
    if cold:
        _drop_from_cache(source)
    start = time.perf_counter()
    size = sum(np.fromfile(path, np.uint8).nbytes for path in source.paths)
    return size / (time.perf_counter() - start) / 1e9


def _streamed(source: RecordFolder, cold: bool, *, side: int, readers: int) -> float:
    stream = RecordStream(source, side, side, BATCH, 0, readers=readers)
    return _rate(source, iter(stream), cold)


def _undecoded(source: RecordFolder, cold: bool) -> float:
    """The same of serialized records, from four shards at a time, the fastest of what was tried."""
    from data_pipeline.tf_setup import tf

    paths = tf.data.Dataset.from_tensor_slices([str(path) for path in source.paths]).repeat()
    records = paths.interleave(
        lambda path: tf.data.TFRecordDataset(path, buffer_size=0),
        cycle_length=4,
        num_parallel_calls=min(4, os.cpu_count() or 1),
    )
    options = tf.data.Options()
    options.autotune.enabled = False
    return _rate(source, iter(records.batch(BATCH).with_options(options).prefetch(2)), cold)


def _rate(source: RecordFolder, batches: Iterator[Any], cold: bool) -> float:
    """GB/s of patches that come out once the pipeline runs; it is taken down afterwards."""
    # Taken without a pause, so that as much is read ahead after the last batch as before the first.
    for _ in range(_UNTIMED):
        next(batches)
    start, epoch = time.perf_counter(), len(source.minimum) // BATCH
    for step in range(_TIMED):
        if cold and step % epoch == 0:
            _drop_from_cache(source)
        next(batches)
    return _TIMED * BATCH * PATCH_BYTES / (time.perf_counter() - start) / 1e9


def _drop_from_cache(source: RecordFolder) -> None:
    for path in source.paths:
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()
