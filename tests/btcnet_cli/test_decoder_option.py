"""`decompress --decoder`: a larger network, or none: what a file holds, transformed back, and that is said."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from btcnet_cli.main import run
from btcnet_jax.codec import Bound, Rate, load, open_file
from btcnet_jax.codec.evaluation import evaluate_cube, evaluate_restored
from btcnet_jax.coding.context.kernel.machine_code import can_be_kept
from btcnet_jax.errors import ConfigError
from btcnet_jax.parts.block_transform import BLOCK, to_planes
from btcnet_jax.parts.details import BlockDecoder
from data_pipeline.readers import read_scene

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def values():
    row, col, band = np.mgrid[:24, :21, :6]
    waves = 900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5)
    return (waves + np.random.default_rng(0).normal(0, 9, waves.shape)).astype(np.int16)


@pytest.fixture(scope="module")
def file(values, tmp_path_factory):
    path = tmp_path_factory.mktemp("decoder") / "scene.btcn"
    path.write_bytes(load().compress(values, Rate(1.0)))
    return path


def test_the_cube_is_near_the_scene_and_says_that_no_network_ran(file, values, tmp_path, capsys):
    output = tmp_path / "plain.hdr"
    assert run(["decompress", str(file), str(output), "--decoder", "none"]) == 0
    told = capsys.readouterr().out
    assert "details not restored" in told
    assert "restored by network" not in told
    restored = read_scene(output)
    assert restored.tags["btcnet_details"] == "not restored: decoded without a network"
    assert np.abs(restored.values.astype(float) - values).std() < 20
    full = open_file(file, decoder="light").decompress()
    assert (full.values != restored.values).any()
    assert "btcnet_details" not in full.tags


_LEFT_OUT = {
    "none": {"jax", "flax", "numba", "scipy", "btcnet_jax.codec.bound_encoder"},
    "light": {"flax", "numba", "scipy.linalg", "btcnet_jax.codec.bound_encoder"},
}


@pytest.mark.skipif(not can_be_kept(), reason="numba alone calls kernels here")
@pytest.mark.parametrize("decoder", _LEFT_OUT)
def test_what_takes_long_to_import_is_left_out(decoder, file, tmp_path):
    """Kernels are on disk, since the file was made."""
    code = (
        "import sys; from btcnet_cli.main import run; "
        f"status = run(['decompress', {str(file)!r}, {str(tmp_path / 'a.npy')!r}, '--decoder', {decoder!r}]); "
        f"sys.exit(status or str({_LEFT_OUT[decoder]!r} & {{*sys.modules}} or ''))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert told.stderr.strip() == ""


def test_a_window_is_that_of_the_whole_without_a_border(file):
    opened = open_file(file, decoder="none")
    whole = opened.decompress().values
    np.testing.assert_array_equal(opened[5:11, 3:].values, whole[5:11, 3:])
    assert BlockDecoder(None).reach == 0


def test_planes_are_the_symbols_transformed_back():
    symbols = np.random.default_rng(1).integers(-9, 9, (3, BLOCK, 5, 4)).astype(np.int32)
    planes = np.concatenate([region.planes for region in BlockDecoder(None).synthesize(symbols)])
    first = to_planes(symbols[:, :, 2:3, 3:4].astype(float))
    np.testing.assert_allclose(np.moveaxis(planes[8:12, 12:16], 2, 0), first)


def test_what_it_cannot_go_with_is_refused(file, values, tmp_path, capsys):
    words = ["decompress", str(file), str(tmp_path / "a.npy"), "--decoder", "none"]
    assert run([*words, "--ensemble", "8"]) == 2
    assert "nothing to average" in capsys.readouterr().err
    bounded = tmp_path / "bounded.btcn"
    bounded.write_bytes(load("bounded").compress(values, Bound(2)))
    assert run(["decompress", str(bounded), *words[2:]]) == 2
    assert "--decoder none is of the universal codec" in capsys.readouterr().err
    assert not (tmp_path / "a.npy").exists()
    with pytest.raises(ConfigError, match="decoded with"):
        load(decoder="some")
    with pytest.raises(ConfigError, match="--decoder"):
        load("bounded", decoder="none")
    with pytest.raises(ConfigError, match="leave out --decoder full, or --weights"):
        load(decoder="full", weights=tmp_path / "own.npz")
    with pytest.raises(ConfigError, match="its network"):
        load(tmp_path, decoder="none")


def test_the_full_decoder_is_another_network_of_the_same_file(file, values, tmp_path, capsys):
    light, full = load(), load(decoder="full")
    assert light.network != full.network
    assert light.compress(values, Rate(1.0)) == full.compress(values, Rate(1.0))
    assert run(["decompress", str(file), str(tmp_path / "full.npy"), "--decoder", "full"]) == 0
    assert f"restored by network {full.network.hex()}" in capsys.readouterr().out
    restored = np.load(tmp_path / "full.npy").astype(float)
    plain = open_file(file, decoder="none").decompress().values
    assert np.abs(restored - light.decompress(file.read_bytes()).values).max() > 0
    assert (
        np.square(restored - values).mean() < 1.05 * np.square(plain - values.astype(float)).mean()
    )


def test_a_window_of_the_full_decoder_is_that_of_the_whole(file):
    opened = open_file(file, decoder="full")
    whole = opened.decompress().values
    np.testing.assert_array_equal(opened[5:11, 3:].values, whole[5:11, 3:])


def test_a_codec_of_none_writes_the_same_files(values):
    assert load(decoder="none").compress(values, Rate(1.0)) == load().compress(values, Rate(1.0))


def test_a_file_is_evaluated_with_each_decoder(file, values, tmp_path, capsys):
    np.save(tmp_path / "scene.npy", values)
    figures = []
    for decoder in ("light", "full", "none"):
        words = ["evaluate", str(tmp_path / "scene.npy"), str(file), "--decoder", decoder]
        assert run([*words, "--json", str(tmp_path / "out.json")]) == 0
        (row,) = json.loads((tmp_path / "out.json").read_text())["results"]
        figures.append(row["psnr_db"])
    assert len(set(figures)) == 3
    words = ["evaluate", str(tmp_path / "scene.npy"), str(tmp_path / "scene.npy")]
    assert run([*words, "--decoder", "full"]) == 2
    assert "--decoder full restores files of the universal codec" in capsys.readouterr().err


def test_evaluate_averages_over_views_as_decompress_does(file, values, tmp_path, capsys):
    cube = tmp_path / "scene.npy"
    np.save(cube, values)
    found = {}
    for views in (1, 8):
        words = ["evaluate", str(cube), str(file), "--ensemble", str(views), "--json", "-"]
        assert run(words) == 0
        found[views] = json.loads(capsys.readouterr().out)["results"][0]["psnr_db"]
    restored = open_file(file).decompress(ensemble=8).values
    assert found[8] == pytest.approx(evaluate_restored(values, restored).quality.psnr_db)
    assert found[8] != found[1]
    again = ["evaluate", str(cube), "--bpppb", "1", "--ensemble", "8", "--json", "-"]
    assert run(again) == 0
    whole = json.loads(capsys.readouterr().out)["results"][0]
    coded = evaluate_cube(load(ensemble=8), read_scene(cube), Rate(1.0))
    assert whole["psnr_db"] == pytest.approx(coded.quality.psnr_db)
    np.save(tmp_path / "restored.npy", restored)
    assert run(["evaluate", str(cube), str(tmp_path / "restored.npy"), "--ensemble", "8"]) == 2
    assert "--ensemble 8 restores files of the universal codec" in capsys.readouterr().err
