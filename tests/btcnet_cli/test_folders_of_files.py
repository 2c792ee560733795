"""Folders: what is done is passed over, and they come back and are measured as they were compressed."""

import json

import numpy as np
import pytest

from btcnet_cli.done_before import NAME
from btcnet_jax.codec.codec import Codec


def _cube(seed):
    row, col, band = np.mgrid[:24, :20, :8]
    values = 900 + 300 * np.sin(row / 3 + band / 9 + seed) + 200 * np.cos(col / 3 - band / 9)
    return values.astype(np.int16)


@pytest.fixture
def scenes(tmp_path):
    folder = tmp_path / "scenes"
    folder.mkdir()
    for index, name in enumerate("abc"):
        np.save(folder / f"{name}.npy", _cube(index))
    return folder


@pytest.fixture
def counted(monkeypatch):
    """Which calls of a codec were made."""
    calls, usual = [], Codec.compress
    monkeypatch.setattr(Codec, "compress", lambda *a, **k: calls.append(1) or usual(*a, **k))
    return calls


def _compress(btcnet, scenes, *more):
    out = scenes.parent / "out"
    return btcnet("compress", scenes, out, "--bpppb", 1, "--json", out.parent / "f.json", *more)


def test_what_is_done_is_passed_over_and_told(btcnet, scenes, counted):
    _, first, _ = _compress(btcnet, scenes)
    found = json.loads((scenes.parent / "f.json").read_text())["results"]
    counted.clear()
    status, told, _ = _compress(btcnet, scenes)
    assert (status, counted) == (0, [])
    lines, former = told.splitlines(), first.splitlines()
    assert lines[0] == former[0].replace("a.btcn: ", "a.btcn: done before: ")
    assert "3 of 3 cubes" in lines[3]
    assert "(3 done before; --force does them again)" in lines[3]
    again = json.loads((scenes.parent / "f.json").read_text())["results"]
    assert again == [result | {"done_before": True} for result in found]


def _record_ratio(record, ratio):
    known = json.loads(record.read_text())
    known["a.btcn"]["figures"]["ratio"] = ratio
    record.write_text(json.dumps(known))


@pytest.mark.parametrize(
    ("change", "times"),
    [
        (lambda folder: np.save(folder / "b.npy", _cube(9)), 1),
        (lambda folder: (folder / "b.json").write_text("beside it"), 1),
        (lambda folder: (folder / "../out/a.btcn").write_bytes(b"another"), 1),
        (lambda folder: (folder / "../out/a.btcn").unlink(), 1),
        (lambda folder: _record_ratio(folder / "../out" / NAME, float("nan")), 3),
        (lambda folder: _record_ratio(folder / "../out" / NAME, "much"), 1),
        (lambda folder: (folder / "../out" / NAME).unlink(), 3),
    ],
)
def test_what_changed_is_done_again(btcnet, scenes, counted, change, times):
    _compress(btcnet, scenes, "--no-check")
    change(scenes)
    counted.clear()
    _compress(btcnet, scenes, "--no-check")
    assert len(counted) == times


def test_other_settings_do_all_again(btcnet, scenes, counted):
    _compress(btcnet, scenes, "--no-check")
    for more in (("--force", "--no-check"), (), ("--nodata", 7), ("--effort", "light")):
        counted.clear()
        _compress(btcnet, scenes, *more)
        assert len(counted) == 3, more
    assert "--force is of many" in btcnet("compress", scenes / "a.npy", "x.btcn", "--force")[2]


def test_a_folder_comes_back_and_is_measured(btcnet, scenes, tmp_path):
    out, back = tmp_path / "out", tmp_path / "back"
    _compress(btcnet, scenes, "--no-check")
    (out / "b.btcn").write_bytes(b"damaged")
    status, told, error = btcnet("decompress", out, back, "--format", "nc")
    assert (status, error.count("\n")) == (1, 1)
    assert "b.btcn" in error
    assert sorted(path.name for path in back.iterdir()) == ["a.nc", "c.nc"]
    assert told.splitlines()[0] == f"{back / 'a.nc'}: 24 x 20 x 8 int16"
    assert told.splitlines()[-1] == f"2 of 3 files restored to {back}; 1 failed"
    (back / "d.nc").write_bytes(b"")
    found = []
    for folder in (out, back):
        status, told, error = btcnet("evaluate", scenes, folder, "--json", tmp_path / "f.json")
        assert status == 1
        assert "b." in error
        assert "2 of 3 cubes measured; means: " in told
        assert told.endswith(f"1 failed\nfigures: {tmp_path / 'f.json'}\n")
        found.append(json.loads((tmp_path / "f.json").read_text())["results"])
    assert "d.nc: not measured" in error
    alone = btcnet("evaluate", scenes / "a.npy", out / "a.btcn", "--json", tmp_path / "f.json")
    (figures,) = json.loads((tmp_path / "f.json").read_text())["results"]
    assert alone[0] == 0
    for results in found:
        assert [result.get("original") for result in results] == ["a.npy", None, "c.npy"]
        assert results[0]["psnr_db"] == pytest.approx(figures["psnr_db"])


def test_folders_that_cannot_be_measured_are_told(btcnet, scenes, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds neither" in btcnet("evaluate", scenes, empty)[2]
    assert "no folder 'test'" in btcnet("evaluate", scenes, scenes, "--bpppb", 1)[2]
    assert "holds no .btcn file" in btcnet("decompress", scenes, empty)[2]
    (empty / "a.btcn").write_bytes(b"")
    np.save(empty / "a.npy", _cube(0))
    status, _, error = btcnet("evaluate", scenes, empty)
    assert status == 1
    assert "several are of that name (a.btcn, a.npy)" in error
    words = ("decompress", empty / "a.btcn", tmp_path / "a.npy", "--format", "nc")
    assert "--format is of many" in btcnet(*words)[2]
