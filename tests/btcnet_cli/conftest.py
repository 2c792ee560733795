"""The command line in this process, and a model that knows nothing yet."""

import numpy as np
import pytest

import main
from btcnet_jax import checkpoints
from btcnet_jax.config import Config, ModelConfig
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.prior_tables import make_tables


@pytest.fixture
def btcnet(capsys):
    """Runs a command; gives its exit status, its output and its one line of error."""

    def run(*words):
        status = main.run([str(word) for word in words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture(scope="session")
def untrained(tmp_path_factory):
    """Model folders with untrained weights, one for each number of bands asked for."""

    def make(bands, seed=0, **options):
        model = ModelConfig(bands=bands, latent_channels=4, features=2, gamma=1, **options)
        folder = tmp_path_factory.mktemp(f"model_{bands}")
        with checkpoints.CheckpointWriter(folder, keep=1) as writer:
            params = init_params(model, seed)
            tables = make_tables(model, params)
            arrays = {"params": params} | ({"tables": tables} if tables else {})
            writer.save(0, arrays, Config(model=model).to_dict(), None)
        return folder

    return make


@pytest.fixture(scope="session")
def model(untrained):
    return untrained(5)


@pytest.fixture
def scene(tmp_path):
    path = tmp_path / "scene.npy"
    np.save(path, np.random.default_rng(0).integers(0, 999, (14, 10, 5)).astype(np.uint16))
    return path
