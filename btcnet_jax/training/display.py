"""What a person watches while training: a progress bar on a terminal, a line now and then elsewhere."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

_SECONDS_BETWEEN_LINES = 10.0


class Display:
    """Shows step, losses, steps/s and time left; use as a context manager.

    Args:
        console: where; standard output by default.
        silent: show nothing: of several processes one speaks.
    """

    def __init__(self, console: Console | None = None, *, silent: bool = False) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True, quiet=silent)
        self._progress = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=self.console,
            disable=silent or not self.console.is_terminal,
        )
        self._task: TaskID | None = None
        self._last_line = 0.0
        self._unsaid = ""  # the newest figures, where there is no terminal to show them at once

    def __enter__(self) -> "Display":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
        self._say_figures()

    def say(self, text: str) -> None:
        """Print one line above the bar."""
        self.console.print(text, markup=False)

    def update(self, step: int, total: int, figures: str) -> None:
        """Show that `step` of `total` is done, with its figures."""
        if self._task is None:
            self._task = self._progress.add_task("training", total=total, figures="")
        self._progress.update(self._task, completed=step, figures=figures)
        self._unsaid = f"step {step}/{total}  {figures}"
        if time.monotonic() - self._last_line > _SECONDS_BETWEEN_LINES:
            self._say_figures()

    def _say_figures(self) -> None:
        if self._unsaid and not self.console.is_terminal:
            self.say(self._unsaid)
        self._unsaid = ""
        self._last_line = time.monotonic()
