"""Many cubes to files of one folder; those done before are passed over."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.compress_one import ON_DATA, Compressed, Compressor
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

if TYPE_CHECKING:
    from btcnet_jax.progress import Progress


def run_many(arguments: argparse.Namespace) -> int:
    """Compress every cube, and sum up; the exit status is 1 where any failed."""
    folder = OutputFolder(arguments.output, COMPRESSED, arguments.inputs)
    inputs = cubes_in(arguments.inputs)
    require_json_place(arguments.json, *inputs)
    compressor = Compressor(arguments)
    folder.make(inputs)
    before = DoneBefore(arguments.output)

    def work(path: Path, progress: "Progress") -> Told:
        output = folder.output_of(path)
        made_of = inputs_digest(path, arguments.mask, compressor.settings)
        if not arguments.force:
            told = before.find(output, made_of, checked=not arguments.no_check)
            if told is not None:
                return told
        done = compressor.compress(path, output, progress)
        told = Told(_line(done), done.figures)
        before.add(output, made_of, told, checked=not arguments.no_check)
        return told

    results = do_each(inputs, work)
    say_subfolders(arguments.inputs)
    status, failed = status_of(results)
    print(_summary(results, arguments.output) + failed)
    write_json(arguments.json, {**compressor.told, "results": results})
    return status


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
