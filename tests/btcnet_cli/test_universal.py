"""The command line without a model: the universal codec, from cube to file to cube."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from btcnet_jax.codec.build import shipped_weights
from btcnet_jax.models.detail_net import DetailNet, init_detail_params
from btcnet_jax.weights.weight_file import load_weights, save_weights

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    """A smooth scene of a sensor that no model was trained for."""
    row, col, band = np.mgrid[:36, :32, :14]
    values = 900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5 - band / 3)
    values += 400 * np.cos(band / 2)
    noise = np.random.default_rng(0).normal(0, 4, values.shape)
    path = tmp_path_factory.mktemp("universal") / "scene.npy"
    np.save(path, (values + noise).astype(np.int16))
    return path


def _refused(result, message):
    status, _, error = result
    assert status == 2
    assert error.count("\n") == 1
    assert message in error


@pytest.mark.end_to_end
def test_compress_and_decompress_need_no_model(cube, tmp_path):
    compressed, restored = tmp_path / "scene.btcn", tmp_path / "restored.npy"
    for words in (
        ["compress", cube, compressed, "--bpppb", "0.4"],
        ["decompress", compressed, restored],
    ):
        command = [sys.executable, "main.py", *words]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    original, again = np.load(cube), np.load(restored)
    assert (again.shape, again.dtype) == (original.shape, original.dtype)
    assert 8 * compressed.stat().st_size <= 0.4 * original.size
    assert np.abs(again.astype(int) - original).mean() < 15


def test_a_rate_is_taken_for_granted_and_info_tells_what_the_file_is(btcnet, cube, tmp_path):
    output = tmp_path / "scene.btcn"
    status, told, _ = btcnet("compress", cube, output)
    assert status == 0
    assert float(told.split(" bpppb")[0].rsplit(" ", 1)[1]) <= 0.1
    told = btcnet("info", output)[1]
    assert "codec          universal, weights " in told
    assert "entropy model  surprised context" in told
    assert "components" in told


def test_evaluate_measures_the_universal_codec(btcnet, cube, tmp_path):
    figures = tmp_path / "figures.json"
    assert btcnet("evaluate", cube, "--bpppb", "0.5", "--json", figures)[0] == 0
    told = json.loads(figures.read_text())
    assert told["model"] == "universal"
    assert told["results"][0]["bpppb"] <= 0.5


def test_files_and_models_that_do_not_belong_together_are_told(
    btcnet, cube, scene, model, tmp_path
):
    trained, universal, output = (tmp_path / name for name in ("a.btcn", "b.btcn", "c.npy"))
    assert btcnet("compress", scene, trained, "--model", model)[0] == 0
    assert btcnet("compress", cube, universal)[0] == 0
    _refused(btcnet("decompress", trained, output), "name it with --model")
    _refused(btcnet("decompress", universal, output, "--model", model), "leave out --model")
    words = ["decompress", trained, output, "--model", model, "--ensemble", "2"]
    _refused(btcnet(*words), "is of the universal codec")
    assert not output.exists()
    assert btcnet("decompress", universal, output, "--ensemble", "2")[0] == 0


def _other_weights(path, context):
    tiny = init_detail_params(DetailNet(components=2, width=2, blocks=1), 0)
    save_weights(path, context, tiny)
    return path


def test_a_file_is_restored_by_the_network_that_is_named(btcnet, cube, scene, model, tmp_path):
    context, (file, output) = shipped_weights().context, (tmp_path / "a.btcn", tmp_path / "a.npy")
    same = _other_weights(tmp_path / "same.npz", context)
    rolled = np.roll(context.scale_weights, 1, axis=0)
    other = _other_weights(
        tmp_path / "other.npz", dataclasses.replace(context, scale_weights=rolled)
    )
    assert btcnet("compress", cube, file, "--quantization", "scalar")[0] == 0
    status, told, _ = btcnet("decompress", file, output)
    assert (status, shipped_weights().network.hex() in told) == (0, True)
    shipped = np.load(output)
    status, told, _ = btcnet("decompress", file, output, "--weights", same)
    assert status == 0
    assert f"details restored by network {load_weights(same).network.hex()}" in told
    assert (np.load(output) != shipped).any()
    output.unlink()
    _refused(btcnet("decompress", file, output, "--weights", other), "written with weights")
    _refused(btcnet("decompress", file, output, "--weights", tmp_path / "no"), "check the path")
    assert btcnet("compress", scene, file, "--model", model)[0] == 0
    words = ["decompress", file, output, "--model", model, "--weights", same]
    _refused(btcnet(*words), "weights are of the universal codec")
    assert not output.exists()


def test_what_the_universal_codec_cannot_do_is_one_line(btcnet, cube, tmp_path):
    output = tmp_path / "x.btcn"
    _refused(btcnet("compress", cube, output, "--level", "1"), "--level is of a trained model")
    _refused(btcnet("evaluate", cube, "--level", "1"), "--level is of a trained model")
    assert not output.exists()


def test_a_tile_too_small_for_the_rate_gets_the_smallest_file(btcnet, tmp_path):
    values = np.random.default_rng(0).integers(0, 3000, (6, 5, 9)).astype(np.uint16)
    np.save(tmp_path / "tile.npy", values)
    output, again = tmp_path / "tile.btcn", tmp_path / "again.npy"
    for words in ([], ["--bpppb", "0.02"], ["--bpppb", "0.02", "--model", "universal"]):
        status, printed, error = btcnet("compress", tmp_path / "tile.npy", output, *words)
        rate = 8 * output.stat().st_size / values.size
        asked = words[1] if words else "0.1"
        assert status == 0
        assert f"{rate:.4f} bpppb" in printed
        assert error.count("\n") == 1
        assert (
            f"btcnet: warning: {tmp_path / 'tile.npy'}: {rate:.4f} bpppb, above the {asked}"
            in error
        )
    assert btcnet("decompress", output, again)[0] == 0
    assert np.load(again).shape == values.shape
    assert (
        btcnet("compress", tmp_path / "tile.npy", output, "--bpppb", "30")[2].count(", above the")
        == 0
    )
