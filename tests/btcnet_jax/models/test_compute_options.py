"""Precision, rematerialization, the core's width and attention by the mean: what they change, what not."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.config import ModelConfig, V1Config
from btcnet_jax.config.model import DecoderConfig
from btcnet_jax.models.attention import SESAM
from btcnet_jax.models.btcnet import count_params, param_shapes
from btcnet_jax.models.decoder import Decoder
from btcnet_jax.models.encoder import Encoder
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.v1 import decoder as v1_decoder
from btcnet_jax.models.v1 import encoder as v1_encoder

V2 = ModelConfig(bands=12, latent_channels=5, features=8, gamma=2)
V1 = ModelConfig(
    architecture="v1", bands=12, latent_channels=5, v1=V1Config(width=8, growth=4, blocks=2)
)
PLATFORMS = ("cpu", "cuda", "tpu")
DECODERS = {"v2": (V2, Decoder), "v1": (V1, v1_decoder.Decoder)}


# Each compiled once. Of the pairs of architecture, precision, width and rematerialization those are left
# that something depends on. V2 has layers of its own for bfloat16, with gradients of their own, which
# rematerialization must not trip over; V1 has the same layers in both, so there it is tried in float32.
# Widths choose between forms of a convolution, each of which has its test in ops: one width each here.
COLS = {"v2": 1, "v1": 4}


@cache
def _loss_and_grad(version, dtype=jnp.float32, remat=False):
    """The decoder's output and the gradient of its mean magnitude."""
    config, kind = DECODERS[version]
    decoder, params = kind.from_config(config, dtype=dtype, remat=remat), _params(config)
    latent = jax.random.normal(jax.random.key(0), (3, 8, COLS[version], 5))

    def loss(params):
        restored = decoder.apply({"params": params}, latent)
        return jnp.mean(jnp.abs(restored)), restored

    (_, restored), grads = jax.jit(jax.value_and_grad(loss, has_aux=True))(params)
    return restored, grads


def _params(config):
    """Untrained scales are 1 and biases 0: nothing would be seen of how they are applied."""
    random = np.random.default_rng(1)
    return jax.tree.map(
        lambda leaf: (
            leaf + 0.2 * random.normal(size=leaf.shape).astype(np.float32) * (leaf.ndim == 1)
        ),
        init_params(config, 0)["decoder"],
    )


@pytest.mark.parametrize("version", DECODERS)
def test_bfloat16_is_float32_within_its_precision(version):
    exact, exact_grads = _loss_and_grad(version)
    short, grads = _loss_and_grad(version, jnp.bfloat16)
    assert short.dtype == exact.dtype == jnp.float32
    error = jnp.linalg.norm(short - exact) / jnp.linalg.norm(exact)
    assert 0 < error < 0.02
    assert jax.tree.all(jax.tree.map(lambda a, b: a.dtype == b.dtype, grads, exact_grads))
    assert _distance(grads, exact_grads) < 0.05


def _distance(tree, other):
    """Between all numbers of two trees, relative to the second."""
    ours, theirs = (
        jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(t)]) for t in (tree, other)
    )
    return jnp.linalg.norm(ours - theirs) / jnp.linalg.norm(theirs)


@pytest.mark.parametrize(("version", "dtype"), [("v2", jnp.bfloat16), ("v1", jnp.float32)])
def test_rematerialization_changes_no_result(version, dtype):
    restored, grads = _loss_and_grad(version, dtype)
    again, other = _loss_and_grad(version, dtype, remat=True)
    np.testing.assert_allclose(restored, again, atol=1e-6)
    # Rounding may fall otherwise where the compiler fuses otherwise.
    assert _distance(other, grads) < (1e-5 if dtype == jnp.float32 else 0.02)


@pytest.mark.parametrize("version", DECODERS)
def test_rematerialization_stores_less(version):
    config, kind = DECODERS[version]
    params, latent = param_shapes(config)["decoder"], jnp.zeros((16, 32, 1, 5))

    def stored(remat):
        decoder = kind.from_config(config, remat=remat)
        apply = lambda params: decoder.apply({"params": params}, latent)  # noqa: E731
        pullback = jax.eval_shape(lambda params: jax.vjp(apply, params)[1], params)
        return sum(leaf.size for leaf in jax.tree.leaves(pullback))

    assert stored(True) < 0.8 * stored(False)


@pytest.mark.parametrize("version", DECODERS)
def test_bfloat16_training_lowers_for_every_platform(version):
    config, kind = DECODERS[version]
    decoder = kind.from_config(config, jnp.bfloat16)

    def loss(params, latent):
        return jnp.mean(decoder.apply({"params": params}, latent))

    shapes = param_shapes(config)["decoder"], jax.ShapeDtypeStruct((2, 8, 1, 5), jnp.float32)
    exported = jax.export.export(jax.jit(jax.grad(loss)), platforms=PLATFORMS)(*shapes)
    assert exported.platforms == PLATFORMS
    assert exported.mlir_module_serialized


@pytest.mark.parametrize("scale", [1, 4])
def test_encoder_beside_a_bfloat16_decoder_is_only_rearranged(scale):
    config = ModelConfig(bands=6, latent_channels=3, features=2, scale=scale)
    params = {"params": init_params(config, 0)["encoder"]}
    scene = jax.random.uniform(jax.random.key(0), (2, 16, 8, 6))
    exact = Encoder.from_config(config).apply(params, scene)
    folded = Encoder.from_config(config, jnp.bfloat16).apply(params, scene)
    assert folded.dtype == jnp.float32
    np.testing.assert_allclose(folded, exact, atol=1e-5)


def test_encoder_of_v1_takes_a_type_and_stays_as_it_is():
    assert v1_encoder.Encoder.from_config(V1, jnp.bfloat16) == v1_encoder.Encoder.from_config(V1)


def _core(channels, **options):
    return ModelConfig(decoder=DecoderConfig(core_channels=channels), **options)


def test_core_of_27_channels_is_the_published_decoder():
    assert jax.tree.map(jnp.shape, param_shapes(_core(27))) == jax.tree.map(
        jnp.shape, param_shapes(ModelConfig())
    )


def test_core_narrower_than_the_latent_has_the_parameters_counted_by_hand():
    shapes = param_shapes(_core(32, latent_channels=96))["decoder"]
    first, last = 9 * 96 * 32 * 16 + 32 * 16, 9 * 32 * 32 + 32
    assert count_params(shapes["spatial_restorer"]) == first + last
    detail = shapes["detail_restorer"]
    assert detail["conv_feature"]["kernel"].shape == (3, 3, 32, 32)
    assert detail["conv_last"]["kernel"].shape == (3, 3, 64, 32)
    assert shapes["spectral_restorer"]["kernel"].shape == (3, 3, 32, 172)
    assert shapes["spectral_skip"]["kernel"].shape == (3, 3, 32, 172)


@pytest.mark.parametrize("core", [3, 9])
def test_decoder_with_a_core_of_its_own_restores_in_both_precisions(core):
    config = _core(core, bands=12, latent_channels=5, features=8, gamma=2)
    latent, params = jax.random.normal(jax.random.key(0), (2, 4, 1, 5)), {"params": _params(config)}
    exact, short = (
        jax.jit(Decoder.from_config(config, dtype).apply)(params, latent)
        for dtype in (jnp.float32, jnp.bfloat16)
    )
    assert exact.shape == (2, 16, 4, 12)
    assert jnp.linalg.norm(short - exact) < 0.02 * jnp.linalg.norm(exact)


def _attend(x, mean):
    """One module with weights that do not look at neighbors, so that a tile's edges are like its middle."""
    module = SESAM(mean)
    params = module.init(jax.random.key(0), x)["params"]
    random = np.random.default_rng(0)
    params = jax.tree.map(lambda leaf: jnp.asarray(random.normal(size=leaf.shape), x.dtype), params)
    params["alpha"] = jnp.float32(30)  # or the softmax is saturated for any number of pixels
    center = jnp.zeros((3, 3, 1, 1)).at[1, 1].set(1)
    for name in ("query", "key", "value"):
        params[name]["spatial"]["kernel"] *= center
    params = jax.tree.map(partial(jnp.asarray, dtype=jnp.float32), params)
    return module.apply({"params": params}, x)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_attention_by_the_mean_is_alike_for_tiles_of_any_size(dtype):
    tile = jax.random.normal(jax.random.key(0), (1, 4, 4, 6)).astype(dtype)
    larger = jnp.tile(tile, (1, 2, 3, 1))
    tolerance = 1e-4 if dtype == jnp.float32 else 0.1
    by_mean, by_sum = (
        float(jnp.max(jnp.abs(_attend(larger, mean)[:, :4, :4] - _attend(tile, mean))))
        for mean in (True, False)
    )
    assert by_mean < tolerance < by_sum


def test_configuration_chooses_attention_by_the_mean():
    config = ModelConfig(decoder=DecoderConfig(attention="mean"))
    assert Decoder.from_config(config).mean
    assert not Decoder.from_config(ModelConfig()).mean
