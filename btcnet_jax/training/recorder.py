"""Where a training's figures go: the display, `train.jsonl`, TensorBoard, pictures."""

import math
from pathlib import Path
from types import TracebackType
from typing import Any

from btcnet_jax.config import Config
from btcnet_jax.training.display import Display
from btcnet_jax.training.distributed import is_first
from btcnet_jax.training.evaluation import Evaluation
from btcnet_jax.training.logbook import Logbook
from btcnet_jax.training.tensorboard import MISSING, EventFile, is_available

PICTURES = "pictures"
_PICTURE_DPI = 100


class Recorder:
    """Tells what happens; use as a context manager. Of several processes only the first tells anything.

    Args:
        config: of the training.
        display: where progress is shown.
        start: the step gone on from: what the log holds of later ones is cut off.
        total: the last step.
    """

    def __init__(self, config: Config, display: Display, start: int, total: int) -> None:
        self._workdir, self._display, self._total = Path(config.workdir), display, total
        self._training_text = self._validation_text = ""
        self._draws = is_first()
        self._logbook = Logbook(config.workdir, start) if is_first() else None
        self._events: EventFile | None = None
        if is_first() and config.train.tensorboard:
            if is_available():
                self._events = EventFile(config.workdir, start)
            else:
                display.say(MISSING)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._events:
            self._events.close()

    def training(self, step: int, values: dict[str, Any]) -> None:
        """Record the means of the steps up to `step`: `loss`, `psnr_db`, `steps_per_s` and more."""
        self._write(step, values, "training", prefix="")
        self._training_text = f"{_quality_text(values)}  {values['steps_per_s']:.2f} steps/s"
        self._show(step)

    def validation(self, step: int, evaluation: Evaluation, *, best: bool) -> None:
        """Record an evaluation, and draw its first patch."""
        self._write(step, evaluation.metrics, "validation", prefix="validation_")
        told = ", the best so far" if best else ""
        self._validation_text = f"  validation at {step}: {_quality_text(evaluation.metrics)}{told}"
        self._show(step)
        self._draw(step, evaluation)
        if self._events:
            self._events.flush()

    def _write(self, step: int, values: dict[str, Any], group: str, prefix: str) -> None:
        if self._logbook:
            named = {f"{prefix}{name}": value for name, value in values.items()}
            self._logbook.write({"step": step} | named)
        if self._events:
            self._events.scalars(group, step, values)

    def _draw(self, step: int, evaluation: Evaluation) -> None:
        if not self._draws:
            return
        try:
            from btcnet_jax.pictures.comparison import comparison_figure
            from btcnet_jax.pictures.save import save_figure
        except ImportError as error:
            self._draws = False
            self._display.say(f"no pictures of the validation: {error}")
            return
        path = self._workdir / PICTURES / f"step_{step:06d}.png"
        path.parent.mkdir(exist_ok=True)
        facts = {
            "Step": str(step),
            "Loss of all patches": f"{evaluation.metrics['loss']:.5f}",
            "Estimated rate of all": f"{evaluation.metrics['bpppb']:.4f} bpppb",
        }
        figure = comparison_figure(
            evaluation.original, evaluation.restored, title="First validation patch", facts=facts
        )
        save_figure(figure, path, dpi=_PICTURE_DPI)
        if self._events:
            self._events.picture("validation/first_patch", step, path)

    def _show(self, step: int) -> None:
        self._display.update(step, self._total, self._training_text + self._validation_text)


def _quality_text(values: dict[str, Any]) -> str:
    text = f"loss {values['loss']:.5f}  PSNR of range {values['psnr_db']:.2f} dB"
    rate = values.get("bpppb", math.nan)
    if not math.isnan(rate):
        text += f"  {rate:.4f} bpppb"
    if "symbol_zeros" in values:
        zeros, used = (100 * values[name] for name in ("symbol_zeros", "channels_used"))
        text += f"  symbols {values['symbol_magnitude']:.2f}, {zeros:.0f} % zero, {used:.0f} % used"
    return f"{text}  gradient {values['grad_norm']:.3g}" if "grad_norm" in values else text
