"""The curve of a training: loss, and PSNR where it was measured, over the steps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from btcnet_jax.errors import TrainingError
from btcnet_jax.pictures import style
from btcnet_jax.pictures.page import MARGIN, Page

_WIDTH, _PLOT_HEIGHT, _LEFT = 9.0, 2.9, 0.95
# Fewer points than this are readable as they are.
_SMOOTH_FROM = 60

_Series = tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]


def training_figure(records: Sequence[Mapping[str, Any]]) -> Figure:
    """Loss over the steps, and below it PSNR (dB) if any record has it; with those of validation.

    Args:
        records: parsed lines of the JSONL log, each with `step` and any of `loss`, `psnr_db`,
            `validation_loss`, `validation_psnr_db`; None and NaN are gaps. Of records of one step
            the last counts, as after a resume.

    Returns:
        The figure; the loss is drawn on a logarithmic axis where it is positive and spans more
        than a factor of ten.

    Raises:
        TrainingError: no record has a step and a loss.
    """
    loss, psnr = _series(records, "loss"), _series(records, "psnr_db")
    if not np.isfinite(loss[1]).any():
        raise TrainingError("the training log holds no record with a step and a loss")
    plots = [("Loss", "Loss", loss, _series(records, "validation_loss"))]
    if np.isfinite(psnr[1]).any():
        validation = _series(records, "validation_psnr_db")
        plots.append(("PSNR of range", "PSNR of range (dB)", psnr, validation))
    page = Page(_WIDTH, 0.3 + len(plots) * (_PLOT_HEIGHT + 1.0))
    for index, (title, label, training, validation) in enumerate(plots):
        axes = page.axes(
            _LEFT,
            0.5 + index * (_PLOT_HEIGHT + 1.0),
            page.width - _LEFT - MARGIN,
            _PLOT_HEIGHT,
        )
        _draw_training(axes, training, logarithmic=title == "Loss")
        _draw_validation(axes, validation)
        style.panel_title(axes, title)
        style.plot_labels(axes, "Training step", label)
    for axes in page.figure.axes[1:]:
        axes.sharex(page.figure.axes[0])
    return page.figure


def _series(records: Sequence[Mapping[str, Any]], key: str) -> _Series:
    """Ascending steps and their values; a later record of a step replaces an earlier one."""
    found = {
        float(record["step"]): np.nan if record[key] is None else float(record[key])
        for record in records
        if key in record and "step" in record
    }
    steps = sorted(found)
    return np.array(steps, dtype=float), np.array([found[step] for step in steps], dtype=float)


def _draw_training(axes: Axes, series: _Series, *, logarithmic: bool) -> None:
    steps, values = series
    many = len(values) >= _SMOOTH_FROM
    marker = "" if len(values) > 30 else "o"
    faint = 0.3 if many else 1
    axes.plot(steps, values, color=style.ACCENT, lw=1.6, marker=marker, ms=4, alpha=faint)
    if many:
        axes.plot(steps, _running_mean(values), color=style.ACCENT, lw=1.8, label="running mean")
        _legend(axes)
    finite = values[np.isfinite(values)]
    if logarithmic and finite.min() > 0 and finite.max() > 10 * finite.min():
        axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _draw_validation(axes: Axes, series: _Series) -> None:
    steps, values = series
    if np.isfinite(values).any():
        axes.plot(steps, values, "s-", color=style.CURVES[1], lw=1.4, ms=4, label="validation")
        _legend(axes)


def _legend(axes: Axes) -> None:
    axes.legend(frameon=False, fontsize=style.SMALL, labelcolor=style.FAINT)


def _running_mean(values: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """Mean over a fortieth of the curve, over what is finite of it; fewer points at the ends."""
    window = np.ones(max(3, len(values) // 40) | 1)
    finite = np.isfinite(values)
    count = np.convolve(finite, window, mode="same")
    total = np.convolve(np.where(finite, values, 0.0), window, mode="same")
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
