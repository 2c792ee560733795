"""Many cubes to files of one folder; those done before are passed over."""

import argparse
import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.compress_beam import Job, Notes, compress_by_beam
from btcnet_cli.compress_one import ON_DATA, Compressed, Compressor
from btcnet_cli.csv_option import require_csv_place, write_csv
from btcnet_cli.done_before import DoneBefore, inputs_digest
from btcnet_cli.json_option import require_json_place, write_json
from btcnet_cli.many import (
    COMPRESSED,
    OutputFolder,
    Told,
    cubes_in,
    do_each,
    say_subfolders,
    status_of,
)
from btcnet_jax.errors import BtcnetError

if TYPE_CHECKING:
    from btcnet_jax.progress import Progress


def run_many(arguments: argparse.Namespace) -> int:
    """Compress every cube, and sum up; the exit status is 1 where any failed."""
    folder = OutputFolder(arguments.output, COMPRESSED, arguments.inputs)
    inputs = cubes_in(arguments.inputs)
    require_json_place(arguments.json, *inputs)
    require_csv_place(arguments.csv, arguments.json, *inputs)
    options = None if arguments.beam is None else _beam_options(arguments.beam)
    compressor = Compressor(arguments)
    folder.make(inputs)
    before, notes = DoneBefore(arguments.output), Notes(arguments.output)
    checked = compressor.checks

    def job_of(path: Path) -> Job:
        output = folder.output_of(path)
        return Job(path, output, inputs_digest(path, arguments.mask, compressor.settings))

    def find(job: Job) -> Told | None:
        return None if arguments.force else before.find(job.output, job.made_of, checked=checked)

    def work(path: Path, progress: "Progress") -> Told:
        job = job_of(path)
        told = find(job) or notes.take(job.output, job.made_of, before, checked=checked)
        if told is None:
            done = compressor.compress(path, job.output, progress)
            told = Told(_line(done), done.figures)
            before.add(job.output, job.made_of, told, checked=checked)
        return told

    if options is not None:
        jobs = [job for job in _jobs(inputs, job_of) if find(job) is None]
        left = [job for job in jobs if not notes.is_of_use(job, checked=checked)]
        compress_by_beam(left, notes, arguments, options, _line)
    results = do_each(inputs, work)
    notes.remove()
    say_subfolders(arguments.inputs)
    status, failed = status_of(results)
    print(_summary(results, arguments.output) + failed)
    write_csv(arguments.csv, results)
    write_json(arguments.json, {**compressor.told, "results": results})
    return status


def _beam_options(given: str) -> Any:
    from data_pipeline.beam import beam_options

    return beam_options(given.split(","))


def _jobs(inputs: Sequence[Path], job_of: Callable[[Path], Job]) -> Iterator[Job]:
    """Those of cubes that can be read and have a place; of others the reason is told in their turn."""
    for path in inputs:
        with contextlib.suppress(BtcnetError):
            yield job_of(path)


def _line(done: Compressed) -> str:
    share = 1 - done.figures.get("valid_share", 1)
    missing = [f"{100 * share:.4g} % no data"] if share else []
    worth = [text.removesuffix(ON_DATA) for text in done.worth]
    return f"{done.name}: {', '.join([done.size, *worth, *missing])}"


def _summary(results: list[dict[str, Any]], folder: Path) -> str:
    done = [result for result in results if "error" not in result]
    total = sum(result["file_bytes"] for result in done)
    raw = sum(result["file_bytes"] * result["ratio"] for result in done)
    before = sum(result.get("done_before", False) for result in done)
    text = f"{len(done)} of {len(results)} cubes compressed to {folder}"
    if before:
        text += f" ({before} done before; --force does them again)"
    if total:
        ratio = raw / total
        text += f": {total:,} bytes, 1:{ratio:.{0 if ratio >= 10 else 2}f}"
    return text
