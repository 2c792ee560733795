"""What the steps since the last line of the log were like: means that a stop and a restart do not change."""

from typing import Any

import jax
import numpy as np

from btcnet_jax.errors import TrainingError


class StepFigures:
    """Sums of the steps' metrics. They are fetched late, so that the device is seldom waited for.

    Args:
        first_step: the step that is added first, counted from 1.
        saved: `sums` of a checkpoint to go on from.
    """

    def __init__(self, first_step: int, saved: dict[str, float] | None = None) -> None:
        self.sums: dict[str, float] = dict(saved or {})
        self._next = first_step
        self._pending: list[dict[str, Any]] = []

    def add(self, metrics: dict[str, Any]) -> None:
        """Take one step's metrics as the compiled step returns them."""
        self._pending.append(metrics)

    def fetch(self) -> None:
        """Wait for the steps added so far, and sum them up.

        Raises:
            TrainingError: the loss or an update of the parameters is not finite: names the step.
        """
        fetched, self._pending = jax.device_get(self._pending), []
        for metrics in fetched:
            if not metrics["finite"]:
                raise TrainingError(
                    f"the loss is not a number at step {self._next}: lower "
                    "--config.train.learning_rate; checkpoints from before that step are kept"
                )
            self._next += 1
            self._sum(metrics)

    def means(self) -> dict[str, float]:
        """The mean of each metric over the steps since the last call; none without steps."""
        self.fetch()
        sums, self.sums = self.sums, {}
        count = sums.pop("steps", 0)
        return {name: total / count for name, total in sums.items()}

    def _sum(self, metrics: dict[str, Any]) -> None:
        for name, value in metrics.items():
            if name != "finite":
                self.sums[name] = self.sums.get(name, 0.0) + float(np.float64(value))
        self.sums["steps"] = self.sums.get("steps", 0) + 1
