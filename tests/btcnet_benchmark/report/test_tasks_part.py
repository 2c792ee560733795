"""What compression does to the use of a scene, as the page tells it."""

import pytest

from btcnet_benchmark.report.gallery import Gallery
from btcnet_benchmark.report.styles import codec_styles
from btcnet_benchmark.report.task_part import task_part
from btcnet_benchmark.report.task_tables import Figure, known_figures
from btcnet_benchmark.tasks.records import TaskResult


def _records(after, error=0.01):
    auc = {"task": "anomaly_detection", "measure": "robust_roc_auc"}
    return [
        TaskResult(**auc, before=0.9, after=after).to_json(),
        TaskResult(task="ndvi", measure="rmse", value=error).to_json(),
        TaskResult(task="ndvi", measure="bias", value=-error).to_json(),
        TaskResult(task="classification", not_applicable="no labels").to_json(),
    ]


@pytest.fixture
def part(results):
    """The part of the page on tasks."""

    def make(found):
        grouped = results(found)
        return task_part(grouped, codec_styles(grouped.codecs), Gallery())

    return make


@pytest.fixture
def found(made):
    """Two codecs at two rates on two scenes, and a net of fixed rate."""
    return [
        made(scene, codec, target, tasks=_records(after + (target or 0), error))
        for scene in ("lake", "town")
        for codec, after, error, targets in (
            ("klt", 0.7, 0.01, (0.05, 0.1)),
            ("better", 0.8, 0.002, (0.05, 0.1)),
            ("net", 0.6, 0.02, (None,)),
        )
        for target in targets
    ]


def _text(table):
    return [[f"<{c.text}>" if c.best else c.text for c in row] for row in table.rows]


def test_the_area_before_and_after(part, found):
    made = part(found)
    assert made.sentences[0] == (
        "klt: at 0.050 bpppb the AUC moves from 0.9000 to 0.7500, mean over 2 scenes."
    )
    assert made.sentences[2].startswith("net: at 0.070 bpppb")
    rows = _text(made.anomalies)
    assert made.anomalies.head[2:] == ["Original", "0.05 bpppb", "0.1 bpppb", "fixed rate"]
    assert rows[1] == ["lake", "better", "0.9000", "<0.8500>", "<0.9000>", "\u2013"]
    assert rows[2] == ["lake", "net", "0.9000", "\u2013", "\u2013", "0.6000"]
    assert len(made.anomaly_plots) == 2


def test_other_figures_at_the_rate_of_the_pictures(part, found):
    made = part(found)
    rows = _text(made.others)
    assert rows[0] == ["NDVI, RMSE", "lake", "\u2013", "0.0100", "<0.0020>", "0.0200"]
    assert rows[2][:2] == ["NDVI, bias", "lake"]
    assert rows[2][4] == "<\u22120.0020>"
    # A bias has no mean over scenes worth a plot.
    assert [plot.alt.partition(",")[0] for plot in made.other_plots] == ["NDVI"]
    assert made.other_plots[0].caption == "lower is better"
    assert made.reasons == [("Classification", "no labels", ["lake", "town"])]


def test_a_pair_shows_its_change(part, made):
    record = {"task": "classification", "measure": "accuracy", "before": 0.8, "after": 0.75}
    (row,) = _text(part([made(tasks=[TaskResult(**record).to_json()])]).others)
    assert row[2:] == ["0.8000", "0.7500 (\u22120.0500)"]


def test_without_anomalies_or_tasks(part, made):
    assert part([made()]) is None
    only = part([made(tasks=[TaskResult(task="ndvi", not_applicable="no red").to_json()])])
    assert (only.anomalies, only.others) == (None, None)
    assert only.reasons == [("NDVI", "no red", ["lake"])]


def test_figures_are_known_where_some_scene_has_them(made):
    record = TaskResult(task="new_task", measure="new_measure", value=1.0).to_json()
    assert known_figures([made(), made(tasks=[record])]) == [Figure("new_task", "new_measure")]
    assert Figure("new_task", "new_measure").label == "new task, new measure"
