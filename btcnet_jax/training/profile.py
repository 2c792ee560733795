"""A trace of a few steps, for those who want to know where the time goes."""

from pathlib import Path
from types import TracebackType

import jax

from btcnet_jax.training.display import Display
from btcnet_jax.training.distributed import is_first

FOLDER = "profile"
# The first step compiles, and the ones after it still fill the pipeline.
_SKIPPED, _TRACED = 3, 5


class StepProfiler:
    """Traces a few steps into `workdir/profile`; use as a context manager.

    Args:
        workdir: the run's folder.
        first_step: the step done first, counted from 0.
        total: steps in all; the trace is shorter where few are left.
        display: where it is said how to look at the trace.
        wanted: without it nothing happens.
    """

    def __init__(
        self, workdir: str, first_step: int, total: int, display: Display, *, wanted: bool
    ) -> None:
        self._folder, self._display = Path(workdir) / FOLDER, display
        self._wanted = wanted and is_first()
        # With hardly a step left, the last is traced.
        self._begin = max(first_step, min(first_step + _SKIPPED, total - 1))
        self._end = min(self._begin + _TRACED, total)
        self._tracing = False

    def __enter__(self) -> "StepProfiler":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def before(self, step: int, waited_for: object) -> None:
        """Called before a step, counted from 0, with the state it starts from."""
        if not self._wanted:
            return
        if step == self._begin:
            jax.block_until_ready(waited_for)
            jax.profiler.start_trace(str(self._folder))
            self._tracing = True
        elif step == self._end:
            jax.block_until_ready(waited_for)
            self._stop()

    def _stop(self) -> None:
        if not self._tracing:
            return
        self._tracing = False
        jax.profiler.stop_trace()
        self._display.say(
            f"trace of steps {self._begin + 1} to {self._end} in {self._folder}: look at it with "
            f"`pip install xprof tensorboard; tensorboard --logdir {self._folder}`, "
            "or open its *.trace.json.gz at https://ui.perfetto.dev"
        )
