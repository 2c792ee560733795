"""A network of several rates as a peer: the finest within the target, else the smallest."""

import numpy as np
import pytest

from btcnet_benchmark.codecs.btcnet import BtcnetPeer
from btcnet_benchmark.sweep.measure import measure
from btcnet_benchmark.sweep.scenes import load_benchmark_scene
from btcnet_jax import checkpoints
from btcnet_jax.codec import Rate, load
from btcnet_jax.config import Config, ModelConfig
from btcnet_jax.container.container import read_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError, FileFormatError
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.prior_tables import make_tables
from btcnet_jax.scene.scene import Scene

BANDS, LEVELS = 9, 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    config = ModelConfig(
        bands=BANDS,
        latent_channels=5,
        features=2,
        gamma=1,
        quantizer="learned",
        rate_levels=LEVELS,
    )
    params = init_params(config, 0)
    arrays = {"params": params, "tables": make_tables(config, params)}
    with checkpoints.CheckpointWriter(folder, keep=1) as writer:
        writer.save(0, arrays, Config(workdir=str(folder), model=config).to_dict(), None)
    return folder


@pytest.fixture(scope="module")
def peer(folder):
    return BtcnetPeer(folder)


def _scene(bands):
    values = np.random.default_rng(0).integers(-20, 3000, (22, 17, bands)).astype(np.int16)
    return Scene(name="scene", values=values)


def _rate(data, scene):
    return 8 * len(data) / scene.values.size


@pytest.mark.parametrize("bands", [BANDS, 6])
def test_the_finest_level_within_the_target_and_the_smallest_where_there_is_none(peer, bands):
    scene = _scene(bands)
    assert not peer.fixed_rate
    smallest = peer.compress(scene, Rate(1e-6, or_smallest=True))
    finest = peer.compress(scene, Rate(99.0, or_smallest=True))
    middle = peer.compress(scene, Rate(_rate(finest, scene) - 1e-6, or_smallest=True))
    assert len(smallest) < len(middle) < len(finest)
    assert peer.compress(scene, Rate(_rate(middle, scene) - 1e-6, or_smallest=True)) == smallest
    for data in (smallest, middle, finest):
        # Its own rate is enough for it, and by the scene's own bands.
        assert peer.compress(scene, Rate(_rate(data, scene), or_smallest=True)) == data
        restored = peer.decompress(data).values
        assert (restored.shape, restored.dtype) == (scene.values.shape, np.int16)


def test_the_rate_map_adds_up_to_the_symbols_bits(peer):
    data = peer.compress(_scene(6), Rate(99.0, or_smallest=True))
    bits = peer.rate_map(data)
    assert bits.shape == (6, 5)
    payload = {s.kind: s.payload for s in read_container(data[5:])}[SectionKind.SYMBOLS]
    assert 0 <= 8 * len(payload) - bits.sum() < 100


def test_files_are_the_models_own_and_damaged_ones_are_refused(peer, folder):
    scene = _scene(BANDS)
    data = peer.compress(scene, Rate(99.0, or_smallest=True))
    assert data[1:] == load(folder).compress(scene)
    for damaged in (b"", data[:3], data[:-5], b"x" + data[1:]):
        with pytest.raises(FileFormatError):
            peer.decompress(damaged)


def test_what_it_is_names_rates_and_model(peer, folder):
    assert peer.name == "BTC-Net V2 logistic prior"
    assert "5 channels, logistic prior, 3 rates" in peer.describe()
    assert load(folder).fingerprint.hex() in peer.describe()
    with pytest.raises(ConfigError, match="Huffman coding is for latents of 2 to 8 bits"):
        BtcnetPeer(folder, huffman=True)


def test_a_sweep_measures_it_at_every_target(peer, tmp_path):
    np.save(tmp_path / "a.npy", _scene(BANDS).values)
    scene = load_benchmark_scene(tmp_path / "a.npy", None)
    rates = [measure(scene, peer, target)[0].bpppb for target in (0.01, 99.0)]
    assert rates[0] < rates[1]
