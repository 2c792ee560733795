"""Bounds of the error on the page: tables, plot, what was sought, what failed; with rates and alone."""

import dataclasses
import re

import pytest

from btcnet_benchmark.report import bound_rows, write_report
from btcnet_benchmark.report.bounds_part import bounds_part
from btcnet_benchmark.report.gallery import Gallery
from btcnet_benchmark.report.styles import codec_styles
from btcnet_jax.errors import DataError

BOUNDS = (0.0, 1.0, 16.0)


@pytest.fixture
def under(made, failed):
    """Makes a measurement under a bound: 6 bpppb where lossless, less the coarser; failed if it says why."""

    def make(scene, codec, bound, gain=0.0, sought=False, why=None):
        if why is not None:
            found = failed(scene, codec, None, why)
        else:
            found = made(scene, codec, None, bpppb=6 / (1 + bound) - gain, max_error=bound)
        return dataclasses.replace(found, target_error=bound, bound_sought=sought)

    return make


@pytest.fixture
def measured(under):
    """Two scenes by a codec, one that is sought and keeps no bound of 0, and one that takes a scene only."""
    found = []
    for scene in ("lake", "town"):
        found += [under(scene, "ours", bound, gain=0.25) for bound in BOUNDS]
        found.append(under(scene, "lossy", 0.0, why="no setting keeps a bound of 0"))
        found += [under(scene, "lossy", bound, sought=True) for bound in BOUNDS[1:]]
    return [*found, *(under("lake", "once", bound, gain=0.3) for bound in BOUNDS)]


def _part(found):
    return bounds_part(found, codec_styles(["ours", "lossy", "once"]), Gallery())


def _texts(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_tables_hold_the_rate_at_each_bound(measured):
    mean, lake, _ = _part(measured).tables
    assert mean.head == ["Codec", "0 (lossless)", "1", "16"]
    assert _texts(lake)[0] == ["ours", "5.750", "2.750", "0.103"]
    assert _texts(lake)[1] == ["lossy §", "–", "3.000", "0.353"]  # noqa: RUF001
    assert lake.rows[1][1].hint == "no setting keeps a bound of 0"
    assert any("coarsest setting was sought" in note for note in lake.notes)
    best = [[cell.best for cell in row] for row in lake.rows]
    assert best == [[False] * 4, [False] * 4, [False, True, True, True]]


def test_a_mean_over_fewer_scenes_is_marked_and_never_the_best(measured):
    mean = _part(measured).tables[0]
    assert _texts(mean)[2] == ["once", "5.700†", "2.700†", "0.053†"]
    assert not any(cell.best for cell in mean.rows[2])
    assert [cell.best for cell in mean.rows[0]] == [False, False, True, True]
    assert any("fewer scenes" in note for note in mean.notes)


def test_details_tell_every_file_and_why_there_is_none(measured):
    details = _part(measured).details[0]
    rows = {(row[0].text, row[1].text): [cell.text for cell in row[2:]] for row in details.rows}
    assert rows["lossy", "0"] == ["failed: no setting keeps a bound of 0"]
    assert rows["ours", "16"][2] == "16.00"
    assert rows["ours", "0"][2] == "0"


def test_rows_of_the_file(measured):
    rows = bound_rows(measured)
    assert rows[0] == {"scene": "lake", "codec": "ours"} | dict(
        zip(("bound 0", "bound 1", "bound 16"), (5.75, 2.75, 6 / 17 - 0.25), strict=True)
    )
    assert [row["bound 0"] for row in rows if row["codec"] == "lossy"] == [None, None]
    assert bound_rows([]) == []


def test_one_scene_under_zero_alone(under):
    part = _part([under("lake", "ours", 0.0)])
    assert (len(part.tables), len(part.plots)) == (1, 1)
    assert _part([]) is None
    assert _part([under("lake", "ours", 0.0, why="no")]).plots == []


def test_the_page_of_bounds_alone_has_no_part_on_rates(measured, tmp_path, original, restored):
    given = {"original": original, "restored": restored, "title": "T", "command": "run"}
    line = "sperr is left out: <no> sperr"
    path = write_report(tmp_path, measured, anchor=None, left_out=[line], **given)
    text = path.read_text(encoding="utf-8")
    for name in ("summary", "curves", "measurements", "scenes", "cost"):
        assert f'id="{name}"' not in text
        assert f'href="#{name}"' not in text
    assert 'id="bounds"' in text
    assert "sperr is left out: &lt;no&gt; sperr" in text
    assert "<dt>Bounds of the error</dt><dd>0, 1, 16</dd>" in text
    assert "<strong>5.700</strong>" in text
    assert not re.search(r"https?://|<script", text)
    assert len(list((tmp_path / "report").glob("*.png"))) == 3


def test_the_page_of_both_has_both(measured, made, tmp_path, original, restored):
    given = {"original": original, "restored": restored, "title": "T", "command": "run"}
    found = [*measured, *(made(target=target) for target in (0.05, 0.1))]
    text = write_report(tmp_path, found, anchor="klt", **given).read_text(encoding="utf-8")
    assert text.index('id="bounds"') < text.index('id="summary"') < text.index('id="scenes"')
    assert "<b>klt</b> (anchor)" in text
    assert f"<dt>Measurements</dt><dd>{len(found)}</dd>" in text
    with pytest.raises(DataError, match="no measurement of the anchor"):
        write_report(tmp_path, found, anchor="ours", **given)
