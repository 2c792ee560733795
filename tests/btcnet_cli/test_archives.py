"""Many scenes to a folder: the table of all, and the same by Apache Beam."""

import csv
import json

import numpy as np
import pytest

from btcnet_cli import compress_beam
from btcnet_cli.compress_beam import NAME
from btcnet_cli.compress_one import Compressor

DIRECT = ("--beam", "runner=DirectRunner,direct_num_workers=1")
QUICK = ("--bpppb", 1, "--effort", "light")


@pytest.fixture
def scenes(tmp_path):
    """Two cubes, and what is none."""
    folder = tmp_path / "scenes"
    folder.mkdir()
    row, col, band = np.mgrid[:16, :12, :5]
    for seed, name in enumerate("ac"):
        values = 900 + 300 * np.sin(row / 3 + band / 9 + seed) + 200 * np.cos(col / 3 - band / 9)
        np.save(folder / f"{name}.npy", values.astype(np.int16))
    (folder / "b.npy").write_bytes(b"no cube")
    return folder


def _table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_has_a_line_for_each_scene(btcnet, scenes, tmp_path):
    table, figures = tmp_path / "scenes.csv", tmp_path / "scenes.json"
    words = ("compress", scenes, tmp_path / "out", *QUICK, "--csv", table, "--json", figures)
    status, told, error = btcnet(*words)
    assert (status, error.count("\n")) == (1, 1)
    assert told.splitlines()[-2:] == [f"table: {table}", f"figures: {figures}"]
    rows, results = _table(table), json.loads(figures.read_text())["results"]
    assert [row["scene"] for row in rows] == ["a.npy", "b.npy", "c.npy"]
    for row, result in zip(rows, results, strict=True):
        wanted = {name: str(value) for name, value in result.items() if name in row}
        assert {name: text for name, text in row.items() if text} == wanted
    assert float(rows[0]["psnr_db"]) > 20
    assert int(rows[0]["file_bytes"]) == (tmp_path / "out" / "a.btcn").stat().st_size
    assert {"max_error", "encode_seconds", "bpppb"} <= {name for name in rows[0] if rows[0][name]}
    assert rows[1]["error"] in error
    assert (rows[1]["file_bytes"], rows[0]["error"]) == ("", "")
    assert "(2 done before" in btcnet(*words[:-4])[1]
    btcnet(*words)
    assert [row["done_before"] for row in _table(table)] == ["True", "", "True"]


def test_a_table_has_a_place_of_its_own_and_many_cubes(btcnet, scenes, tmp_path):
    out = tmp_path / "out"
    assert "goes to a file" in btcnet("compress", scenes, out, "--csv", "-")[2]
    assert btcnet("compress", scenes, out, "--csv", scenes / "a.npy")[0] == 2
    for option in (("--csv", tmp_path / "t.csv"), DIRECT):
        told = btcnet("compress", scenes / "a.npy", tmp_path / "a.btcn", *option)[2]
        assert f"{option[0]} is of many cubes" in told
    assert not out.exists()


@pytest.mark.beam
def test_beam_leaves_what_a_run_without_it_leaves(btcnet, scenes, tmp_path, monkeypatch):
    pytest.importorskip("apache_beam", reason="Apache Beam is not installed: extra beam")
    (scenes / "b.npy").unlink()
    plain, by_beam = tmp_path / "plain", tmp_path / "by_beam"
    _, told, _ = btcnet("compress", scenes, plain, *QUICK)
    monkeypatch.chdir(tmp_path)
    status, also, _ = btcnet("compress", "scenes", "by_beam", *QUICK, *DIRECT)
    assert status == 0
    assert also == told.replace(f"{plain}", "by_beam")
    assert {path.name for path in by_beam.iterdir()} == {path.name for path in plain.iterdir()}
    for name in ("a.btcn", "c.btcn"):
        assert (by_beam / name).read_bytes() == (plain / name).read_bytes()
    assert "2 done before" in btcnet("compress", scenes, by_beam, *QUICK)[1]


@pytest.mark.beam
def test_workers_may_be_in_another_folder(btcnet, scenes, tmp_path, monkeypatch):
    pytest.importorskip("apache_beam", reason="Apache Beam is not installed: extra beam")
    from data_pipeline import beam

    def elsewhere(items, work, options, **_):
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        for item in items:
            work(item)
        monkeypatch.chdir(tmp_path)

    monkeypatch.setattr(beam, "run_each", elsewhere)
    monkeypatch.setattr(compress_beam.DoneBefore, "add", lambda *_, **__: pytest.fail("done here"))
    monkeypatch.chdir(tmp_path)
    np.save("mask.npy", np.ones((16, 12), bool))
    words = ("compress", "scenes", "out", *QUICK, *DIRECT, "--mask", "mask.npy")
    status, told, _ = btcnet(*words, "--json", "f.json")
    assert (status, told.splitlines()[0].split(":")[0]) == (1, "out/a.btcn")
    results = json.loads((tmp_path / "f.json").read_text())["results"]
    assert [result.get("file") for result in results] == ["out/a.btcn", None, "out/c.btcn"]


@pytest.mark.beam
def test_a_scene_that_fails_on_a_worker_is_told_once(btcnet, scenes, tmp_path, monkeypatch):
    pytest.importorskip("apache_beam", reason="Apache Beam is not installed: extra beam")
    words = ("compress", scenes, tmp_path / "out", *QUICK)
    reason = btcnet(*words, "--force")[2]
    calls, usual = tmp_path / "calls", Compressor.compress

    def counted(self, path, *rest):
        with calls.open("a") as file:
            file.write(path.name + "\n")
        return usual(self, path, *rest)

    monkeypatch.setattr(Compressor, "compress", counted)
    status, told, error = btcnet(*words, "--force", *DIRECT)
    assert (status, error) == (1, reason)
    assert sorted(calls.read_text().split()) == ["a.npy", "b.npy", "c.npy"]
    assert "2 of 3 cubes compressed" in told
    assert not (tmp_path / "out" / NAME).exists()


@pytest.mark.beam
def test_what_workers_of_an_interrupted_run_did_is_taken_up(btcnet, scenes, tmp_path, monkeypatch):
    pytest.importorskip("apache_beam", reason="Apache Beam is not installed: extra beam")
    out, usual = tmp_path / "out", compress_beam.Notes.take

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(compress_beam.Notes, "take", interrupted)
    assert btcnet("compress", scenes, out, *QUICK, *DIRECT)[0] == 130
    assert len(list((out / NAME).iterdir())) == 3
    monkeypatch.setattr(compress_beam.Notes, "take", usual)
    monkeypatch.setattr(compress_beam.DoneBefore, "add", lambda *_, **__: pytest.fail("done again"))
    status, told, _ = btcnet("compress", scenes, out, *QUICK)
    assert status == 1
    assert "2 of 3 cubes compressed" in told
    assert not (out / NAME).exists()


@pytest.mark.beam
def test_an_option_that_beam_does_not_know_is_refused_before_any_work(btcnet, scenes, tmp_path):
    pytest.importorskip("apache_beam", reason="Apache Beam is not installed: extra beam")
    status, _, error = btcnet("compress", scenes, tmp_path / "out", "--beam", "runer=DirectRunner")
    assert status == 2
    assert "--beam runer=DirectRunner: Apache Beam has no such pipeline option" in error
    assert not (tmp_path / "out").exists()
