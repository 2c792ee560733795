"""Task records of measurements: what each figure is called, and where it is known."""

from collections.abc import Iterable
from dataclasses import dataclass

from btcnet_benchmark.report.results import Results, finite
from btcnet_benchmark.sweep.measurement import Measurement

ANOMALIES = "anomaly_detection", "robust_roc_auc"
_GREATEST = {"roc_auc", "robust_roc_auc", "accuracy", "equal_share", "adjusted_rand"}
_TASKS = {
    "anomaly_detection": "Anomaly detection",
    "classification": "Classification",
    "clustering": "Clustering",
    "unmixing": "Unmixing",
    "ndvi": "NDVI",
    "red_edge_ndvi": "Red-edge NDVI",
    "ndwi_mcfeeters": "NDWI (McFeeters)",
    "ndwi_gao": "NDWI (Gao)",
}
_MEASURES = {
    "robust_roc_auc": "robust ROC AUC",
    "roc_auc": "textbook ROC AUC",
    "equal_share": "share in the same cluster",
    "adjusted_rand": "adjusted Rand index",
    "abundance_rmse": "abundance RMSE",
    "rmse": "RMSE",
}


@dataclass(frozen=True, order=True)
class Figure:
    """A figure of a task.

    Attributes:
        task, measure: as the records name them.
    """

    task: str
    measure: str

    @property
    def label(self) -> str:
        """What it is called on the page."""
        task = _TASKS.get(self.task, self.task.replace("_", " "))
        return f"{task}, {_MEASURES.get(self.measure, self.measure.replace('_', ' '))}"

    @property
    def greatest_is_best(self) -> bool:
        """Whether more is better; of errors, less is."""
        return self.measure in _GREATEST

    def before(self, measurement: Measurement) -> float | None:
        """Its value on the original; None where it is a figure of both cubes, or not known."""
        return self._of(measurement, "before")

    def after(self, measurement: Measurement) -> float | None:
        """Its value on the restored cube, or of both cubes together; None if not known."""
        after = self._of(measurement, "after")
        return self._of(measurement, "value") if after is None else after

    def _of(self, measurement: Measurement, name: str) -> float | None:
        for record in measurement.tasks:
            if (record["task"], record["measure"]) == (self.task, self.measure):
                return next(iter(finite([record.get(name)])), None)
        return None


ROBUST_AUC = Figure(*ANOMALIES)


def known_figures(measurements: Iterable[Measurement]) -> list[Figure]:
    """The figures that some measurement has, in the order of the records."""
    found: dict[Figure, None] = {}
    for measurement in measurements:
        for record in measurement.tasks:
            figure = Figure(record["task"], record["measure"])
            if figure.after(measurement) is not None:
                found[figure] = None
    return list(found)


def reasons(results: Results) -> list[tuple[str, str, list[str]]]:
    """Why a task has no figure: (task, reason, scenes), each once."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for measurement in results.all:
        for record in measurement.tasks:
            if record.get("not_applicable"):
                task = _TASKS.get(record["task"], record["task"])
                found.setdefault((task, record["not_applicable"]), {})[measurement.scene] = None
    return [(task, why, list(scenes)) for (task, why), scenes in found.items()]
