"""The printed table, in a terminal and in a file."""

import io

import numpy as np
import pytest

from btcnet_jax.tables import Column, print_table

_COLUMNS = [
    Column(key="scene", name="Scene"),
    Column(key="psnr", name="PSNR", unit="dB", digits=2),
    Column(key="rate", name="Rate", unit="bpppb", digits=4),
]
_ROWS = [
    {"scene": "abu-beach-1 [bold]", "psnr": 40.776, "rate": 0.0541},
    {"scene": "x" * 200, "psnr": np.float32(9.5), "rate": 0.25},
    {"scene": "none", "psnr": None, "rate": float("nan")},
]


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def _printed(file, rows=_ROWS, **options):
    print_table(rows, _COLUMNS, file=file, **options)
    return file.getvalue()


@pytest.fixture(autouse=True)
def forced_color(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("COLUMNS", raising=False)


def test_a_file_gets_plain_text_and_all_of_it():
    text = _printed(io.StringIO(), title="Quality [test]")
    assert "\x1b" not in text
    assert "x" * 200 in text
    assert "abu-beach-1 [bold]" in text
    assert text.startswith("Quality [test]")
    assert len(text.splitlines()) == 1 + 3 + 3 + 1


def test_numbers_are_aligned_by_their_points():
    lines = [line for line in _printed(io.StringIO()).splitlines() if "." in line]
    assert [line.split()[-2:] for line in lines] == [["40.78", "0.0541"], ["9.50", "0.2500"]]
    assert len({line.rstrip().rindex(".") for line in lines}) == 1
    assert len({line.index(".") for line in lines}) == 1


def test_units_stand_in_the_heading():
    text = _printed(io.StringIO())
    assert "PSNR (dB)" in text
    assert "Rate (bpppb)" in text


def test_what_is_missing_is_a_dash():
    (line,) = [line for line in _printed(io.StringIO()).splitlines() if "none" in line]
    assert line.split() == ["none", "-", "-"]


def test_a_terminal_gets_its_own_width_and_a_bold_heading(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    text = _printed(_Terminal())
    assert "\x1b[1m" in text
    assert max(map(len, text.splitlines())) < 200


def test_an_empty_table_has_its_headings():
    assert "Scene" in _printed(io.StringIO(), rows=[])


def test_a_narrow_terminal_breaks_names_and_never_numbers(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    names = [
        "file bytes",
        "rate of it",
        "PSNR",
        "RMSE",
        "greatest error",
        "constant bands",
        "decode",
    ]
    columns = [Column(key="scene", name="scene")]
    columns += [Column(key=name, name=name, digits=2) for name in names]
    numbers = {name: 10.0 ** (index + 3) for index, name in enumerate(names)}
    file = _Terminal()
    print_table([{"scene": "a_long_name_" * 5, **numbers}], columns, file=file)
    text = file.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    assert all(f"{number:,.2f}" in text for number in numbers.values())
    assert text.count("a_long_n") >= 2


def test_a_few_rows_are_turned_on_their_side_where_they_fit(monkeypatch):
    columns = [Column(key="scene", name="scene")]
    columns += [Column(key=str(n), name=f"figure {n}", unit="dB", digits=2) for n in range(6)]
    rows = [{"scene": name, **{str(n): 1e6 + n for n in range(6)}} for name in ("a [b]", "c")]
    for width, turned in ((50, True), (150, False), (30, False)):
        monkeypatch.setenv("COLUMNS", str(width))
        file = io.StringIO()
        print_table(rows, columns, file=file, title="Quality")
        lines = [line.split() for line in file.getvalue().splitlines()]
        assert lines[0] == ["Quality"]
        assert (["scene", "a", "[b]", "c"] in lines) == turned
        assert (["figure", "3", "(dB)", *["1,000,003.00"] * 2] in lines) == turned
        assert file.getvalue().count("1,000,003.00") == 2


def test_columns_narrow_a_file_too_and_without_it_a_file_is_wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, _printed(io.StringIO()).splitlines())) <= 60
    monkeypatch.delenv("COLUMNS")
    assert "x" * 200 in _printed(io.StringIO())


def test_words_of_a_usual_length_are_not_broken(monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    columns = [Column(key=str(n), name=str(n)) for n in range(4)]
    rows = [{str(n): f"words of column {n}" for n in range(4)}] * 9
    file = io.StringIO()
    print_table(rows, columns, file=file)
    assert all(file.getvalue().count(f"words of column {n}") == 9 for n in range(4))


def test_what_fits_is_one_table(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")
    assert _printed(_Terminal(), _ROWS[:1]).count("Scene") == 1


class _Gone(io.StringIO):
    """A pipe whose reader has gone."""

    def flush(self):
        raise BrokenPipeError


def test_a_reader_that_goes_is_no_failure_of_ours():
    """Rich would exit with status 1, by which `verify` says that a bound is broken."""
    with pytest.raises(BrokenPipeError):
        print_table(_ROWS, _COLUMNS, file=_Gone())
