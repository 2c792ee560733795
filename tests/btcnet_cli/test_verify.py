"""`compress --max-error` promises, `verify` looks after it."""

import json
import re

import numpy as np
import pytest

from btcnet_cli.commands import parse
from btcnet_cli.main import run
from btcnet_jax.codec import Bound, compress
from btcnet_jax.errors import BtcnetError
from btcnet_jax.scene import Scene
from data_pipeline.writers import write_cube


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    row, col, band = np.indices((16, 18, 5))
    values = (500 + 99 * np.sin(row / 4 + band) + 7 * col).astype(np.int16)
    path = tmp_path_factory.mktemp("bounds") / "scene.hdr"
    write_cube(path, Scene(values=values, wavelengths=np.linspace(400.0, 800, 5)))
    return path


def _run(*words):
    arguments = parse([str(word) for word in words])
    return arguments.run(arguments)


def test_a_promise_is_kept_and_told(cube, tmp_path, capsys):
    file = tmp_path / "a.btcn"
    assert _run("compress", cube, file, "--max-error", "3") == 0
    assert _run("info", file) == 0
    assert "greatest error  3\n" in capsys.readouterr().out
    assert _run("verify", cube, file, "--json", tmp_path / "told.json", "--per-band") == 0
    out = capsys.readouterr().out
    assert "greatest error: 3 at row " in out
    assert "bound: kept in all 5 bands, 3 at most promised" in out
    told = json.loads((tmp_path / "told.json").read_text())
    assert (told["promised"], told["broken"], len(told["bands"])) == (True, False, 5)


def test_a_bound_of_0_is_told_in_words(tmp_path, capsys):
    """As of one valid sample a band, which any file keeps as it is."""
    values = np.full((6, 5, 3), -9999, np.int16)
    values[2, 3] = 4, 5, 6
    write_cube(tmp_path / "a.hdr", Scene(values=values, nodata=-9999))
    for asked in ("2", "0"):
        _run("compress", tmp_path / "a.hdr", tmp_path / "a.btcn", "--max-error", asked)
        assert _run("verify", tmp_path / "a.hdr", tmp_path / "a.btcn") == 0
        told = "bound: kept in all 3 bands, promised: every valid sample as it was\n"
        assert told in capsys.readouterr().out


def test_more_than_was_promised_is_broken(cube, tmp_path, capsys):
    file = tmp_path / "a.btcn"
    _run("compress", cube, file, "--max-error", "3,600:0", "--no-check")
    assert _run("verify", cube, file) == 0
    assert _run("verify", cube, file, "--max-error", "1") == 1
    assert re.search(r"bound: BROKEN in [34] bands; 1 is that of this one", capsys.readouterr().out)


def test_a_file_that_breaks_its_own_promise_is_found(cube, tmp_path, capsys):
    from data_pipeline.readers import read_scene

    scene = read_scene(cube)
    scene.values = scene.values.copy()
    scene.values[7, 11, 2] += 40
    file = tmp_path / "other.btcn"
    file.write_bytes(compress(scene, Bound(3)))
    assert _run("verify", cube, file) == 1
    assert "at row 7, column 11, band 2 (600 nm)" in capsys.readouterr().out


def test_samples_that_come_or_go_are_told_with_status_1(cube, tmp_path, capsys):
    file = tmp_path / "a.btcn"
    _run("compress", cube, file, "--max-error", "0", "--no-check")
    capsys.readouterr()
    assert _run("verify", cube, file, "--nodata", "512") == 1
    out = capsys.readouterr().out
    assert "no data: DIFFERS at " in out
    assert "BROKEN" not in out


@pytest.mark.filterwarnings("ignore:.*next larger file")
def test_a_file_without_a_promise_is_measured(cube, tmp_path, capsys):
    file = tmp_path / "a.btcn"
    _run("compress", cube, file, "--bpppb", "1", "--no-check")
    assert _run("verify", cube, file) == 0
    assert "bound: the file promises none" in capsys.readouterr().out


def test_bounds_from_a_file_are_a_number_a_line(cube, tmp_path, capsys):
    bounds, file = tmp_path / "bounds.txt", tmp_path / "a.btcn"
    bounds.write_text("# each band\n0\n1\n2\n3\n4\n")
    _run("compress", cube, file, "--max-error", bounds)
    assert _run("verify", cube, file, "--json", tmp_path / "told.json") == 0
    told = json.loads((tmp_path / "told.json").read_text())
    assert [band["bound"] for band in told["bands"]] == [0, 1, 2, 3, 4]
    assert all(band["error"] <= band["bound"] for band in told["bands"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--max-error", "-1"], "0 or a number above"),
        (["--max-error", "x"], "is no number, and no file"),
        (["--max-error", ","], "tells of no bound"),
        (["--max-error", ""], "--max-error is empty: give a number"),
        (["--max-error", "nan"], "--max-error: nan is no number"),
        (["--max-error", "inf"], "--max-error: inf bounds nothing: give a finite number"),
        (["--max-error", "1,2"], "bounds of 2 bands, but the scene has 5"),
        (["--max-error", "1,2,500:3"], "give one"),
        (["--max-error", "9,500:1,500:2"], "names the band at 500 nm twice"),
        (["--max-error", "9,5000:1"], "no band at 5000 nm"),
        (["--max-error", "600:1"], "no bound for the band at 400 nm"),
        (["--max-error", "99999"], "larger than the range"),
        (["--relative-error", "2"], "more than the whole range"),
        (["--max-error", "1", "--optimize", "sam"], "leave out --optimize"),
        (["--max-error", "1", "--bpppb", "1"], "not allowed with"),
    ],
)
def test_bad_bounds_are_one_line_and_no_file(cube, tmp_path, words, says):
    with pytest.raises(BtcnetError, match=says):
        _run("compress", cube, tmp_path / "a.btcn", *words)
    assert not (tmp_path / "a.btcn").exists()


def test_a_nodata_value_among_the_data_is_told(tmp_path, capsys):
    values = np.arange(288, dtype=np.int16).reshape(8, 6, 6)
    np.save(tmp_path / "a.npy", values)
    words = ["compress", str(tmp_path / "a.npy"), str(tmp_path / "a.btcn"), "--max-error", "2"]
    assert run([*words, "--nodata", "100", "--no-check"]) == 0
    assert "nodata 100 lies among the data's values" in capsys.readouterr().out
    assert run([*words, "--nodata", "100"]) == 0
    out, error = capsys.readouterr()
    assert "lies among" not in out
    assert error.count("\n") == 1
    lost = re.search(r"(\d+ valid samples?) became nodata 100 .*--nodata.*--max-error 0", error)[1]
    assert run(["verify", *words[1:3], "--nodata", "100"]) == 1
    assert f"DIFFERS at {lost.replace('valid ', '')}" in capsys.readouterr().out
    assert run([*words, "--nodata", "287"]) == 0
    assert "lies among" not in capsys.readouterr().out
