"""One row a codec: means, what is the best, and against the anchor."""

import math

import pytest

from btcnet_benchmark.report.results import anchor_psnr, mean_bd_psnr, mean_bd_rate
from btcnet_benchmark.report.styles import codec_styles
from btcnet_benchmark.report.summary import cost_table, psnr_table
from btcnet_benchmark.report.tables import Cell, fixed_rate_table, mark_best, measurement_tables


@pytest.fixture
def table(results):
    """The rows of a table as text, best in stars."""

    def make(of, found, **options):
        grouped = results(found, **options)
        content = of(grouped, codec_styles(grouped.codecs))
        text = [[f"<{c.text}>" if c.best else c.text for c in row] for row in content.rows]
        return text, content

    return make


def test_mean_psnr_and_the_best_of_each_rate(table, sweep, made):
    sweep.append(made("town", "klt", 0.1, gain=4.0))
    rows, content = table(psnr_table, sweep)
    assert content.head[3] == "0.1 bpppb"
    assert [row[0] for row in rows] == ["klt", "better"]
    assert [row[3] for row in rows] == ["<42.00>", "41.00"]
    assert [row[1] for row in rows] == ["34.77", "<35.77>"]


def test_differences_from_the_anchor(table, results, sweep):
    grouped = results(sweep)
    psnr, rate = mean_bd_psnr(grouped, "better"), mean_bd_rate(grouped, "better")
    assert psnr.value == pytest.approx(1.0)
    # One dB is a tenth of a decade on these lines.
    assert rate.value == pytest.approx(100 * (10**-0.1 - 1))
    assert (psnr.is_partial, rate.is_partial) == (False, True)
    rows, content = table(psnr_table, sweep)
    assert rows[1][-2:] == ["<+1.00>", "<\u221220.6*>"]
    assert rows[0][-2:] == ["anchor", "anchor"]
    share = 10 * math.log10(0.4 / 0.03)
    expected = f"BD-rate over {100 * (share - 1) / (share + 1):.0f} % of the PSNR"
    assert content.notes == [f"* better: {expected} that its curve and the anchor's span."]


def test_where_all_lose_the_anchor_is_best(table, sweep):
    rows, _ = table(psnr_table, sweep, anchor="better")
    assert rows[0][-2:] == ["<anchor>", "<anchor>"]


def test_a_curve_of_one_point_has_no_difference_and_says_why(table, made):
    rows, content = table(psnr_table, [made(), made(codec="b")])
    assert rows[1][-2:] == ["\u2013", "\u2013"]
    assert "fewer than two points" in content.notes[0]


def test_a_difference_says_on_how_many_scenes_it_is(table, sweep, made):
    sweep = [m for m in sweep if (m.scene, m.codec) != ("town", "better")]
    _, content = table(psnr_table, [*sweep, made("town", "better", 0.1)])
    assert any("BD-PSNR over 1 of 2 scenes and 100 % of the rates" in n for n in content.notes)


def test_unfair_means_are_marked_and_never_best(table, sweep, made, failed):
    unfair = [failed("town", "better", 0.1), made("lake", "better", 0.4, gain=9.0, bpppb=0.5)]
    rows, content = table(psnr_table, [*sweep, *unfair])
    assert rows[1][3] == "41.00†"
    assert rows[1][4].endswith("‡")
    assert [row[3].startswith("<") for row in rows] == [False, False]
    assert sum(note[0] in "†‡" for note in content.notes) == 2


def test_cost_is_over_all_rates_and_the_least_is_best(table, sweep, made):
    sweep.append(made("town", "klt", 0.1, encode_seconds=4.5))
    rows, content = table(cost_table, sweep)
    assert content.head[-4:-2] == ["Encode (s)", "Decode (s)"]
    assert [row[-4] for row in rows] == ["<1.00>", "1.50"]
    assert [row[3] for row in rows] == ["1.000", "<0.900>"]
    # What all have in common is no merit of any.
    assert [row[-3] for row in rows] == ["0.250", "0.250"]


def test_operations_of_all_trials_and_of_the_file_stand_beside_each_other(table, made):
    spent = {"operations": {"matrix": 300.0, "coding": 20.0}, "operations_once": {"matrix": 80.0}}
    rows, content = table(cost_table, [made(**spent), made(codec="b"), made("town", **spent)])
    assert content.head[-2:] == ["Operations a sample", "The file's own"]
    assert [row[-2:] for row in rows] == [["320", "80.0"], ["\u2013", "\u2013"]]
    rows, _ = table(fixed_rate_table, [made(), made(codec="net", target=None, **spent)])
    assert rows[0][-2:] == ["320", "80.0"]


def test_a_fixed_rate_is_compared_at_that_rate(table, results, sweep, failed):
    expected = 50 + 10 * math.log10(0.07)
    assert anchor_psnr(results(sweep), "lake", 0.07) == pytest.approx(expected)
    rows, _ = table(fixed_rate_table, [*sweep, failed("sea", "net", None)])
    assert rows[0][:6] == ["net", "lake", "0.0700", "36.45", "38.45", "\u22122.00"]
    assert rows[2] == ["net", "sea", "failed: 172 bands only"]
    assert rows[3][:3] == ["<net>", "<mean>", "<0.0700>"]


def test_nothing_is_extrapolated(table, sweep, made):
    rows, _ = table(fixed_rate_table, [*sweep, made("lake", "net", None, bpppb=0.5)])
    assert rows[0][4:6] == ["\u2013", "\u2013"]
    assert rows[2][5] == "<\u22122.00>"


def test_every_measurement_has_a_row(results, sweep, failed, made):
    found = [*sweep, failed("lake", "other", 0.1), made("lake", "lossless", 0.1, max_error=0.0)]
    grouped = results(found)
    lake, town = measurement_tables(grouped, codec_styles(grouped.codecs))
    assert (len(lake.rows), len(town.rows)) == (11, 9)
    assert lake.caption == "lake: 12 × 16 × 9, uint16"  # noqa: RUF001
    text = {(row[0].text, row[1].text): [cell.text for cell in row[2:]] for row in lake.rows}
    assert text["klt", "0.1"] == (
        ["22", "0.1000", "40.00", "70.00", "1.000", "0.9877", "12.35", "1,234", "0.500", "0.250"]
    )
    assert text["net", "fixed"][1] == "0.0700"
    assert text["other", "0.1"] == ["failed: 172 bands only"]
    assert lake.rows[-2][2].span == 10
    best = {(row[0].text, row[1].text) for row in lake.rows for cell in row if cell.best}
    assert best == {("better", t) for t in ("0.03", "0.05", "0.4")} | {("lossless", "0.1")}


def test_all_that_read_alike_are_best():
    cells = [Cell(text="1.0"), Cell(text="1.0"), Cell(text="2.0"), Cell(text="0.0")]
    mark_best(cells, [1.04, 0.96, 2.0, None], greatest=False)
    assert [cell.best for cell in cells] == [True, True, False, False]


def test_codecs_differ_by_color_or_mark():
    styles = codec_styles([str(number) for number in range(63)])
    assert len({(style.color, style.mark) for style in styles.values()}) == 63
