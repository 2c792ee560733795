"""BTC-Net V1 through the codec: cube to file and back, with the same classes as V2."""

import numpy as np
import pytest

from btcnet_jax.codec import network_codec
from btcnet_jax.config import ModelConfig, V1Config
from btcnet_jax.errors import ModelMismatchError
from btcnet_jax.models.initialization import init_params
from btcnet_jax.ops.quantizer import from_symbols
from btcnet_jax.parts.network import NetworkDecoder, NetworkTransform
from btcnet_jax.parts.whole_range import normalize_and_pad
from btcnet_jax.scene.value_range import denormalize, require_range


def _config(**options):
    v1 = V1Config(width=4, growth=2, blocks=1)
    return ModelConfig(architecture="v1", bands=5, latent_channels=3, v1=v1, **options)


def _codec(**options):
    config = _config(**options)
    return network_codec(config, init_params(config, 0))


def _cube(shape=(9, 7, 5)):
    return np.random.default_rng(0).integers(0, 1000, shape).astype(np.uint16)


@pytest.fixture(scope="module")
def codec():
    return _codec()


@pytest.mark.parametrize("shape", [(4, 4, 5), (9, 7, 5), (5, 44, 5)])
def test_a_file_restores_what_the_network_restores(codec, shape):
    cube, config = _cube(shape), _config()
    params, value_range = init_params(config, 0), require_range(cube)
    transform = NetworkTransform(config, params)
    symbols = transform.analyze(normalize_and_pad(cube, value_range, transform.multiple))
    assert symbols.indices.shape == (-(-shape[0] // 4), -(-shape[1] // 4), 3)
    latent = np.asarray(from_symbols(symbols, config.bits))
    parts = [region.planes for region in NetworkDecoder(config, params).synthesize(latent)]
    network = np.concatenate(parts, axis=1)[: shape[0], : shape[1]]
    restored = codec.decompress(codec.compress(cube)).values
    np.testing.assert_array_equal(restored, denormalize(network, value_range, cube.dtype))


def test_unquantized_files_round_trip():
    cube = _cube()
    restored = _codec(bits=32).decompress(_codec(bits=32).compress(cube)).values
    assert (restored.shape, restored.dtype) == (cube.shape, cube.dtype)


def test_chunks_of_strips_do_not_change_the_values(codec, monkeypatch):
    data = codec.compress(_cube((8, 44, 5)))
    whole = codec.decompress(data).values
    # The widest activation has 2.5 x 4 channels: room for two strips of 8 x 4.
    monkeypatch.setattr("btcnet_jax.parts.network._ACTIVATION_BYTES", 2 * 4 * 32 * 10)
    calls = []
    parts = _codec().decompress(data, lambda done, total: calls.append((done, total))).values
    assert calls == [(done, 11) for done in (2, 4, 6, 8, 10, 11)]
    np.testing.assert_allclose(parts.astype(float), whole, atol=1)


def test_a_file_of_v2_is_refused(codec):
    config = ModelConfig(bands=5, latent_channels=3, features=2, gamma=1)
    data = network_codec(config, init_params(config, 0)).compress(_cube())
    with pytest.raises(ModelMismatchError, match="name the model that wrote it"):
        codec.decompress(data)
