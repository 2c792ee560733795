"""Conversion by Apache Beam, run here by its DirectRunner."""

import numpy as np
import pytest
from test_conversion import SMALL, hashes

from btcnet_jax.errors import DataError
from data_pipeline.convert import convert

pytestmark = pytest.mark.beam
DIRECT = ["runner=DirectRunner"]


@pytest.fixture(autouse=True)
def _beam():
    pytest.importorskip("apache_beam", reason="Apache Beam is not installed: extra beam")


def test_beam_writes_the_bytes_that_a_run_without_it_writes(cubes, tmp_path):
    plain = convert("hsi_folder", cubes, tmp_path / "plain", **SMALL)
    calls = []
    beam = convert(
        "hsi_folder",
        cubes,
        tmp_path / "beam",
        **SMALL,
        beam=[*DIRECT, "direct_num_workers=1"],
        progress=lambda *of: calls.append(of),
    )
    assert hashes(plain.folder) == hashes(beam.folder)
    assert (plain.records, plain.bytes) == (beam.records, beam.bytes)
    assert [path.name for path in (tmp_path / "beam").iterdir()] == ["hsi_folder"]
    assert calls[-1] == (36, 36)
    assert max(done for done, _ in calls[:-1]) == 18


def test_finished_parts_are_not_cut_again(cubes, tmp_path, monkeypatch):
    from data_pipeline.builders import beam

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        convert("hsi_folder", cubes, out, **SMALL, progress=_stop_at(20))
    # A file, since workers get a copy of every list.
    cut = tmp_path / "cut"
    monkeypatch.setattr(beam, "_write_part", lambda scene, *rest: cut.touch())
    report = convert("hsi_folder", cubes, out, **SMALL, beam=DIRECT)
    assert not cut.exists()
    assert report.records == {"train": 12, "test": 6}


def _stop_at(patches):
    def progress(done, total):
        if done == patches:
            raise KeyboardInterrupt

    return progress


def test_what_a_worker_cannot_use_is_one_clear_error(cubes, tmp_path):
    np.save(cubes / "scene_1.npy", np.full_like(np.load(cubes / "scene_1.npy"), 7))
    with pytest.raises(DataError, match=r"scene_1\.npy.*") as plain:
        convert("hsi_folder", cubes, tmp_path / "plain", **SMALL)
    with pytest.raises(DataError) as beam:
        convert("hsi_folder", cubes, tmp_path / "beam", **SMALL, beam=DIRECT)
    assert str(beam.value) == str(plain.value)


@pytest.mark.parametrize("word", ["runer=DirectRunner", "direct_num_workers=many", "runner=NoSuch"])
def test_an_option_that_beam_does_not_know_is_refused(cubes, tmp_path, capfd, word):
    with pytest.raises(DataError, match=f"--beam {word}"):
        convert("hsi_folder", cubes, tmp_path / "out", **SMALL, beam=[word])
    assert not (tmp_path / "out").exists()
    assert capfd.readouterr().err == ""
