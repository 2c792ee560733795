"""A progress bar for the commands."""

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.progress import Progress as Bar

from btcnet_cli.interrupts import stop_if_received
from btcnet_jax.progress import Progress

# Seconds of work by which the time left is told: parts of it take unlike times.
_PERIOD = 60.0


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A bar on standard error, shown on a terminal only; yields `update(done, total)`.

    An interruption that somebody caught on the way is raised by the next call.
    """
    console = Console(stderr=True)
    with Bar(
        console=console,
        transient=True,
        disable=not console.is_terminal,
        # What a command says goes where it would go without a bar.
        redirect_stdout=False,
        speed_estimate_period=_PERIOD,
    ) as progress:
        task = progress.add_task(title, total=None)

        def update(done: int, total: int) -> None:
            stop_if_received()
            progress.update(task, completed=done, total=total)

        yield update
