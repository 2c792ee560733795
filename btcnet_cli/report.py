"""Errors as a person should see them: one line on standard error and an exit status, no traceback."""

import contextlib
import dataclasses
import errno
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from btcnet_jax.errors import BtcnetError, DataError

BAD_INPUT = 2


@dataclasses.dataclass
class Outcome:
    """The exit status of a command."""

    status: int = 0


@contextlib.contextmanager
def report_errors() -> Iterator[Outcome]:
    """Turn errors a user can mend into one line and status 2; an interruption into 128 + its signal."""
    outcome = Outcome()
    try:
        yield outcome
    except (BtcnetError, DataError) as error:
        outcome.status = _say(str(error))
    except KeyboardInterrupt:
        _say("interrupted; nothing was left half written")
        outcome.status = 128 + signal.SIGINT
    except BrokenPipeError:
        # The reader of our output has gone (`btcnet info x | head`): not an error of ours.
        sys.stdout = None
        outcome.status = 128 + signal.SIGPIPE
    except MemoryError:
        outcome.status = _say(
            "not enough memory for this scene: "
            "use a machine with more or smaller scenes, if the file is not damaged"
        )
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOENT):
            raise
        outcome.status = _say(f"{error.filename or 'writing'}: {error.strerror}")


@contextlib.contextmanager
def about(path: Path) -> Iterator[None]:
    """Put a file's name before errors that do not know which file they are about."""
    try:
        yield
    except BtcnetError as error:
        raise type(error)(f"{path}: {error}") from error


def _say(message: str) -> int:
    print(f"btcnet: {' '.join(message.split())}", file=sys.stderr)
    return BAD_INPUT
