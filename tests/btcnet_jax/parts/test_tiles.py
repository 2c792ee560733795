"""Joint decoding of the latent: how a scene is cut into tiles, and that they join without a seam."""

import dataclasses
import itertools

import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.codec import network_codec
from btcnet_jax.config import DecoderConfig, ModelConfig
from btcnet_jax.models.btcnet import build, run_model
from btcnet_jax.models.initialization import init_params
from btcnet_jax.parts import network
from btcnet_jax.parts.network import NetworkDecoder
from btcnet_jax.parts.tiles import TILE_SIDE, tile_spans


def _model(**options):
    config = ModelConfig(
        bands=5,
        latent_channels=3,
        features=2,
        gamma=1,
        decoder=DecoderConfig(context="tile"),
        **options,
    )
    params = init_params(config, 0)
    # Attention looks at a whole tile, so it differs between tiles; without it a decoder is local.
    restorer = params["decoder"]["detail_restorer"]
    for block in (name for name in restorer if name.startswith("dram")):
        last = restorer[block]["sesam"]["linear_last"]
        last["kernel"] = jnp.zeros_like(last["kernel"])
    return config, params


def _latent(rows, cols, seed=0):
    return np.random.default_rng(seed).normal(0, 1, (rows, cols, 3)).astype(np.float32)


def _restored(decoder, latent, progress=None):
    return np.concatenate(
        [region.planes for region in decoder.synthesize(latent, progress)], axis=1
    )


@pytest.mark.parametrize("multiple", [1, 2, 4])
def test_tiles_of_one_shape_cover_every_size_and_overlap(multiple):
    for size in range(multiple, 1200, multiple):
        spans = tile_spans(size, multiple)
        assert {span.stop - span.start for span in spans} == {min(TILE_SIDE, size)}
        assert (spans[0].start, spans[-1].stop) == (0, size)
        assert (spans[0].kept_start, spans[-1].kept_stop) == (0, size)
        assert all(span.start % multiple == 0 for span in spans)
        for left, right in itertools.pairwise(spans):
            assert left.kept_stop == right.kept_start, "every place is restored once"
            assert left.stop - left.kept_stop >= 4
            assert right.kept_start - right.start >= 4
            assert abs((left.stop - left.kept_stop) - (right.kept_start - right.start)) <= multiple
    assert [len(tile_spans(n, 4)) for n in (64, 68, 116, 120)] == [1, 2, 2, 3]


def test_a_scene_of_one_tile_is_what_the_network_restores_whole():
    config, params = _model()
    latent, calls = _latent(14, 9), []
    restored = _restored(NetworkDecoder(config, params), latent, lambda *done: calls.append(done))
    whole = run_model(build(config), params, jnp.asarray(latent)[None], method="decode")[0]
    np.testing.assert_allclose(restored, whole, atol=1e-5)
    assert calls == [(1, 1)]


@pytest.mark.parametrize("scale", [4, 2])
def test_tiles_join_without_a_seam(scale):
    config, params = _model(scale=scale)
    latent, calls = _latent(68, 116), []
    transform, compiled = NetworkDecoder(config, params), network._synthesize._cache_size()
    restored = _restored(transform, latent, lambda *done: calls.append(done))
    whole = run_model(build(config), params, jnp.asarray(latent)[None], method="decode")[0]
    assert restored.shape == whole.shape == (68 * scale, 116 * scale, 5)
    assert calls == [(done, 4) for done in range(1, 5)]
    assert np.abs(restored - whole).max() < 0.02 * np.std(whole)
    assert network._synthesize._cache_size() == compiled + 1, "all tiles are of one shape"


def test_strips_side_by_side_are_restored_together_in_tiles_only():
    config, params = _model()
    strips = dataclasses.replace(config, decoder=DecoderConfig())
    latent = _latent(4, 6)
    changed = latent.copy()
    changed[:, 3] += 1.0
    for chosen, reaches in ((config, True), (strips, False)):
        transform = NetworkDecoder(chosen, params)
        difference = np.abs(_restored(transform, changed) - _restored(transform, latent))
        assert (difference[:, 8:12].max() > 1e-4) == reaches


def test_context_changes_neither_the_rate_nor_what_is_refused():
    config, params = _model()
    strips = dataclasses.replace(config, decoder=DecoderConfig())
    cube = np.random.default_rng(0).integers(0, 900, (21, 30, 5)).astype(np.int16)
    files = [network_codec(chosen, params).compress(cube) for chosen in (config, strips)]
    assert len(files[0]) == len(files[1])
    restored = network_codec(config, params).decompress(files[0]).values
    assert (restored.shape, restored.dtype) == (cube.shape, cube.dtype)


def test_preparing_compiles_what_a_scene_needs_and_all_codecs_of_a_configuration_share_it():
    config, params = _model(bits=5)
    before = network._synthesize._cache_size()
    NetworkDecoder(config, params).prepare(4 * 70, 4 * 66)
    assert network._synthesize._cache_size() == before + 1
    _restored(NetworkDecoder(config, params), _latent(70, 66))
    assert network._synthesize._cache_size() == before + 1
