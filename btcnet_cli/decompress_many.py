"""Many compressed files to cubes of one folder."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from btcnet_cli.decompress_one import restore
from btcnet_cli.many import OutputFolder, Told, compressed_in, do_each, say_subfolders, status_of
from btcnet_cli.report import say

if TYPE_CHECKING:
    from btcnet_jax.progress import Progress

FORMATS = ("hdr", "tif", "nc", "h5", "mat", "npy", "npz")


def run_many(arguments: argparse.Namespace) -> int:
    """Restore every file, and sum up; the exit status is 1 where any failed."""
    folder = OutputFolder(arguments.output, f".{arguments.format or FORMATS[0]}", arguments.inputs)
    inputs = compressed_in(arguments.inputs)
    folder.make(inputs)
    networks: set[str] = set()

    def work(path: Path, progress: "Progress") -> Told:
        done = restore(path, folder.output_of(path), arguments, progress)
        networks.update(filter(None, [done.network]))
        for line in done.damage:
            say(f"{path}: {line}")
        line = "; ".join([f"{done.name}: {done.samples}", *done.notes])
        figures = {"file": done.name} | ({"error": "; ".join(done.damage)} if done.damage else {})
        return Told(line, figures)

    results = do_each(inputs, work)
    say_subfolders(arguments.inputs)
    status, failed = status_of(results)
    for network in sorted(networks):
        print(f"details restored by network {network}")
    done = sum("error" not in result for result in results)
    print(f"{done} of {len(results)} files restored to {arguments.output}{failed}")
    return status
