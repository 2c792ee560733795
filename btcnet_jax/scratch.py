"""Hidden folders in which files are written before they take their names, and what dead runs left in them.

The owner of a folder holds a lock on it, which the system lets go of however the process ends. So whoever gets
the lock knows that the owner is dead: unlike a process's number, it tells that across containers too.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".btcnet-"
_PLAN, _FORMER = ".btcnet-plan", ".btcnet-former"


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """Yields a new hidden folder, removed in the end; what dead runs left beside it is cleared away first.

    Raises:
        OSError: no folder can be made there.
    """
    clear_dead(parent)
    folder, lock = _make(parent)
    try:
        yield folder
    finally:
        # A pair that could not be put in place as a whole is kept for the next run to finish.
        if not _is_half_moved(folder):
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


@contextmanager
def passing_folder() -> Iterator[Path]:
    """Yields a new folder where the system keeps passing files; otherwise as `scratch_folder`."""
    with scratch_folder(Path(tempfile.gettempdir())) as folder:
        yield folder


def move_together(folder: Path, moves: Mapping[str, Path]) -> None:
    """Give files in a scratch folder their names, so that no mixture of old and new ones can ever be read.

    The last file tells of the others, as a header does. So the former one is put aside first, and the new one
    takes its name last; a plan in the folder lets the next run finish what a killed one had begun.

    Args:
        folder: of `scratch_folder`.
        moves: from the names of whole files in it to the files to replace.

    Raises:
        OSError: a file could not be moved.
    """
    first, *_, last = [*moves, *moves]
    # Of links into other folders there is no plan: it names no file elsewhere.
    if first != last and {target.parent for target in moves.values()} == {folder.parent}:
        _write_plan(folder, moves)
    try:
        _move(folder, moves)
    except BaseException:
        # An interrupt from the keyboard, or a disk that fails: back, or once that is too late, on.
        if (folder / first).exists():
            (folder / _PLAN).unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                (folder / _FORMER).replace(moves[last])
        else:
            _move(folder, moves)
        raise


def clear_dead(parent: Path) -> None:
    """Finish the moves of runs that were killed within them, and remove what dead runs left; never raises.

    Folders of other users, and those on systems without locks, are left alone.
    """
    with suppress(OSError):
        for folder in parent.glob(PREFIX + "*"):
            with suppress(OSError, ValueError):
                _clear_if_dead(folder)


def _clear_if_dead(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(lock).st_uid != os.geteuid():
            return
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_half_moved(folder):
            _move(folder, _planned(folder))
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _make(parent: Path) -> tuple[Path, int]:
    """A new folder and the lock on it."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            except OSError:
                return folder, lock
            # Another run may have taken it for a dead one's, between its making and the lock.
            if folder.exists():
                return folder, lock
            os.close(lock)


def _is_half_moved(folder: Path) -> bool:
    """Whether a plan was begun and not finished: its last file is here, and nobody has one of that name."""
    with suppress(OSError, ValueError):
        name, target = list(_planned(folder).items())[-1]
        return (folder / name).exists() and not target.exists()
    return False


def _write_plan(folder: Path, moves: Mapping[str, Path]) -> None:
    # Under another name first: a plan is whole or not there.
    draft = folder / (_PLAN + "-draft")
    with draft.open("w", encoding="utf-8") as file:
        json.dump([[name, target.name] for name, target in moves.items()], file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / _PLAN)


def _planned(folder: Path) -> dict[str, Path]:
    """The moves of a plan.

    Raises:
        OSError, ValueError: there is none.
    """
    told = json.loads((folder / _PLAN).read_text(encoding="utf-8"))
    # A folder that came with a download must not name files elsewhere.
    if not isinstance(told, list) or not told or not all(map(_is_move, told)):
        raise ValueError("no plan")
    return {name: folder.parent / target for name, target in told}


def _is_move(told: object) -> bool:
    return isinstance(told, list) and len(told) == 2 and all(map(_is_plain, told))


def _is_plain(name: object) -> bool:
    return isinstance(name, str) and name not in ("", ".", "..") and not set(name) & {"/", "\0"}


def _move(folder: Path, moves: Mapping[str, Path]) -> None:
    """Does what is left of some moves."""
    *_, (last, told) = moves.items()
    if len(moves) > 1 and (folder / last).exists():
        with suppress(FileNotFoundError):
            told.replace(folder / _FORMER)
    for name, target in moves.items():
        if (folder / name).exists():
            (folder / name).replace(target)
