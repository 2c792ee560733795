"""evaluate, verify and info of scenes that are too large to be held: the same figures, lines by lines."""

import importlib
import json

import numpy as np
import pytest

from btcnet_jax.codec import universal_codec
from btcnet_jax.codec.build import DecoderName, bounded_codec
from btcnet_jax.codec.codec import Codec
from btcnet_jax.parts.goal import Effort
from btcnet_jax.scene import SceneSource
from btcnet_jax.weights.weight_file import load_weights

SHAPE = (70, 40, 6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A scene with missing samples, and files of it in tiles."""
    import main

    folder = tmp_path_factory.mktemp("large_pairs")
    row, col, band = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    cube = 900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5 - band / 3)
    cube += np.random.default_rng(0).normal(0, 4, SHAPE)
    cube[:9], cube[30, 5:9, 2], cube[..., 4] = -1, -1, -1
    np.save(folder / "a.npy", cube.astype(np.int16))
    for name, more in (
        ("a", ["--bpppb", 2, "--effort", "light"]),
        ("bound", ["--relative-error", 0.01]),
    ):
        words = ["compress", folder / "a.npy", folder / f"{name}.btcn", "--nodata", -1, *more]
        assert main.run([*map(str, words), "--no-check"]) == 0
    words = ["decompress", folder / "a.btcn", folder / "b.npy"]
    assert main.run([*map(str, words)]) == 0
    return folder


@pytest.fixture
def large(monkeypatch):
    """From here on every scene is, and none is read whole."""

    def start():
        monkeypatch.setattr("btcnet_jax.scene.lines.WHOLE_SAMPLES", 1)
        monkeypatch.setattr("btcnet_jax.scene.gathering._AT_ONCE", 16 * SHAPE[1] * SHAPE[2])
        monkeypatch.setattr(SceneSource, "read_all", lambda _: pytest.fail("all was read"))

    return start


def _figures(btcnet, folder, *words):
    status, _, error = btcnet(*words, "--nodata", -1, "--json", folder / "f.json")
    return status, json.loads((folder / "f.json").read_text()), error


def _alike(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        if isinstance(value, str):
            assert other[name] == value
        elif not name.endswith("seconds"):
            pair = np.array(value, np.float64), np.array(other[name], np.float64)
            np.testing.assert_allclose(*pair, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("other", ["a.btcn", "b.npy"])
def test_figures_of_a_pair_are_the_same(btcnet, folder, large, other):
    words = "evaluate", folder / "a.npy", folder / other
    _, held, _ = _figures(btcnet, folder, *words)
    large()
    status, found, error = _figures(btcnet, folder, *words)
    assert status == 0
    (one,), (two,) = held["results"], found["results"]
    _alike(one, two)
    assert two["bands_missing"] == 1
    # A file of one tile is restored at once, which is told.
    assert ("all of it is held in memory: a file without tiles" in error) == (other == "a.btcn")


def test_a_scene_is_compressed_and_measured_without_being_held(btcnet, folder, large, monkeypatch):
    codec = universal_codec(
        load_weights(), tile_side=4, whole=1, effort=Effort.LIGHT, decoder=DecoderName.NONE
    )
    monkeypatch.setattr("btcnet_jax.codec.load", lambda *_, **__: codec)
    large()
    status, found, error = _figures(btcnet, folder, "evaluate", folder / "a.npy", "--bpppb", 2)
    assert (status, error) == (0, "")
    whole, published = found["results"]
    assert whole["file_bytes"] <= 2 * np.prod(SHAPE) / 8
    assert whole["psnr_db"] > 30
    # The scene is one patch.
    assert published["psnr_db"] == pytest.approx(whole["psnr_db"], abs=1)
    assert published["files"] == 1


def test_what_is_held_all_the_same_is_told(btcnet, folder, monkeypatch):
    monkeypatch.setattr("btcnet_jax.scene.lines.WHOLE_SAMPLES", 1)
    words = "evaluate", folder / "a.npy", folder / "b.npy", "--nodata", -1
    status, _, error = btcnet(*words, "--picture", folder / "a.png")
    assert status == 0
    assert "a.npy: all of it is held in memory: a picture (--picture) is drawn of all" in error


@pytest.mark.parametrize("bound", [(), ("--max-error", 1), ("--relative-error", 0.001)])
def test_verify_finds_the_same(btcnet, folder, large, monkeypatch, bound):
    words = "verify", folder / "a.npy", folder / "bound.btcn", *bound
    held = _figures(btcnet, folder, *words)[:2]
    # The package has a function of that name.
    module = importlib.import_module("btcnet_jax.codec.open_file")
    monkeypatch.setattr(module, "bounded_codec", lambda: bounded_codec(whole=1))
    monkeypatch.setattr(Codec, "decompress", lambda *_, **__: pytest.fail("all was restored"))
    large()
    assert _figures(btcnet, folder, *words)[:2] == held
    assert held[0] == (1 if bound else 0)


def test_verify_compares_another_cube_and_finds_the_same(btcnet, folder, large):
    cube = np.load(folder / "a.npy")
    cube[40, 3, 1] += 500
    cube[69, 39, 5], cube[0, 0, 0] = -1, 5
    np.save(folder / "other.npy", cube)
    words = "verify", folder / "other.npy", folder / "bound.btcn"
    held = _figures(btcnet, folder, *words)[:2]
    assert held[0] == 1
    assert held[1]["bands"][1]["place"] == [40, 3]
    assert held[1]["samples_gone"] == 2
    large()
    assert _figures(btcnet, folder, *words)[:2] == held


def test_info_tells_the_same_of_a_cube(btcnet, folder, large):
    words = "info", folder / "b.npy", "--json", folder / "i.json"
    held = btcnet(*words), (folder / "i.json").read_text()
    large()
    assert (btcnet(*words), (folder / "i.json").read_text()) == held
    assert "values  -1 to " in held[0][1]
