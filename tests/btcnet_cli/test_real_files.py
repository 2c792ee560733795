"""What commands say of cubes that look wrong, and that every command takes the order of the axes."""

import json

import numpy as np
import pytest

from btcnet_jax.codec import Rate, load
from btcnet_jax.errors import DataWarning
from btcnet_jax.scene import Scene
from data_pipeline.writers import write_cube


def spectra(rows=24, cols=20, bands=31):
    """A scene whose mean spectrum varies more than its pixels do, reflectance below 1."""
    row, col, band = np.mgrid[:rows, :cols, :bands]
    values = 0.5 + 0.3 * np.sin(band / 6) + 0.06 * np.sin(row / 4) * np.cos(col / 3)
    noise = np.random.default_rng(0).normal(0, 0.002, values.shape)
    return (values + noise).astype(np.float32)


@pytest.fixture
def bands_first(tmp_path):
    path = tmp_path / "first.npy"
    np.save(path, np.moveaxis(spectra(), -1, 0))
    return path


def warned(error, *parts):
    assert error.startswith("btcnet: warning: ")
    assert error.count("\n") == 1
    for part in parts:
        assert part in error


def test_a_first_axis_that_looks_like_bands(btcnet, bands_first, tmp_path):
    output = tmp_path / "x.btcn"
    for words in (["info", bands_first], ["compress", bands_first, output, "--bpppb", "1"]):
        status, _, error = btcnet(*words)
        assert status == 0
        warned(error, "first.npy", "axis 1 (31) looks like the bands", "--axes bands,rows,cols")


def test_every_command_takes_axes(btcnet, bands_first, tmp_path):
    axes = ("--axes", "bands,rows,cols")
    status, told, error = btcnet("info", bands_first, *axes)
    assert (status, error) == (0, "")
    assert "24 x 20 x 31" in told
    output, restored = tmp_path / "x.btcn", tmp_path / "y.npy"
    assert btcnet("compress", bands_first, output, "--bpppb", "1", *axes)[::2] == (0, "")
    assert btcnet("decompress", output, restored)[0] == 0
    assert np.load(restored).shape == spectra().shape
    figures = tmp_path / "f.json"
    assert btcnet("evaluate", bands_first, "--bpppb", "1", "--json", figures, *axes)[0] == 0
    assert json.loads(figures.read_text())["results"][0]["bands"] == 31
    status, _, error = btcnet("info", bands_first, "--axes", "rows,bands")
    assert status == 2
    assert "name rows, cols and bands once each" in error


@pytest.mark.parametrize("bad", [-9999.0, -3.4028235e38, 9.96921e36, 65535.0, -32768.0])
@pytest.mark.parametrize("share", ["one", "dead line", "frame"])
def test_a_value_that_must_mark_missing_samples(btcnet, tmp_path, bad, share):
    values = spectra()
    where = {"one": (3, 4, 5), "dead line": (7,), "frame": (slice(None, 15),)}[share]
    values[where] = bad
    np.save(tmp_path / "a.npy", values)
    status, _, error = btcnet("info", tmp_path / "a.npy")
    assert status == 0
    warned(error, "99.9 %", f"--nodata {np.float32(bad):g}")
    write_cube(tmp_path / "b.npz", Scene(values=values, nodata=float(np.float32(bad))))
    assert btcnet("info", tmp_path / "b.npz")[2] == ""


@pytest.mark.parametrize("mark", [-9999, -32768])
def test_a_common_mark_of_missing_samples_within_the_usual_range(btcnet, tmp_path, mark):
    values = (spectra() * 20000).astype(np.int16)
    values[:2] = mark
    np.save(tmp_path / "a.npy", values)
    status, _, error = btcnet("info", tmp_path / "a.npy")
    assert status == 0
    warned(error, f"of the samples are {mark}", f"--nodata {mark}")
    write_cube(tmp_path / "declared.npz", Scene(values=values, nodata=mark))
    assert btcnet("info", tmp_path / "declared.npz")[2] == ""
    with pytest.warns(DataWarning, match=f"the cube: .* are {mark}, far below all others"):
        load().compress(values, Rate(1.0))
    # One sample of it, or others near it, may be data.
    values[:2] = 100
    values[3, 4, 5] = mark
    np.save(tmp_path / "b.npy", values)
    assert btcnet("info", tmp_path / "b.npy")[2] == ""
    values[:2], values[2] = mark, mark * 2 // 3
    np.save(tmp_path / "c.npy", values)
    assert "far below" not in btcnet("info", tmp_path / "c.npy")[2]


def test_ranges_that_are_no_reason_for_a_warning(btcnet, tmp_path):
    for number, values in enumerate(
        (spectra(), (spectra() * 60000).astype(np.uint16), np.zeros((9, 9, 9), np.int16))
    ):
        np.save(tmp_path / f"{number}.npy", values)
        assert btcnet("info", tmp_path / f"{number}.npy")[::2] == (0, "")


def test_a_rate_that_cannot_be_used_up(btcnet, tmp_path):
    values = np.zeros((32, 32, 40), np.int16)
    values[..., 3] = np.random.default_rng(0).integers(0, 2, (32, 32))
    np.save(tmp_path / "a.npy", values)
    status, _, error = btcnet("compress", tmp_path / "a.npy", tmp_path / "x.btcn", "--bpppb", "4")
    assert status == 0
    warned(error, "bpppb used of 4 asked for", "--axes", "--nodata")


def test_an_empty_tile_is_no_reason_for_a_warning(btcnet, tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((40, 40, 20), np.int16))
    output, restored = tmp_path / "x.btcn", tmp_path / "y.npy"
    assert btcnet("compress", tmp_path / "a.npy", output)[::2] == (0, "")
    assert btcnet("decompress", output, restored)[0] == 0
    assert not np.load(restored).any()
    assert btcnet("evaluate", tmp_path / "a.npy")[0] == 0


def test_outputs_that_would_cost_something_are_refused_before_the_work(btcnet, tmp_path):
    np.save(tmp_path / "a.npy", spectra())
    assert btcnet("compress", tmp_path / "a.npy", tmp_path / "x.btcn")[0] == 0
    (tmp_path / "scene.hdr").write_text("ENVI\n")
    (tmp_path / "scene.dat").write_bytes(b"x")
    status, _, error = btcnet("decompress", tmp_path / "x.btcn", tmp_path / "scene.img")
    assert status == 2
    assert "scene.hdr is the header of scene.dat" in error
    assert (tmp_path / "scene.hdr").read_text() == "ENVI\n"
    status, told, error = btcnet("evaluate", tmp_path / "a.npy", "--picture", tmp_path / "p.jpg")
    assert (status, told) == (2, "")
    assert "name the file *.png, not p.jpg" in error
