"""Errors as a person should see them: one line on standard error and an exit status, no traceback."""

import contextlib
import dataclasses
import errno
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from btcnet_cli.interrupts import INTERRUPTED, listening, stop_if_received, were_received
from btcnet_cli.streams import is_standard
from btcnet_jax.errors import BtcnetError, DataWarning

BAD_INPUT = 2
_OF_SYSTEM = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOENT)


@dataclasses.dataclass
class Outcome:
    """The exit status of a command."""

    status: int = 0


@contextlib.contextmanager
def report_errors() -> Iterator[Outcome]:
    """Turn errors a user can mend into one line and status 2; an interruption into 128 + its signal.

    What looks wrong but is no error becomes a line as well, once.
    """
    outcome = Outcome()
    with listening():
        try:
            with _told_in_lines():
                yield outcome
                stop_if_received()
        except KeyboardInterrupt as error:
            outcome.status = _interrupted(*error.args)
        except BrokenPipeError:
            # The reader of our output has gone (`btcnet info x | head`): not an error of ours.
            sys.stdout = None
            outcome.status = 128 + signal.SIGPIPE
        except Exception as error:
            # A library may turn an interruption into an error of its own.
            if were_received():
                outcome.status = _interrupted()
            elif (message := message_of(error)) is None:
                raise
            else:
                outcome.status = say(message)


def _interrupted(left: str = "nothing was left half written") -> int:
    say(f"interrupted; {left}")
    return INTERRUPTED


def message_of(error: Exception) -> str | None:
    """What to tell of an error that a user can mend; None of any other, which is ours."""
    if isinstance(error, BtcnetError):
        return str(error)
    if isinstance(error, MemoryError):
        return (
            "not enough memory for this scene: use a machine with more or smaller scenes, "
            "if the file is not damaged"
        )
    if isinstance(error, OSError) and error.errno in _OF_SYSTEM:
        return f"{error.filename or 'writing'}: {error.strerror}"
    if isinstance(error, (AssertionError, RuntimeError)) and _lacks_device():
        platforms = os.environ["JAX_PLATFORMS"]
        return (
            f"JAX_PLATFORMS={platforms}: JAX finds no such device here; unset it, or set"
            " JAX_PLATFORMS=cpu"
        )
    return None


@contextlib.contextmanager
def _told_in_lines() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("always", category=DataWarning)
        usual, said = warnings.showwarning, set()

        def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            text = " ".join(str(message).split())
            if not issubclass(category, DataWarning):
                usual(message, category, *place, **more)
            elif text not in said:
                said.add(text)
                print(f"btcnet: warning: {text}", file=sys.stderr)

        warnings.showwarning = show
        yield


@contextlib.contextmanager
def about(path: Path) -> Iterator[None]:
    """Put a file's name before errors that do not know which file they are about."""
    try:
        yield
    except BtcnetError as error:
        name = "standard input" if is_standard(path) else path
        raise type(error)(f"{name}: {error}") from error


def _lacks_device() -> bool:
    """Whether JAX fails for the device that the environment asks for; without a driver it asserts, no more.

    Where in JAX that happens depends on what was computed first, so it is asked once more.
    """
    jax = sys.modules.get("jax")
    if jax is None or "JAX_PLATFORMS" not in os.environ:
        return False
    try:
        jax.devices()
    except (AssertionError, RuntimeError):
        return True
    return False


def say(message: str) -> int:
    """Print a line on standard error; gives the exit status of bad input."""
    print(f"btcnet: {' '.join(message.split())}", file=sys.stderr)
    return BAD_INPUT
