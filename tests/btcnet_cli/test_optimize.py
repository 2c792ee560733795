"""--optimize on the command line: what is made best, said by `info`, refused where it says nothing."""

import json

import numpy as np
import pytest


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    """A smooth scene whose bands are of very different brightness."""
    row, col, band = np.mgrid[:40, :36, :12]
    values = 900 + 300 * np.sin(row / 3 + band / 5) + 200 * np.cos(col / 5 - band / 3)
    values *= np.linspace(1, 0.05, 12)
    values += np.random.default_rng(0).normal(0, 3, values.shape)
    path = tmp_path_factory.mktemp("optimize") / "scene.npy"
    np.save(path, values.astype(np.int16))
    return path


def _refused(result, message):
    status, _, error = result
    assert status == 2
    assert error.count("\n") == 1
    assert message in error


def test_info_says_what_a_file_is_best_in(btcnet, cube, tmp_path):
    sizes, output = set(), tmp_path / "scene.btcn"
    for words in ([], ["--optimize", "psnr"], ["--optimize", "rmse"], ["--optimize", "sam"]):
        figures, name = tmp_path / "figures.json", words[-1] if words else "balanced"
        told = ["--bpppb", "1", "--no-check", "--json", figures]
        assert btcnet("compress", cube, output, *told, *words)[0] == 0
        assert json.loads(figures.read_text()).get("optimize") == (name if words else None)
        assert f"optimized for  {name}\n" in btcnet("info", output)[1]
        assert btcnet("info", output, "--json", figures)[0] == 0
        assert json.loads(figures.read_text())["numbers"]["optimized_for"] == name
        sizes.add(output.read_bytes())
    assert len(sizes) == 4


def test_a_light_encoder_writes_another_file(btcnet, cube, tmp_path):
    files = [tmp_path / "full.btcn", tmp_path / "light.btcn"]
    btcnet("compress", cube, files[0], "--bpppb", "0.8")
    figures = tmp_path / "figures.json"
    btcnet("compress", cube, files[1], "--bpppb", "0.8", "--effort", "light", "--json", figures)
    assert files[0].read_bytes() != files[1].read_bytes()
    assert json.loads(figures.read_text())["effort"] == "light"


def test_dependent_quantization_is_told_and_read_like_any_file(btcnet, cube, tmp_path):
    figures, files = tmp_path / "figures.json", set()
    for name in ("scalar", "dependent"):
        words = ["--bpppb", "0.8", "--quantization", name, "--json", figures]
        assert btcnet("compress", cube, tmp_path / f"{name}.btcn", *words)[0] == 0
        assert json.loads(figures.read_text())["quantization"] == name
        files.add((tmp_path / f"{name}.btcn").read_bytes())
    assert len(files) == 2
    assert "surprised context\n" in btcnet("info", tmp_path / "dependent.btcn")[1]
    assert btcnet("decompress", tmp_path / "dependent.btcn", tmp_path / "again.npy")[0] == 0
    assert np.load(tmp_path / "again.npy").shape == (40, 36, 12)


def test_evaluate_compresses_for_it(btcnet, cube, tmp_path):
    found = {}
    for name in ("psnr", "rmse"):
        figures = tmp_path / f"{name}.json"
        words = ["--bpppb", "0.8", "--optimize", name, "--json", figures]
        assert btcnet("evaluate", cube, *words)[0] == 0
        told = json.loads(figures.read_text())
        assert told["optimize"] == name
        found[name] = told["results"][0]
    assert found["rmse"]["rmse"] < found["psnr"]["rmse"]


def test_where_nothing_is_compressed_or_a_network_is_it_is_refused_in_one_line(
    btcnet, cube, scene, model, tmp_path
):
    output = tmp_path / "x.btcn"
    _refused(btcnet("compress", cube, output, "--optimize", "ssim"), "invalid choice")
    message = "leave out --optimize rmse, or --model"
    _refused(btcnet("compress", scene, output, "--model", model, "--optimize", "rmse"), message)
    _refused(btcnet("evaluate", scene, "--model", model, "--optimize", "rmse"), message)
    assert not output.exists()
    assert btcnet("compress", cube, output, "--bpppb", "1", "--no-check")[0] == 0
    _refused(btcnet("evaluate", cube, output, "--optimize", "sam"), "--optimize is of compressing")
    _refused(btcnet("evaluate", cube, output, "--effort", "light"), "--effort is of compressing")
    _refused(btcnet("compress", cube, output, "--effort", "more"), "invalid choice")
    words = ["--quantization", "dependent"]
    _refused(btcnet("evaluate", cube, output, *words), "--quantization is of compressing")
    message = "leave out --quantization dependent, or --model"
    _refused(btcnet("compress", scene, output, "--model", model, *words), message)
    message = "leave out --effort light, or --model"
    _refused(btcnet("compress", scene, output, "--model", model, "--effort", "light"), message)
    words = ["--records", tmp_path, "--model", model, "--optimize", "sam"]
    _refused(btcnet("evaluate", *words), "--optimize is of scenes")
