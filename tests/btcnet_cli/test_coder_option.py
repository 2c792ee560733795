"""`compress --coder`: what codes the symbols of a trained model."""

import argparse
import zipfile
from pathlib import Path

import numpy as np
import pytest

from btcnet_cli import compress
from btcnet_jax.parts.stream_coders import DEFAULT_CODER, STREAM_CODERS, coder_number

ONE_LINE = (
    "tensorflow-compression-ops cannot be imported: pip install 'btcnet_jax[tfc]' in an environment of "
    "its own\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model that was saved where the extra [train] is, as users of [tfc] have them."""
    path = tmp_path_factory.mktemp("model")
    with zipfile.ZipFile(Path(__file__).parent.parent / "streams" / "model_learned.zip") as archive:
        archive.extractall(path)
    return path


def test_the_option_offers_the_coders_there_are():
    parser = argparse.ArgumentParser()
    compress.add_arguments(parser)
    (option,) = [action for action in parser._actions if action.dest == "coder"]
    assert option.default == DEFAULT_CODER == option.choices[0]
    assert {coder_number(name) for name in option.choices} == STREAM_CODERS


def test_a_file_of_tfc_is_written_told_of_and_restored(btcnet, folder, scene, tmp_path, tfc):
    outputs = {}
    for coder in ("tfc", "constriction"):
        path, restored = tmp_path / f"{coder}.btcn", tmp_path / f"{coder}.npy"
        status, _, told = btcnet("compress", scene, path, "--model", folder, "--coder", coder)
        assert (status, told) == (0, "")
        assert btcnet("decompress", path, restored, "--model", folder)[0] == 0
        outputs[coder] = np.load(restored)
    np.testing.assert_array_equal(*outputs.values())
    lines = btcnet("info", tmp_path / "tfc.btcn")[1].splitlines()
    assert [line.split()[1] for line in lines if line.startswith("coder")] == ["tfc"]


def test_without_the_library_nothing_is_written(btcnet, folder, scene, tmp_path, without_tfc):
    path = tmp_path / "scene.btcn"
    status, out, told = btcnet("compress", scene, path, "--model", folder, "--coder", "tfc")
    assert (status, out, told) == (2, "", f"btcnet: {ONE_LINE}")
    assert not path.exists()


def test_the_universal_codec_has_one_coder(btcnet, scene, tmp_path):
    path = tmp_path / "scene.btcn"
    status, _, told = btcnet("compress", scene, path, "--coder", "tfc")
    assert status == 2
    assert told.startswith("btcnet: the universal codec's contexts are coded with constriction")
    assert not path.exists()
    assert btcnet("compress", scene, path, "--coder", "constriction", "--bpppb", "9")[0] == 0
