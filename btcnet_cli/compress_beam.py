"""Cubes of a folder compressed by Apache Beam's workers, who leave a note of each beside its file.

The command that began them takes the notes up, as does the next one in the folder where it was interrupted.
"""

import argparse
import contextlib
import functools
import json
import pickle
import shutil
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from btcnet_cli.compress_one import Compressed, Compressor
from btcnet_cli.done_before import DoneBefore, entry_of, told_of
from btcnet_cli.many import Told
from btcnet_cli.progress import progress_bar
from btcnet_cli.report import message_of
from btcnet_jax.errors import BtcnetError, DataWarning
from btcnet_jax.files import write_atomically

NAME = ".compressed-by-beam"


class Job(NamedTuple):
    """A cube to compress.

    Attributes:
        path: of the cube.
        output: its file.
        made_of: of `inputs_digest`.
    """

    path: Path
    output: Path
    made_of: str


class Notes:
    """What workers left in a folder of compressed files.

    Args:
        folder: of the files.
    """

    def __init__(self, folder: Path) -> None:
        # Workers may be in another folder than this process.
        self._folder = folder.absolute() / NAME
        self._asked: set[str] = set()

    def path_of(self, output: Path) -> Path:
        """Where the note of a file is."""
        return self._folder / f"{output.name}.json"

    def take(self, output: Path, made_of: str, before: DoneBefore, *, checked: bool) -> Told | None:
        """What a worker says of a file, which is kept from now on; None where none says anything of use.

        Raises:
            BtcnetError: a worker of this run could not compress the cube.
        """
        note = self._read(output)
        if "error" in note and output.name in self._asked:
            raise BtcnetError(str(note["error"]))
        told = told_of(output, note.get("entry"), made_of, checked=checked)
        if told is None:
            return None
        for text in note.get("warnings", []):
            warnings.warn(str(text), DataWarning, stacklevel=2)
        figures = told.figures | {"file": str(output)}
        before.adopt(output, note["entry"] | {"figures": figures})
        return Told(f"{output}: {told.line}", figures)

    def is_of_use(self, job: Job, *, checked: bool) -> bool:
        """Whether a job was done by a worker of a run before."""
        entry = self._read(job.output).get("entry")
        return told_of(job.output, entry, job.made_of, checked=checked) is not None

    def make(self, jobs: Sequence[Job]) -> None:
        """Make room for notes of these jobs. Raises BtcnetError where that cannot be."""
        self._asked = {job.output.name for job in jobs}
        try:
            self._folder.mkdir(exist_ok=True)
            for job in jobs:
                self.path_of(job.output).unlink(missing_ok=True)
        except OSError as error:
            raise BtcnetError(f"cannot write to {self._folder}: {error.strerror}") from error

    def remove(self) -> None:
        """Away with all of them."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self, output: Path) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            note = json.loads(self.path_of(output).read_bytes())
            return note if isinstance(note, dict) else {}
        return {}


def compress_by_beam(
    jobs: Sequence[Job],
    notes: Notes,
    arguments: argparse.Namespace,
    options: Any,
    line: Callable[[Compressed], str],
) -> None:
    """Has workers compress cubes and leave notes; what none is left of is for the caller to do.

    Args:
        jobs: to do.
        notes: where they go.
        arguments: of the command.
        options: of `beam_options`.
        line: makes the line of a file, without its name in front.
    """
    from data_pipeline.beam import run_each

    notes.make(jobs)
    jobs = [Job(job.path.absolute(), job.output.absolute(), job.made_of) for job in jobs]
    count = _Count()
    with progress_bar(f"{len(jobs)} cubes by Apache Beam") as progress:
        run_each(
            jobs,
            functools.partial(_work, notes=notes, arguments=_packed(arguments), line=line),
            options,
            is_done=lambda job: notes.path_of(job.output).exists(),
            told=lambda job: progress(count.next(), len(jobs)),
        )


class _Count:
    def __init__(self) -> None:
        self._done = 0

    def next(self) -> int:
        self._done += 1
        return self._done


def _packed(arguments: argparse.Namespace) -> bytes:
    """The command line for a process that may be in another folder; bytes, so that it can be a key."""
    known = {name: value for name, value in vars(arguments).items() if name not in ("run", "beam")}
    if known["mask"] is not None:
        known["mask"] = known["mask"].absolute()
    if known["model"] is not None and Path(known["model"]).exists():
        known["model"] = str(Path(known["model"]).absolute())
    return pickle.dumps(known)


@functools.lru_cache(maxsize=1)
def _compressor(arguments: bytes) -> Compressor:
    return Compressor(argparse.Namespace(**pickle.loads(arguments)))


def _work(job: Job, notes: Notes, arguments: bytes, line: Callable[[Compressed], str]) -> None:
    """Compress a cube on a worker, and leave the note."""
    note: dict[str, Any] = {}
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            compressor = _compressor(arguments)
            done = compressor.compress(job.path, job.output, lambda done, total: None)
        mine = Told(line(done), done.figures)
        note["entry"] = entry_of(job.output, job.made_of, mine, checked=compressor.checks)
        note["warnings"] = [
            str(each.message) for each in told if issubclass(each.category, DataWarning)
        ]
    except Exception as error:
        if (message := message_of(error)) is None:
            return  # Ours: whoever began this does it again, and shows it.
        note = {"error": message}
    write_atomically(notes.path_of(job.output), json.dumps(note).encode())
