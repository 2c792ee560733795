"""The training loop: step, log, validate, checkpoint, stop."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import jax
import numpy as np

from btcnet_jax.checkpoints import CheckpointWriter
from btcnet_jax.config import Config
from btcnet_jax.errors import TrainingError
from btcnet_jax.training.display import Display
from btcnet_jax.training.logbook import Logbook
from btcnet_jax.training.resume import start_state
from btcnet_jax.training.stop_signals import StopSignals
from btcnet_jax.training.train_step import (
    Batch,
    Metrics,
    TrainState,
    make_optimizer,
    make_train_step,
    make_validation_step,
)
from btcnet_jax.training.workdir_lock import workdir_lock


@runtime_checkable
class BatchStream(Protocol):
    """Endless training batches; setting `position` to a saved one gives the batches that followed."""

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
        validation: batches of one patch each; may be empty.
        display: where progress is shown.
    """

    def __init__(
        self, config: Config, batches: BatchStream, validation: Sequence[Batch], display: Display
    ) -> None:
        self.config = config
        self.batches = batches
        self.validation = validation
        self.display = display
        self.total_steps = config.train.epochs * batches.steps_per_epoch
        self._pending: list[Metrics] = []
        self._training_text = self._validation_text = ""

    def run(self) -> int:
        """Train to the end, or to a signal. Returns 0, or the number of the signal that stopped it.

        Raises:
            TrainingError: the loss or a parameter became NaN or infinite, or another training is
                under way in the workdir.
            CheckpointError, ConfigError: see `resume.start_state`.
        """
        with workdir_lock(self.config.workdir):
            return self._run()

    def _run(self) -> int:
        optimizer = make_optimizer(self.config, self.batches.steps_per_epoch)
        state, position = start_state(self.config, optimizer)
        start = int(state.step)
        if position is not None:
            self.batches.position = position
        self.display.say(self._beginning(start))
        self._train_step = make_train_step(self.config, optimizer)
        self._validation_step = make_validation_step(self.config)
        keep = self.config.train.keep_checkpoints
        with StopSignals() as signals, CheckpointWriter(self.config.workdir, keep) as writer:
            self.writer = writer
            self.logbook = Logbook(self.config.workdir, start)
            return self._loop(state, start, signals)

    def _loop(self, state: TrainState, step: int, signals: StopSignals) -> int:
        self._clock = time.monotonic()
        batches = iter(self.batches)
        while step < self.total_steps:
            state, metrics = self._train_step(state, next(batches))
            self._pending.append(metrics)
            step += 1
            last = step == self.total_steps or signals.received is not None
            if last or step % self.config.train.log_every == 0:
                self._log(step)
            if last or step % self.config.train.validate_every == 0:
                self._validate(state, step)
            if last or step % self.config.train.checkpoint_every == 0:
                self._save(state, step)
            if signals.received is not None and step < self.total_steps:
                self.display.say(f"stopped at step {step}; the same command goes on from there")
                return signals.received
        return 0

    def _log(self, step: int) -> None:
        """Fetch the metrics of the steps since the last call, so that the device is seldom waited for."""
        if not self._pending:
            return
        fetched = jax.device_get(self._pending)
        first = step - len(fetched) + 1
        self._pending = []
        for offset, metrics in enumerate(fetched):
            if not metrics["finite"]:
                raise TrainingError(self._not_finite(first + offset))
        now = time.monotonic()
        record = {
            "step": step,
            "epoch": step / self.batches.steps_per_epoch,
            "loss": float(np.mean([metrics["loss"] for metrics in fetched])),
            "psnr_db": float(np.mean([metrics["psnr_db"] for metrics in fetched])),
            "steps_per_s": len(fetched) / (now - self._clock),
        }
        self._clock = now
        self.logbook.write(record)
        text = "loss {loss:.5f}  PSNR {psnr_db:.2f} dB (of range)  {steps_per_s:.2f} steps/s"
        self._training_text = text.format(**record)
        self._show(step)

    def _validate(self, state: TrainState, step: int) -> None:
        if not self.validation:
            return
        self._log(step)
        results = [self._validation_step(state.params, batch) for batch in self.validation]
        fetched = jax.device_get(results)
        loss = float(np.mean([metrics["loss"] for metrics in fetched]))
        psnr_db = float(np.mean([metrics["psnr_db"] for metrics in fetched]))
        record = {"step": step, "validation_loss": loss, "validation_psnr_db": psnr_db}
        self.logbook.write(record)
        self._validation_text = f"  validation at {step}: {loss:.5f}, {psnr_db:.2f} dB"
        self._show(step)
        self._clock = time.monotonic()

    def _save(self, state: TrainState, step: int) -> None:
        self._log(step)
        arrays = {"params": state.params, "optimizer": state.optimizer}
        self.writer.save(step, arrays, self.config.to_dict(), self.batches.position)
        self._clock = time.monotonic()

    def _show(self, step: int) -> None:
        figures = self._training_text + self._validation_text
        self.display.update(step, self.total_steps, figures)

    def _beginning(self, start: int) -> str:
        workdir = Path(self.config.workdir)
        if start >= self.total_steps:
            return f"{workdir} is trained already: step {start} of {self.total_steps}"
        origin = f"from the checkpoint at step {start}" if start else "from scratch"
        return (
            f"training in {workdir} {origin}, to step {self.total_steps}; the first step compiles"
        )

    def _not_finite(self, step: int) -> str:
        return (
            f"the loss is not a number at step {step}: lower --config.train.learning_rate; "
            f"checkpoints in {self.config.workdir} from before that step are kept"
        )
