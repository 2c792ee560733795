"""Figures of the tasks: what each is called, where it is known, and tables of before and after."""

from collections.abc import Iterable
from dataclasses import dataclass

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.results import Results, finite, meets_target
from btcnet_benchmark.report.styles import CodecStyle
from btcnet_benchmark.report.tables import Cell, Table, codec_cell, mark_best, words
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
_Styles = dict[str, CodecStyle]
_DIGITS = 4


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


def anomaly_table(results: Results, styles: _Styles) -> Table:
    """Area under the ROC curve before, and after at each rate; the best after in bold."""
    targets: list[float | None] = [*results.targets]
    head = [f"{numbers.target(target)} bpppb" for target in targets]
    if results.fixed:
        targets.append(None)
        head.append("fixed rate")
    rows: list[list[Cell]] = []
    for scene in results.scenes:
        rows += _scene_rows(results, scene, styles, targets)
    caption = "Area under the ROC curve of anomaly detection (robust RX): original, and restored"
    return Table(caption=caption, head=["Scene", "Codec", "Original", *head], rows=rows)


def _scene_rows(
    results: Results, scene: str, styles: _Styles, targets: list[float | None]
) -> list[list[Cell]]:
    before = {
        codec: next((b for m in results.of(scene, codec) if (b := ROBUST_AUC.before(m))), None)
        for codec in results.codecs
    }
    known = [codec for codec, value in before.items() if value is not None]
    columns = [_column(results, scene, known, target) for target in targets]
    rows = zip(*columns, strict=True) if columns else [() for _ in known]
    return [
        [words(scene), codec_cell(styles[codec]), Cell(text=_text(before[codec])), *row]
        for codec, row in zip(known, rows, strict=True)
    ]


def _column(results: Results, scene: str, codecs: list[str], target: float | None) -> list[Cell]:
    found = [results.at(scene, codec, target) for codec in codecs]
    values = [None if m is None else ROBUST_AUC.after(m) for m in found]
    cells = [Cell(text=_text(value)) for value in values]
    # Rates of codecs that were not asked for one differ: none of them is best.
    fair = [
        value if m is not None and target is not None and meets_target(m) else None
        for value, m in zip(values, found, strict=True)
    ]
    mark_best(cells, fair, greatest=True)
    return cells


def figures_table(results: Results, styles: _Styles, figures: list[Figure]) -> Table:
    """All these figures of every scene at the rate of the pictures, a column for each codec."""
    rows = [
        row
        for figure in figures
        for scene in results.scenes
        if (row := _figure_row(results, scene, figure)) is not None
    ]
    caption = "Other figures at the rate of the pictures; a change from the original in brackets"
    if results.picture_target is not None:
        caption = caption.replace("the rate of the pictures", _rate_words(results))
    return Table(caption=caption, head=["Figure", "Scene", "Original", *results.codecs], rows=rows)


def _rate_words(results: Results) -> str:
    return f"{numbers.target(results.picture_target)} bpppb or the codec's fixed rate"


def _figure_row(results: Results, scene: str, figure: Figure) -> list[Cell] | None:
    found = [results.pictured(scene, codec) for codec in results.codecs]
    values = [None if m is None else figure.after(m) for m in found]
    if all(value is None for value in values):
        return None
    cells = [Cell(text=_after(m, figure)) for m in found]
    # Zero is the best bias, of either sign.
    sizes = [None if value is None else abs(value) for value in values]
    mark_best(cells, sizes, greatest=figure.greatest_is_best)
    before = next((b for m in found if m is not None and (b := figure.before(m)) is not None), None)
    return [words(figure.label), words(scene), Cell(text=_text(before)), *cells]


def _after(measurement: Measurement | None, figure: Figure) -> str:
    if measurement is None:
        return numbers.NONE
    before, after = figure.before(measurement), figure.after(measurement)
    if before is None or after is None:
        return _text(after)
    return f"{_text(after)} ({numbers.fixed(after - before, _DIGITS, sign=True)})"


def _text(value: float | None) -> str:
    return numbers.fixed(value, _DIGITS)
