"""The benchmark command: from scenes to tables and a page, again and again, and what it refuses."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("imagecodecs", reason="the extra [benchmark] is not installed")


def _made(folder):
    row, col, band = np.mgrid[:24, :20, :12]
    values = 900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5 - band / 3)
    np.save(folder / "made.npy", values.astype(np.int16))
    return folder / "made.npy"


@pytest.fixture
def scenes(tmp_path):
    folder = tmp_path / "scenes"
    folder.mkdir()
    random = np.random.default_rng(0)
    rows, cols = np.mgrid[:24, :20]
    ramp = 200 + 30 * np.sin(rows / 5) + 20 * np.cos(cols / 4)
    for index in range(2):
        cube = ramp[:, :, None] * np.linspace(1, 3, 12) + random.normal(0, 2 + index, (24, 20, 12))
        np.save(folder / f"scene_{index}.npy", cube.astype(np.uint16))
    return folder


def test_tables_and_page_and_nothing_measured_twice(btcnet, scenes, tmp_path):
    out = tmp_path / "out"
    words = ["benchmark", "--scenes", scenes, "--codecs", "klt-jpeg2000", "klt-jpeg2000-weighted"]
    words += ["--out", out, "--rates", "0.5", "1.5", "--anchor", "klt-jpeg2000"]
    status, printed = btcnet(*words)[:2]
    assert status == 0
    assert f"report: {out / 'report.html'}" in printed
    with (out / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8
    for row in rows:
        size = (out / row["file"]).stat().st_size
        assert int(row["file_bytes"]) == size
        assert float(row["bpppb"]) == pytest.approx(8 * size / (24 * 20 * 12))
        assert float(row["bpppb"]) <= float(row["target_bpppb"])
    with (out / "summary.csv").open() as file:
        anchor, other = csv.DictReader(file)
    assert (anchor["codec"], anchor["bd_psnr_db"]) == ("KLT+JPEG2000", "")
    assert other["codec"] == "KLT+JPEG2000w"
    assert f"{float(other['bd_psnr_db']):.2f}" in printed
    log = (out / "measurements.jsonl").read_text()
    assert btcnet(*words)[0] == 0
    assert (out / "measurements.jsonl").read_text() == log


def test_bounds_are_kept_and_told(btcnet, scenes, tmp_path):
    out = tmp_path / "out"
    words = ["benchmark", "--scenes", scenes, "--codecs", "sperr", "bounded", "zfp", "jpegxl-lossy"]
    words += ["--bounds", "0", "3", "--out", out]
    status, printed, _ = btcnet(*words)
    assert status == 0
    assert "ZFP, JPEG XL lossy: no bound is promised" in printed
    assert (
        "scene_0, JPEG XL lossy, bound 0: JPEG XL lossy: no setting keeps a bound of 0" in printed
    )
    with (out / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    kept = [row for row in rows if not row["failed"]]
    assert all(float(row["max_error"]) <= float(row["target_error"]) for row in kept)
    assert {row["codec"] for row in rows if row["bound_sought"] == "True"} == {
        "ZFP",
        "JPEG XL lossy",
    }
    with (out / "bounds.csv").open() as file:
        table = {(row["scene"], row["codec"]): row for row in csv.DictReader(file)}
    assert table["scene_1", "JPEG XL lossy"]["bound 0"] == ""
    for row in kept:
        size = (out / row["file"]).stat().st_size
        found = table[row["scene"], row["codec"]][f"bound {float(row['target_error']):g}"]
        assert float(found) == pytest.approx(8 * size / (24 * 20 * 12))
    assert not (out / "summary.csv").exists()
    page = (out / "report.html").read_text()
    assert 'id="bounds"' in page
    assert 'id="summary"' not in page
    log = (out / "measurements.jsonl").read_text()
    assert btcnet(*words)[0] == 0
    assert (out / "measurements.jsonl").read_text() == log


def test_rates_and_bounds_in_one_run_each_codec_at_what_it_takes(btcnet, scenes, tmp_path):
    words = ["benchmark", "--scenes", scenes / "scene_0.npy", "--bounds", "2", "--rates", "1"]
    words += ["--codecs", "jpegls", "sz3", "klt-jpeg2000", "--out", tmp_path / "out"]
    status, printed, _ = btcnet(*words)
    assert status == 0, printed
    with (tmp_path / "out" / "results.csv").open() as file:
        asked = [(r["codec"], r["target_bpppb"], r["target_error"]) for r in csv.DictReader(file)]
    expected = [("JPEG-LS", "", "2.0"), ("SZ3", "1.0", ""), ("SZ3", "", "2.0")]
    assert asked == [*expected, ("KLT+JPEG2000", "1.0", "")]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<b>SZ3</b> (anchor)" in page


def test_a_coder_that_imagecodecs_lacks_is_left_out_and_told(btcnet, scenes, tmp_path, monkeypatch):
    import imagecodecs

    monkeypatch.setattr(imagecodecs, "SZ3", type("Stub", (), {"available": False}))
    words = ["benchmark", "--scenes", scenes / "scene_0.npy", "--codecs", "sz3", "zfp"]
    status, printed, _ = btcnet(*words, "--bounds", "2", "--out", tmp_path / "out")
    line = f"sz3 is left out: imagecodecs {imagecodecs.__version__} here lacks sz3"
    assert (status, printed.splitlines()[0]) == (0, line)
    assert line in (tmp_path / "out" / "report.html").read_text()
    words = ["benchmark", "--scenes", scenes, "--codecs", "sz3", "--bounds", "2"]
    status, _, told = btcnet(*words, "--out", tmp_path / "none")
    assert status == 2
    assert "name a codec" in told


@pytest.mark.end_to_end
def test_bounds_as_a_process(scenes, tmp_path):
    root = Path(__file__).parents[2]
    words = [
        "--scenes",
        scenes / "scene_0.npy",
        "--codecs",
        "jpegls",
        "htj2k",
        "--bounds",
        "0",
        "5",
    ]
    done = subprocess.run(
        [sys.executable, root / "main.py", "benchmark", *words, "--out", tmp_path / "out"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == f"report: {tmp_path / 'out' / 'report.html'}"
    assert "JPEG-LS" in (tmp_path / "out" / "bounds.csv").read_text()


def test_bad_bands_are_left_out_or_coded_like_others(btcnet, tmp_path):
    values = np.load(_made(tmp_path))
    np.savez(tmp_path / "marked.npz", cube=values, bbl=np.arange(12) != 3)
    for words, bands in ((), 11), (("--bad-bands", "keep"), 12):
        out = tmp_path / f"out_{bands}"
        told = ["--codecs", "klt-jpeg2000", "universal", "--rates", "1", "--out", out, *words]
        status, printed, _ = btcnet("benchmark", "--scenes", tmp_path / "marked.npz", *told)
        assert status == 0
        assert "means over scenes" not in printed, "one rate has no curve to sum up"
        with (out / "results.csv").open() as file:
            assert {row["bands"] for row in csv.DictReader(file)} == {str(bands)}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--codecs", "jpeg"], "jpeg: no such codec; there are klt-jpeg2000"),
        (["--codecs", "klt-jpeg2000", "--rates", "0"], "--rates 0: a rate is above 0"),
        (["--codecs", "klt-jpeg2000", "--anchor", "x"], "--anchor x: is not among --codecs"),
        (["--codecs", "btcnet:nowhere"], "nowhere"),
        (
            ["--codecs", "sperr", "--bounds", "-1"],
            "--bounds -1: a bound of the error is 0 or a number",
        ),
        (["--codecs", "sperr", "--bounds", "1", "nan"], "--bounds nan: a bound of the error is 0"),
        (["--codecs", "sperr", "--bounds", "inf"], "--bounds inf: a bound of the error is 0"),
        (
            ["--codecs", "sperr", "klt-jpeg2000", "--bounds", "1"],
            "klt-jpeg2000: keeps no bound; leave it",
        ),
        (["--codecs", "klt-jpeg2000", "jpegls"], "jpegls: takes no rate; leave it out"),
        (["--codecs", "bounded", "--bounds", "1", "--rates", "1"], "none of --codecs takes a rate"),
        (
            ["--codecs", "sperr", "--bounds", "1", "--anchor", "sperr"],
            "--anchor is what others are",
        ),
        (
            ["--codecs", "sperr", "jpegls", "--bounds", "1", "--rates", "1", "--anchor", "jpegls"],
            "--anchor jpegls: is not among --codecs that take a rate",
        ),
    ],
)
def test_refused(btcnet, scenes, tmp_path, words, message):
    result = btcnet("benchmark", "--scenes", scenes, "--out", tmp_path / "out", *words)
    assert result[0] == 2
    assert message in result[1] + result[2]
    assert not (tmp_path / "out").exists()
