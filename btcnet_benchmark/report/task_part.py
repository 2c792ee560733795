"""The part of the page on tasks: what compression does to the use of a scene."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.gallery import Gallery, Picture
from btcnet_benchmark.report.plots import Plot, draw
from btcnet_benchmark.report.rate_figures import RATE, mean_points, rate_curves
from btcnet_benchmark.report.results import Results
from btcnet_benchmark.report.styles import CodecStyle
from btcnet_benchmark.report.tables import Table
from btcnet_benchmark.report.task_tables import (
    ROBUST_AUC,
    Figure,
    anomaly_table,
    figures_table,
    known_figures,
    reasons,
)

_Styles = dict[str, CodecStyle]
_AUC = "ROC AUC, robust RX"


@dataclass(kw_only=True)
class TaskPart:
    """What the page says of tasks.

    Attributes:
        sentences: "At rate R the AUC moves from a to b", one for each codec.
        anomalies: the area at every rate; None without labeled anomalies.
        anomaly_plots: the same over the rate, for each scene.
        others: all other figures at the rate of the pictures; None where there are none.
        other_plots: those of them that are errors or shares, mean over scenes, over the rate.
        reasons: tasks without a figure, why, and on which scenes.
    """

    sentences: list[str] = field(default_factory=list)
    anomalies: Table | None = None
    anomaly_plots: list[Picture] = field(default_factory=list)
    others: Table | None = None
    other_plots: list[Picture] = field(default_factory=list)
    reasons: list[tuple[str, str, list[str]]] = field(default_factory=list)


def task_part(results: Results, styles: _Styles, gallery: Gallery) -> TaskPart | None:
    """The part on tasks; None where no measurement has a record of a task."""
    if not any(m.tasks for m in results.all):
        return None
    figures = known_figures(m for m in results.all if m.failed is None)
    part = TaskPart(reasons=reasons(results))
    if ROBUST_AUC in figures:
        part.sentences = _sentences(results)
        part.anomalies = anomaly_table(results, styles)
        part.anomaly_plots = _anomaly_plots(results, styles, gallery)
    others = [figure for figure in figures if figure != ROBUST_AUC]
    if others:
        part.others = figures_table(results, styles, others)
        part.other_plots = _mean_plots(results, styles, gallery, others)
    return part


def _sentences(results: Results) -> list[str]:
    sentences = []
    for codec in results.codecs:
        found = [m for scene in results.scenes if (m := results.pictured(scene, codec))]
        pairs = [(ROBUST_AUC.before(m), ROBUST_AUC.after(m), m.bpppb) for m in found]
        known = [pair for pair in pairs if None not in pair]
        if known:
            before, after, bpppb = np.array(known, np.float64).mean(axis=0)
            over = "" if len(known) == 1 else f", mean over {len(known)} scenes"
            sentences.append(
                f"{codec}: at {numbers.fixed(bpppb, 3)} bpppb the AUC moves from"
                f" {numbers.fixed(before, 4)} to {numbers.fixed(after, 4)}{over}."
            )
    return sentences


def _anomaly_plots(results: Results, styles: _Styles, gallery: Gallery) -> list[Picture]:
    pictures = []
    for scene in results.scenes:
        curves = rate_curves(results, styles, partial(_points, results, scene))
        if curves:
            found = [ROBUST_AUC.before(m) for m in results.all if m.scene == scene]
            plot = Plot(
                title=scene,
                horizontal=RATE,
                vertical=_AUC,
                curves=curves,
                ticks=results.targets,
                level=next((before for before in found if before is not None), None),
                level_name="original",
            )
            alt = (
                f"Area under the ROC curve against rate on {scene}; the original as a dashed line."
            )
            pictures.append(gallery.plot(draw(plot), f"AUC {scene}", alt=alt))
    return pictures


def _points(results: Results, scene: str, codec: str) -> list[tuple[float, float]]:
    pairs = [(m.bpppb, ROBUST_AUC.after(m)) for m in results.of(scene, codec)]
    return [(x, y) for x, y in pairs if x is not None and y is not None]


def _mean_plots(
    results: Results, styles: _Styles, gallery: Gallery, figures: list[Figure]
) -> list[Picture]:
    pictures = []
    for figure in figures:
        # A bias may have either sign, so its mean over scenes would hide it.
        if figure.measure == "bias":
            continue
        curves = rate_curves(results, styles, partial(mean_points, results, figure.after))
        plot = Plot(
            title=figure.label,
            horizontal=RATE,
            vertical="Mean over scenes",
            curves=curves,
            ticks=results.targets,
        )
        better = "higher" if figure.greatest_is_best else "lower"
        alt = f"{figure.label}, mean over scenes, against rate; {better} is better."
        pictures.append(
            gallery.plot(draw(plot), figure.label, alt=alt, caption=f"{better} is better")
        )
    return pictures
