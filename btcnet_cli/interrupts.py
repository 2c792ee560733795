"""Ctrl-C: an interruption that is not lost on the way, and a way out that waits for no thread.

Python raises `KeyboardInterrupt` wherever the main thread happens to be. In a callback of the garbage collector
(JAX has one), of a weak reference or of C, nobody can catch it: Python prints it and goes on. Here that is
noticed, and it is raised again a moment later. While a library of C is being loaded it may crash the process
(jaxlib), so it waits. Some libraries' threads do not survive the end of the interpreter while they compute, so
an interrupted command leaves without it.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

INTERRUPTED = 128 + signal.SIGINT
# Seconds: until a lost interruption is raised again, and within which two of them are one, so that a second
# press of the keys does not stop the first one's cleaning up.
_AGAIN, _ONE = 0.01, 1.0


class _Interrupts:
    """What has come since a command began.

    Attributes:
        received: when the last came, in seconds of a clock; None for never.
        waits: whether it is noted alone (`held_back`).
    """

    def __init__(self) -> None:
        self.received: float | None = None
        self.waits = False

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self.received is not None and now - self.received < _ONE:
            return
        self.received = now
        if not self.waits:
            self.interrupt(number, frame)

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        if _loads_a_library(frame):
            _raise_soon()
        else:
            raise KeyboardInterrupt


_NOW = _Interrupts()


def _raise_soon() -> None:
    signal.setitimer(signal.ITIMER_REAL, _AGAIN)


def _loads_a_library(frame: FrameType | None) -> bool:
    """Whether the main thread is within the making of a module of C."""
    while frame is not None:
        if frame.f_code.co_qualname.startswith("ExtensionFileLoader."):
            return True
        frame = frame.f_back
    return False


@contextlib.contextmanager
def listening() -> Iterator[None]:
    """Meanwhile no interruption is lost; where Ctrl-C is not Python's own to handle, nothing changes."""
    _NOW.received = None
    own = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not own or threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = sys.unraisablehook

    def notice(lost: "UnraisableHookArgs") -> None:
        if _NOW.received is None or not issubclass(lost.exc_type, KeyboardInterrupt):
            usual(lost)
        else:
            _raise_soon()

    alarm = signal.signal(signal.SIGALRM, _NOW.interrupt)
    sys.unraisablehook = notice
    signal.signal(signal.SIGINT, _NOW.on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = usual
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarm)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """An interruption meanwhile comes at the end: for what must not be left half done."""
    before, _NOW.waits = _NOW.received, True
    try:
        yield
    finally:
        _NOW.waits = False
    if _NOW.received != before:
        raise KeyboardInterrupt


def were_received() -> bool:
    """Whether the command that runs, or the last one, was interrupted."""
    return _NOW.received is not None


def stop_if_received() -> None:
    """Raises `KeyboardInterrupt` where one came and was caught by somebody who should have let it pass."""
    if were_received() and not _NOW.waits:
        raise KeyboardInterrupt


def leave_at_once() -> NoReturn:
    """End the process as interrupted, its streams flushed, without waiting for threads or exit handlers."""
    for stream in (sys.stdout, sys.stderr):
        # Standard output may be closed, or its reader gone.
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(INTERRUPTED)
