"""evaluate of an original and what came of it: nothing is compressed."""

import json

import numpy as np
import pytest

from btcnet_jax.codec.codec import Codec
from btcnet_jax.metrics import measure_quality
from btcnet_jax.scene import Scene
from data_pipeline.writers import write_cube


@pytest.fixture
def pair(btcnet, tmp_path):
    """A cube with missing samples, its file, and what it was restored to."""
    row, col, band = np.mgrid[:24, :20, :8]
    cube = (900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5)).astype(np.float32)
    cube[5] = -9999
    np.save(tmp_path / "a.npy", cube)
    words = ("compress", tmp_path / "a.npy", tmp_path / "a.btcn", "--bpppb", 1, "--nodata", -9999)
    assert btcnet(*words, "--no-check")[0] == 0
    assert btcnet("decompress", tmp_path / "a.btcn", tmp_path / "b.h5")[0] == 0
    return tmp_path


def test_a_file_and_a_restored_cube_give_the_same_figures(btcnet, pair, monkeypatch):
    monkeypatch.setattr(Codec, "compress", lambda *_: pytest.fail("compressed"))
    found = []
    for other in ("a.btcn", "b.h5"):
        words = ("evaluate", pair / "a.npy", pair / other, "--nodata", -9999)
        status, told, _ = btcnet(*words, "--json", pair / "f.json", "--picture", pair / "p.png")
        assert status == 0
        assert other in told
        found += json.loads((pair / "f.json").read_text())["results"]
    cube = np.load(pair / "a.npy")
    btcnet("decompress", pair / "a.btcn", pair / "c.npy")
    quality = measure_quality(cube, np.load(pair / "c.npy"), valid=cube != -9999)
    assert [one["psnr_db"] for one in found] == [pytest.approx(quality.psnr_db)] * 2
    assert [one["max_error"] for one in found] == [quality.max_error] * 2
    assert [one["file_bytes"] for one in found] == [(pair / "a.btcn").stat().st_size, None]


def test_two_cubes_are_both_compressed_where_a_rate_is_asked_for(btcnet, pair):
    words = ("evaluate", pair / "a.npy", pair / "b.h5", "--bpppb", 1)
    status, told, _ = btcnet(*words)
    assert status == 0
    assert told.count("published") == 2


def test_pairs_that_do_not_fit_are_told(btcnet, pair):
    np.save(pair / "other.npy", np.zeros((3, 4, 5), np.float32))
    for words in (
        ("other.npy", "a.btcn"),
        ("a.npy", "other.npy"),
    ):
        status, _, error = btcnet("evaluate", *(pair / word for word in words))
        assert status == 2
        assert "3 x 4 x 5" in error.splitlines()[-1]
    words = ("evaluate", pair / "a.npy", pair / "a.btcn", "--bpppb", 1)
    assert "leave it out" in btcnet(*words)[2]


def test_standard_output_gets_the_figures_alone(btcnet, pair):
    status, told, error = btcnet("evaluate", pair / "a.npy", pair / "a.btcn", "--json", "-")
    assert status == 0
    assert json.loads(told)["results"][0]["protocol"] == "file"
    assert "PSNR" in error


def test_other_scales_are_told_and_samples_are_compared_as_stored(btcnet, tmp_path):
    row, col, band = np.mgrid[:16, :12, :6]
    values = (900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5)).astype(np.int16)
    scaled = Scene(values=values, scale=np.full(6, 1e-4), units="1")
    write_cube(tmp_path / "a.nc", scaled)
    status, told, _ = btcnet("compress", tmp_path / "a.nc", tmp_path / "a.btcn", "--bpppb", 8)
    assert status == 0
    assert "scale, units" in told
    status, told, _ = btcnet("decompress", tmp_path / "a.btcn", tmp_path / "b.npy")
    assert "not kept by .npy: tags, scale, units, order of axes" in told
    assert btcnet("decompress", tmp_path / "a.btcn", tmp_path / "b.tif")[1].count("not kept") == 0
    for other, warned in (("a.btcn", False), ("b.tif", False), ("b.npy", True)):
        status, _, error = btcnet("evaluate", tmp_path / "a.nc", tmp_path / other)
        assert status == 0
        assert ("differ in scale 0.0001 and 1.0" in error) == warned
