"""Import of published .pth checkpoints: the round trip, and files that are something else."""

import numpy as np
import pytest

from btcnet_jax.config import ModelConfig
from btcnet_jax.errors import CheckpointError, ConfigError, ModelMismatchError
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.published import from_published, read_state_dict, to_published

CONFIG = ModelConfig(bands=6, latent_channels=3, features=2, gamma=1)


@pytest.fixture(scope="module")
def state():
    return to_published(init_params(CONFIG, 0))


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")


@pytest.mark.parametrize("wrap", [dict, lambda s: {"state_dict": s}, lambda s: {"model": s}])
def test_state_dict_of_pytorch_round_trips(torch, state, tmp_path, wrap):
    path = tmp_path / "published.pth"
    torch.save(wrap({f"module.{k}": torch.tensor(v) for k, v in state.items()}), path)
    config, params = from_published(read_state_dict(path), 8)
    assert config == CONFIG
    back = to_published(params)
    assert all(np.array_equal(back[name], state[name]) for name in state)


def test_files_that_are_no_state_dict_are_refused(torch, tmp_path):
    path = tmp_path / "bad.pth"
    with pytest.raises(CheckpointError, match="no such file"):
        read_state_dict(path)
    path.write_text("hello")
    with pytest.raises(CheckpointError, match="damaged or no PyTorch"):
        read_state_dict(path)
    torch.save([1, 2], path)
    with pytest.raises(CheckpointError, match="no state dict"):
        read_state_dict(path)


def test_first_missing_parameter_is_named(state):
    name = "decoder.detail_restorer.dram_mid.SESAM.alpha"
    with pytest.raises(ModelMismatchError, match=f"lacks {name}"):
        from_published({k: v for k, v in state.items() if k != name}, 8)


def test_unknown_parameter_is_named(state):
    with pytest.raises(ModelMismatchError, match=r"holds decoder\.extra\.weight"):
        from_published({**state, "decoder.extra.weight": np.zeros(3, np.float32)}, 8)


def test_wrong_shape_is_named(state):
    name = "decoder.detail_restorer.downsample_2.weight"
    with pytest.raises(ModelMismatchError, match=name):
        from_published({**state, name: np.zeros((8, 3, 3, 3), np.float32)}, 8)


def test_no_btcnet_at_all(state):
    with pytest.raises(ModelMismatchError, match="not BTC-Net V2"):
        from_published({"fc.weight": np.zeros((2, 2), np.float32)}, 8)
    with pytest.raises(ConfigError, match=r"model\.bits is 9"):
        from_published(state, 9)
