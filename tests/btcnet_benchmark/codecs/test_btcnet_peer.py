"""Trained networks as peers: any band count, range coder and Huffman, rate maps."""

import numpy as np
import pytest

from btcnet_benchmark.codecs.band_stretch import restore_bands, stretch_bands
from btcnet_benchmark.codecs.btcnet import BtcnetPeer
from btcnet_benchmark.codecs.huffman import HuffmanSymbols
from btcnet_benchmark.codecs.registry import make_codecs
from btcnet_jax import checkpoints
from btcnet_jax.codec import Rate, load
from btcnet_jax.config import Config, ModelConfig
from btcnet_jax.container.container import read_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import BtcnetError, CheckpointError, ConfigError, FileFormatError
from btcnet_jax.models.initialization import init_params
from btcnet_jax.scene.scene import Scene

BANDS = 9


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    config = ModelConfig(bands=BANDS, latent_channels=5, features=2, gamma=1, bits=6)
    arrays = {"params": init_params(config, 0)}
    with checkpoints.CheckpointWriter(folder, keep=1) as writer:
        writer.save(0, arrays, Config(workdir=str(folder), model=config).to_dict(), None)
    return folder


def _scene(bands):
    values = np.random.default_rng(0).integers(-20, 3000, (22, 17, bands)).astype(np.int16)
    return Scene(name="scene", values=values)


@pytest.mark.parametrize("huffman", [False, True])
@pytest.mark.parametrize("bands", [BANDS, 6])
def test_scenes_of_any_band_count_come_back_in_their_own_type(model, bands, huffman):
    peer = BtcnetPeer(model, huffman=huffman)
    data = peer.compress(_scene(bands), Rate(1.0, or_smallest=True))
    restored = peer.decompress(data).values
    assert (restored.shape, restored.dtype) == ((22, 17, bands), np.int16)


def test_both_coders_restore_the_same_samples_as_the_model_s_own_file(model):
    scene = _scene(BANDS)
    own = load(model)
    expected = own.decompress(own.compress(scene.values)).values
    for huffman in (False, True):
        peer = BtcnetPeer(model, huffman=huffman)
        np.testing.assert_array_equal(
            peer.decompress(peer.compress(scene, Rate(1.0, or_smallest=True))).values, expected
        )


def test_the_rate_map_adds_up_to_the_symbols_bits(model):
    peer = BtcnetPeer(model)
    data = peer.compress(_scene(6), Rate(1.0, or_smallest=True))
    bits = peer.rate_map(data)
    assert bits.shape == (6, 5)
    sections = read_container(data[5:])  # the peer's own mark, band count and type come before
    payload = next(part.payload for part in sections if part.kind == SectionKind.SYMBOLS)
    assert 0 <= 8 * len(payload) - bits.sum() < 64
    huffman = BtcnetPeer(model, huffman=True)
    assert huffman.rate_map(huffman.compress(_scene(6), Rate(1.0, or_smallest=True))) is None


def test_damaged_files_are_refused(model):
    for huffman in (False, True):
        peer = BtcnetPeer(model, huffman=huffman)
        data = peer.compress(_scene(6), Rate(1.0, or_smallest=True))
        for damaged in (b"", data[:3], data[:-5], b"x" + data[1:]):
            with pytest.raises(FileFormatError):
                peer.decompress(damaged)


def test_a_huffman_table_of_another_scene_is_refused():
    symbols = np.random.default_rng(0).integers(0, 64, (6, 5, 5)).astype(np.int32)
    coder = HuffmanSymbols()
    tables, payload = coder.compress_symbols(symbols, 6)
    restored = coder.decompress_symbols(tables, payload, symbols.shape, 6)
    np.testing.assert_array_equal(restored, symbols)
    more = bytes([tables[0] + 1]) + tables[1:]
    with pytest.raises(FileFormatError, match="does not fit the scene"):
        coder.decompress_symbols(more, payload, symbols.shape, 6)


def test_stretching_keeps_the_ends_and_comes_back():
    cube = np.random.default_rng(0).integers(0, 99, (3, 4, 6)).astype(np.uint8)
    stretched = stretch_bands(cube, 11)
    np.testing.assert_array_equal(stretched[:, :, ::2], cube)
    np.testing.assert_allclose(stretched[:, :, 1], cube[:, :, :2].mean(axis=2))
    np.testing.assert_array_equal(restore_bands(stretched, 6, np.dtype(np.uint8)), cube)
    one = stretch_bands(cube[:, :, :1], 3)
    np.testing.assert_array_equal(one, np.repeat(cube[:, :, :1], 3, axis=2))


def test_codecs_by_name(model, tmp_path):
    names = [codec.name for codec in make_codecs([f"btcnet:{model}", f"btcnet-huffman:{model}"])]
    assert names == ["BTC-Net V2 6 bit", "BTC-Net V2 6 bit, Huffman"]
    with pytest.raises(ConfigError, match="jpeg: no such codec; there are klt-jpeg2000"):
        make_codecs(["jpeg"])
    with pytest.raises(ConfigError, match="two codecs are called"):
        make_codecs([f"btcnet:{model}"] * 2)
    with pytest.raises(CheckpointError):
        make_codecs([f"btcnet:{tmp_path}"])
    with pytest.raises(BtcnetError, match="no such codec"):
        make_codecs(["btcnet"])
