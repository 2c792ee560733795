"""One training at a time in a workdir: two would mix their checkpoints and logs."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from btcnet_jax.errors import TrainingError

FILE = ".lock"


@contextlib.contextmanager
def workdir_lock(workdir: str | Path) -> Iterator[None]:
    """Hold the workdir, made if missing; the system lets go of it however the process ends.

    Raises:
        TrainingError: another process trains there, or the folder cannot be made.
    """
    folder = Path(workdir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / FILE).open("w")
    except OSError as error:
        raise TrainingError(f"cannot train in {workdir}: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TrainingError(
                f"another training is under way in {workdir}: choose another --config.workdir"
            ) from None
        yield
