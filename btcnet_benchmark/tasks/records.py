"""All tasks on one restored scene, as flat records for a table."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from jaxtyping import Int, Num
from numpy import ndarray

from btcnet_benchmark.tasks.anomaly import compare_anomalies
from btcnet_benchmark.tasks.classification import compare_classes, compare_clusters
from btcnet_benchmark.tasks.indices import INDICES, SpectralIndex, compare_index
from btcnet_benchmark.tasks.pixels import NotApplicableError, PixelPairs, pair_pixels
from btcnet_benchmark.tasks.unmixing import compare_abundances
from btcnet_jax.scene.scene import Scene


@dataclass(frozen=True, kw_only=True)
class TaskResult:
    """One measure of one task: before and after, or one value of the difference, or neither.

    Attributes:
        task: what the data are used for.
        measure: the figure; empty where the task is not applicable.
        before, after: the figure on the original and on the restored cube; None if it is no pair.
        value: a figure of the two together; None if it is a pair.
        not_applicable: why there is no figure; None where there is one.
    """

    task: str
    measure: str = ""
    before: float | None = None
    after: float | None = None
    value: float | None = None
    not_applicable: str | None = None

    def to_json(self) -> dict[str, Any]:
        """A flat dict, one row of a table, that `json.dumps(..., allow_nan=False)` takes."""
        return dataclasses.asdict(self)


_Figures = Iterator[dict[str, Any]]
_Task = Callable[[PixelPairs], _Figures]


def evaluate_tasks(
    original: Scene,
    restored: Num[ndarray, "..."],
    labels: Int[ndarray, "rows cols"] | None = None,
) -> list[TaskResult]:
    """Every task on a scene and its restored cube.

    Args:
        original: the scene, with what is known of its bands and of pixels without data.
        restored: samples (rows, cols, bands) of its shape and unit, any real dtype.
        labels: anomalies or classes, (rows, cols), above zero; None where there is no such map.

    Returns:
        At least one record a task, always in the same order; a task that the scene gives no basis
        for says why in its only record.

    Raises:
        CubeError: the two cubes differ in shape, or one holds no real numbers.
        ValueError: the label map has another shape than the scene.
    """
    tasks: dict[str, _Task] = {
        "anomaly_detection": partial(_anomalies, labels=labels),
        "classification": partial(_classes, labels=labels),
        "clustering": _clusters,
        "unmixing": _abundances,
        **{index.name: partial(_index, index=index) for index in INDICES},
    }
    try:
        pixels = pair_pixels(original, restored)
    except NotApplicableError as reason:
        return [TaskResult(task=name, not_applicable=str(reason)) for name in tasks]
    return [record for name, task in tasks.items() for record in _records(name, task, pixels)]


def _records(name: str, task: _Task, pixels: PixelPairs) -> list[TaskResult]:
    try:
        return [TaskResult(task=name, **figure) for figure in task(pixels)]
    except NotApplicableError as reason:
        return [TaskResult(task=name, not_applicable=str(reason))]


def _anomalies(pixels: PixelPairs, labels: Int[ndarray, "rows cols"] | None) -> _Figures:
    result = compare_anomalies(pixels, labels)
    yield {"measure": "roc_auc", "before": result.auc_before, "after": result.auc_after}
    robust = {"before": result.robust_auc_before, "after": result.robust_auc_after}
    yield {"measure": "robust_roc_auc", **robust}


def _classes(pixels: PixelPairs, labels: Int[ndarray, "rows cols"] | None) -> _Figures:
    result = compare_classes(pixels, labels)
    yield {"measure": "accuracy", "before": result.before, "after": result.after}


def _clusters(pixels: PixelPairs) -> _Figures:
    result = compare_clusters(pixels)
    yield {"measure": "equal_share", "value": result.equal_share}
    yield {"measure": "adjusted_rand", "value": result.adjusted_rand}


def _abundances(pixels: PixelPairs) -> _Figures:
    yield {"measure": "abundance_rmse", "value": compare_abundances(pixels).rmse}


def _index(pixels: PixelPairs, index: SpectralIndex) -> _Figures:
    result = compare_index(pixels, index)
    yield {"measure": "rmse", "value": result.rmse}
    yield {"measure": "bias", "value": result.bias}
