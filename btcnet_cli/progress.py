"""A progress bar for the commands. Where none is shown Rich is not imported, which takes time."""

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from btcnet_cli.interrupts import stop_if_received
from btcnet_jax.progress import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

# Seconds of work by which the time left is told: parts of it take unlike times.
_PERIOD = 60.0


class BarProgress:
    """What moves a bar: called with parts done and in all, of which each file has its share.

    Args:
        bar: that is shown; None for none.
        title: of it.
        task: in it.
        number, count: of the file, from 0, and of all.
    """

    def __init__(
        self, bar: "Bar | None", title: str, task: Any = None, number: int = 0, count: int = 1
    ) -> None:
        self._bar, self._title, self._task = bar, title, task
        self._number, self._count = number, count

    def __call__(self, done: int, total: int) -> None:
        """Move the bar; raises an interruption that somebody caught on the way."""
        stop_if_received()
        if self._bar is not None:
            completed = self._number * total + done
            self._bar.update(self._task, completed=completed, total=self._count * total)

    def after(self, number: int, count: int) -> "BarProgress":
        """Tells the work on one file as a part of that on all, so that the time left is that of all."""
        return BarProgress(self._bar, self._title, self._task, number, count)

    def describe(self, text: str) -> None:
        """Show a few words after the title."""
        if self._bar is not None:
            self._bar.update(self._task, description=f"{self._title}, {text}")


def describe(progress: Progress, text: str) -> None:
    """Show a few words beside the bar, where there is one."""
    if isinstance(progress, BarProgress):
        progress.describe(text)


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[BarProgress]:
    """A bar on standard error, shown on a terminal only; yields what is called with `(done, total)`.

    An interruption that somebody caught on the way is raised by the next call.
    """
    if not sys.stderr.isatty():
        yield BarProgress(None, title)
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    with Bar(
        console=console,
        transient=True,
        disable=not console.is_terminal,
        # What a command says goes where it would go without a bar.
        redirect_stdout=False,
        speed_estimate_period=_PERIOD,
    ) as progress:
        yield BarProgress(progress, title, progress.add_task(title, total=None))
