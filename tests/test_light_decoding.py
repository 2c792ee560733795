"""What compressing and decompressing with the codec that ships must do without."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.saved_model import SavedModel
from btcnet_jax.weights.packed_model import round_model, save_packed

pytestmark = pytest.mark.processes
ROOT = Path(__file__).parent.parent
# Not absl: flax imports it, none of the packages here does so for this.
HEAVY = (
    "apache_beam",
    "imagecodecs",
    "jinja2",
    "matplotlib",
    "ml_collections",
    "optax",
    "orbax",
    "PIL",
    "skimage",
    "sklearn",
    "tensorboardX",
    "tensorflow",
    "tensorflow_datasets",
    "torch",
)
# An import that is tried and forgiven counts too: it is told and ends the command.
_HOOKED = """
import os, runpy, sys

class Forbidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in FORBIDDEN:
            print("imported", name, file=sys.stderr, flush=True)
            os._exit(9)

sys.meta_path.insert(0, Forbidden())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def _run(*words, forbidden=HEAVY):
    hooked = f"FORBIDDEN = {forbidden}\n{_HOOKED}"
    command = [sys.executable, "-c", hooked, str(ROOT / "main.py"), *map(str, words)]
    # JAX's cache of compiled functions looks whether TensorFlow is there (and imports nothing of it).
    environment = os.environ | {"JAX_ENABLE_COMPILATION_CACHE": "0"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )


def test_compressing_and_decompressing_import_nothing_of_the_extras(tmp_path):
    cube = np.random.default_rng(0).integers(0, 999, (24, 20, 6)).astype(np.uint16)
    np.save(tmp_path / "cube.npy", cube)
    for words in (
        ("compress", tmp_path / "cube.npy", tmp_path / "cube.btcn", "--bpppb", "1"),
        ("info", tmp_path / "cube.btcn"),
        ("decompress", tmp_path / "cube.btcn", tmp_path / "restored.npy"),
    ):
        done = _run(*words)
        assert (done.returncode, done.stderr) == (0, ""), words
    restored = np.load(tmp_path / "restored.npy")
    assert restored.shape == cube.shape
    assert np.corrcoef(restored.ravel(), cube.ravel())[0, 1] > 0.5


def test_restoring_without_a_network_imports_no_other_format_and_no_network(tmp_path):
    np.save(tmp_path / "cube.npy", np.arange(24 * 20 * 6, dtype=np.uint16).reshape(24, 20, 6))
    assert _run("compress", tmp_path / "cube.npy", tmp_path / "a.btcn").returncode == 0
    words = "decompress", tmp_path / "a.btcn", tmp_path / "a.npy", "--decoder", "none"
    done = _run(*words, forbidden=(*HEAVY, "flax", "h5py", "jax", "rasterio"))
    assert (done.returncode, done.stderr) == (0, "")
    assert np.load(tmp_path / "a.npy").shape == (24, 20, 6)


def test_a_packed_model_needs_nothing_of_the_extras(tmp_path):
    config = ModelConfig(bands=6, latent_channels=4, features=2, gamma=1)
    saved = SavedModel(config, init_params(config, 0), {})
    save_packed(tmp_path / "toy.btcmodel", round_model(saved).model, {})
    np.save(tmp_path / "cube.npy", np.arange(24 * 20 * 6, dtype=np.uint16).reshape(24, 20, 6))
    for words in (
        ("models", tmp_path),
        (
            "compress",
            tmp_path / "cube.npy",
            tmp_path / "a.btcn",
            "--model",
            tmp_path / "toy.btcmodel",
        ),
        (
            "decompress",
            tmp_path / "a.btcn",
            tmp_path / "a.npy",
            "--model",
            tmp_path / "toy.btcmodel",
        ),
    ):
        done = _run(*words)
        assert (done.returncode, done.stderr) == (0, ""), words


def test_the_hook_sees_what_is_imported(tmp_path):
    done = _run("train", "--config", "configs/tiny.py")
    assert (done.returncode, done.stderr) == (9, "imported ml_collections\n")


def test_the_library_s_codec_imports_nothing_of_the_extras():
    code = f"import sys, btcnet_jax.codec; sys.exit(str({{*{HEAVY}}} & {{*sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.stderr == "set()\n"
