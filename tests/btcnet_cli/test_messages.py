"""What commands say: one warning where one is due, figures that tell what they leave out, plain words."""

import io
import re
import sys

import numpy as np
import pytest

import btcnet_jax as bt
from btcnet_cli.missing_options import told
from btcnet_jax.errors import DataWarning


@pytest.fixture
def cube():
    row, col, band = np.mgrid[:24, :20, :8]
    values = 900 + 300 * np.sin(row / 3 + band / 9) + 200 * np.cos(col / 3 - band / 9)
    return values.astype(np.float64)


def test_an_outlier_is_warned_of_once_and_numpy_keeps_quiet(btcnet, cube, tmp_path):
    cube[3, 4, 2] = 1e300
    np.savez(tmp_path / "a.npz", cube=cube)
    words = ("compress", tmp_path / "a.npz", tmp_path / "a.btcn", "--bpppb", 1)
    status, _, error = btcnet(*words, "--axes", "rows,cols,bands")
    assert status == 0
    # Of axes and of a rate that is not used up it is warned of, too.
    (line,) = [line for line in error.splitlines() if "axes" not in line and "used of" not in line]
    assert "values run from" in line
    with pytest.warns(DataWarning, match="the cube: values run from") as warned:
        bt.compress(cube, bt.Rate(1.0))
    assert len(warned) == 1


def test_constant_bands_are_told_where_they_are_left_out(btcnet, cube, tmp_path):
    cube[..., 5] = 7
    scenes = tmp_path / "scenes"
    scenes.mkdir()
    np.save(scenes / "a.npy", cube)
    cube[0, 0] = np.nan
    np.save(scenes / "b.npy", cube)
    without = "(PSNR and RMSE without 1 constant band)"
    words = ("compress", scenes / "b.npy", tmp_path / "b.btcn", "--bpppb", 1)
    assert f"{without} (on samples that are data)" in btcnet(*words)[1]
    lines = btcnet("compress", scenes, tmp_path / "out", "--bpppb", 1)[1].splitlines()
    assert lines[0].endswith(without)
    assert lines[1].endswith(f"{without}, 0.2083 % no data")


def test_a_rate_with_a_comma_is_told_in_plain_words(btcnet):
    error = btcnet("compress", "a.npy", "a.btcn", "--bpppb", "0,05")[2]
    assert "0,05 is no rate: give bits a pixel and band above 0, such as 0.05" in error
    assert "_rate" not in error


def test_the_help_says_when_a_command_may_be_left_out(capsys):
    import main

    with pytest.raises(SystemExit):
        main.run(["--help"])
    assert "Where --config comes without a command" in " ".join(capsys.readouterr().out.split())


def test_a_file_from_a_pipe_is_measured(btcnet, cube, tmp_path, monkeypatch):
    np.save(tmp_path / "a.npy", cube)
    btcnet("compress", tmp_path / "a.npy", tmp_path / "a.btcn", "--bpppb", 1, "--no-check")
    words = ("evaluate", tmp_path / "a.npy")
    rows = []
    for other in ("a.btcn", "a.npy"):
        data = (tmp_path / other).read_bytes()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        named, piped = (btcnet(*words, place)[1] for place in (tmp_path / other, "-"))
        assert "standard input" in piped
        rows.append([re.findall(r"\d+\.\d+", text)[:4] for text in (named, piped)])
    assert all(named == piped for named, piped in rows)
    assert "name the other" in btcnet("evaluate", "-", "-")[2]


def test_one_of_something_is_one():
    values = np.ones((2, 2, 3), np.uint8)
    scene = bt.Scene(values=values, tags={"sensor": "x"}, band_mask=np.array([True, False, True]))
    assert told(scene, "keep") == ["1 tag", "1 bad band (coded, weighted least)"]
    scene.tags["place"] = "y"
    assert "2 tags" in told(scene, "keep")
