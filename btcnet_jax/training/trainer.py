"""The training loop: step, log, validate, checkpoint, stop."""

import contextlib
import itertools
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from btcnet_jax.config import Config
from btcnet_jax.training import analytic_start
from btcnet_jax.training.display import Display
from btcnet_jax.training.distributed import all_or_none, greatest, is_first
from btcnet_jax.training.evaluation import evaluate
from btcnet_jax.training.figures import StepFigures
from btcnet_jax.training.memory import memory_shortage_named
from btcnet_jax.training.mesh import make_mesh, place_batch
from btcnet_jax.training.optimizer import make_optimizer, make_schedule
from btcnet_jax.training.profile import StepProfiler
from btcnet_jax.training.recorder import Recorder
from btcnet_jax.training.saver import Saver
from btcnet_jax.training.start import Start, start
from btcnet_jax.training.state import Batch, TrainState
from btcnet_jax.training.stop_signals import StopSignals
from btcnet_jax.training.train_step import make_train_step, make_validation_step
from btcnet_jax.training.workdir_lock import workdir_lock


@runtime_checkable
class BatchStream(Protocol):
    """Endless training batches, of several processes each its part; `position` may be set to a saved one."""

    position: Any

    @property
    def steps_per_epoch(self) -> int:
        """Steps that take every scene once."""

    def __iter__(self) -> Iterator[Batch]: ...


class Trainer:
    """Trains one configuration in its `workdir`, from wherever its newest checkpoint stands.

    Args:
        config: validated.
        batches: of `patches`, `minimum`, `maximum`; see `train_step.make_train_step`.
        validation: batches of one patch each; may be empty. The same in all processes.
        display: where progress is shown.
        profile: trace a few steps.
    """

    def __init__(
        self,
        config: Config,
        batches: BatchStream,
        validation: Sequence[Batch],
        display: Display,
        *,
        profile: bool = False,
    ) -> None:
        self.config = config
        self.batches = batches
        self.validation = validation
        self.display = display
        self.profile = profile
        self.total_steps = config.train.epochs * batches.steps_per_epoch
        self._schedule = make_schedule(config, batches.steps_per_epoch)

    def run(self) -> int:
        """Train to the end, or to a signal. Returns 0, or the number of the signal that stopped it.

        Raises:
            TrainingError: the loss or a parameter became NaN or infinite, a device has not enough
                memory, or another training is under way in the workdir.
            CheckpointError, ModelMismatchError: see `start.start`.
            ConfigError: see `start.start` and `mesh.make_mesh`.
        """
        with contextlib.ExitStack() as held:
            with all_or_none():
                if is_first():
                    held.enter_context(workdir_lock(self.config.workdir))
            held.enter_context(memory_shortage_named())
            return self._run()

    def _run(self) -> int:
        self.mesh = make_mesh(self.config)
        optimizer = make_optimizer(self.config, self.batches.steps_per_epoch)
        begin = start(self.config, optimizer, self.mesh, self._first_batches)
        if begin.data_position is not None:
            self.batches.position = begin.data_position
        step = int(begin.state.step)
        self.display.say(self._beginning(begin, step))
        self._train_step = make_train_step(self.config, optimizer, self.mesh, self.total_steps)
        self._validation_step = make_validation_step(self.config, self.mesh)
        self._figures = StepFigures(step + 1, begin.figures)
        with (
            StopSignals() as signals,
            Saver(self.config, begin.own) as self._saver,
            Recorder(self.config, self.display, step, self.total_steps) as self._recorder,
            StepProfiler(
                self.config.workdir, step, self.total_steps, self.display, wanted=self.profile
            ) as self._profiler,
        ):
            return self._loop(begin.state, step, signals)

    def _loop(self, state: TrainState, step: int, signals: StopSignals) -> int:
        self._clock, self._timed = time.monotonic(), step
        train, batches = self.config.train, iter(self.batches)
        while step < self.total_steps:
            self._profiler.before(step, state)
            state, metrics = self._train_step(state, place_batch(self.mesh, next(batches)))
            self._figures.add(metrics)
            step += 1
            last = step == self.total_steps
            if last or step % train.log_every == 0:
                self._log(step)
            if last or step % train.validate_every == 0:
                self._validate(state, step)
            stop = self._asked_to_stop(step, signals)
            if last or stop or step % train.checkpoint_every == 0:
                self._save(state, step)
            if stop and not last:
                self.display.say(f"stopped at step {step}; the same command goes on from there")
                return stop
        return 0

    def _first_batches(self) -> list[Batch]:
        """What training will begin with; the stream stands where it stood."""
        position = self.batches.position
        batches = list(itertools.islice(self.batches, analytic_start.BATCHES))
        self.batches.position = position
        return batches

    def _asked_to_stop(self, step: int, signals: StopSignals) -> int:
        """The signal to stop with, or 0; at the same step in all processes."""
        received = signals.received or 0
        if self.mesh.is_multi_process:
            # To ask the others at each step would be to wait for them at each.
            return greatest(received) if step % self.config.train.log_every == 0 else 0
        return received

    def _log(self, step: int) -> None:
        means = self._figures.means()
        if not means:
            return
        now = time.monotonic()
        values = {"epoch": step / self.batches.steps_per_epoch} | means
        values["learning_rate"] = float(self._schedule(step - 1))
        values["steps_per_s"] = (step - self._timed) / (now - self._clock)
        self._clock, self._timed = now, step
        self._recorder.training(step, values)

    def _validate(self, state: TrainState, step: int) -> None:
        if not self.validation:
            return
        with self._untimed():
            evaluation = evaluate(self._validation_step, self.mesh, state.weights, self.validation)
            best = self._saver.save_if_best(state, step, evaluation.metrics["loss"])
            self._recorder.validation(step, evaluation, best=best)

    def _save(self, state: TrainState, step: int) -> None:
        with self._untimed():
            self._saver.save(state, step, self.batches.position, self._figures.sums)

    @contextlib.contextmanager
    def _untimed(self) -> Iterator[None]:
        """Work between steps, which does not count in steps/s; none of it on weights that are not finite."""
        self._figures.fetch()
        began = time.monotonic()
        yield
        self._clock += time.monotonic() - began

    def _beginning(self, begin: Start, step: int) -> str:
        workdir = Path(self.config.workdir)
        if step >= self.total_steps:
            return f"{workdir} is trained already: step {step} of {self.total_steps}"
        devices = self.mesh.devices.size
        on = f"{devices} {self.mesh.devices[0].platform} device{'s' * (devices > 1)}"
        return (
            f"training in {workdir} {begin.origin}, to step {self.total_steps}, on {on}; "
            "the first step compiles"
        )
