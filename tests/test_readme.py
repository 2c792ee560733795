"""What README prints in Python runs as it is printed, with either codec."""

import re
from pathlib import Path

import numpy as np
import pytest

from btcnet_jax import checkpoints
from btcnet_jax.config import Config, ModelConfig
from btcnet_jax.models.initialization import init_params

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def program():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    return found


@pytest.fixture(scope="module")
def cube():
    row, col, band = np.mgrid[:64, :64, :8]
    values = 900 + 200 * np.sin(row / 6 + band / 5) + 90 * np.cos(col / 5 - band / 3)
    return values.astype(np.uint16)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """What it writes is not left in the repository."""
    monkeypatch.chdir(tmp_path)


def _restored(program, cube):
    names = {"cube": cube}
    exec(program, names)
    return names["scene"].values


def test_the_program_runs_with_the_universal_codec(program, cube):
    restored = _restored(program, cube)
    assert (restored.shape, restored.dtype) == (cube.shape, cube.dtype)
    assert np.abs(restored.astype(int) - cube).mean() < 40


def test_the_swap_that_it_names_is_all_that_a_trained_model_needs(program, cube, tmp_path):
    model = ModelConfig(bands=8, latent_channels=4, features=2, gamma=1)
    with checkpoints.CheckpointWriter(tmp_path / "tiny", keep=1) as writer:
        writer.save(0, {"params": init_params(model, 0)}, Config(model=model).to_dict(), None)
    swap = re.search(r'bt\.load\("runs/tiny"\)', program)
    assert swap, "README names the swap"
    swapped = program.replace("bt.load()", f"bt.load({str(tmp_path / 'tiny')!r})")
    restored = _restored(swapped, cube)
    assert (restored.shape, restored.dtype) == (cube.shape, cube.dtype)
