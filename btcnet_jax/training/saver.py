"""What a training leaves on disk for itself and for those who use the model: newest steps, and the best."""

import math
from types import TracebackType
from typing import Any

import jax

from btcnet_jax import checkpoints
from btcnet_jax.checkpoints import BEST, CheckpointWriter
from btcnet_jax.config import Config
from btcnet_jax.config.model import LEARNED
from btcnet_jax.training.state import TrainState
from btcnet_jax.weights.coding_tables import coding_tables

_LOSS = "validation_loss"


class Saver:
    """Saves the newest steps and the best by validation loss; use as a context manager.

    Args:
        config: of the training.
        own: whether the run goes on from its own checkpoint. A best of a run that left none is of another
            run, or will come again.
    """

    def __init__(self, config: Config, own: bool) -> None:
        self._config = config
        best = checkpoints.latest_step(f"{config.workdir}/{BEST}") if own else None
        self.best_loss = math.inf
        if best is not None:
            saved = checkpoints.read_checkpoint(f"{config.workdir}/{BEST}", best)
            self.best_loss = saved.notes[_LOSS]
        if jax.process_index() == 0:
            checkpoints.clean_best(config.workdir, best)
        self._newest = CheckpointWriter(config.workdir, config.train.keep_checkpoints)

    def __enter__(self) -> "Saver":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._newest.__exit__(kind, error, trace)

    def save(self, state: TrainState, step: int, data_position: Any, figures: Any) -> None:
        """Save everything that training goes on with.

        Raises:
            CheckpointError: the disk is full or the folder cannot be written.
        """
        arrays = self._model_arrays(state) | {"optimizer": state.optimizer}
        if state.average:
            arrays["raw_params"] = state.params
        notes = {"figures": figures}
        self._newest.save(step, arrays, self._config.to_dict(), data_position, notes)

    def save_if_best(self, state: TrainState, step: int, loss: float) -> bool:
        """Save the model alone if its validation loss is the least so far; says whether it is.

        Raises:
            CheckpointError: the disk is full or the folder cannot be written.
        """
        if not loss < self.best_loss:
            return False
        arrays, config = self._model_arrays(state), self._config.to_dict()
        checkpoints.save_best(self._config.workdir, step, arrays, config, {_LOSS: loss})
        self.best_loss = loss
        return True

    def _model_arrays(self, state: TrainState) -> dict[str, Any]:
        arrays: dict[str, Any] = {"params": state.weights}
        if self._config.model.quantizer == LEARNED:
            arrays["tables"] = coding_tables(self._config.model, state.weights)
        return arrays
