"""Figures of the tasks, before and after compression, in tables."""

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.codec_styles import CodecStyle
from btcnet_benchmark.report.results import Results, meets_target
from btcnet_benchmark.report.table import Cell, Table, codec_cell, mark_best, words
from btcnet_benchmark.report.task_records import ROBUST_AUC, Figure
from btcnet_benchmark.sweep.measurement import Measurement

_Styles = dict[str, CodecStyle]
_DIGITS = 4


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
