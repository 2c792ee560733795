"""The benchmark command: from scenes to tables and a page, again and again, and what it refuses."""

import csv

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
    ],
)
def test_refused(btcnet, scenes, tmp_path, words, message):
    result = btcnet("benchmark", "--scenes", scenes, "--out", tmp_path / "out", *words)
    assert result[0] == 2
    assert message in result[1] + result[2]
    assert not (tmp_path / "out").exists()
