"""BTC-Net V1: its sizes by hand, the encoder's strips, and the arithmetic of the decoder's blocks."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.config import ModelConfig, V1Config
from btcnet_jax.models.btcnet import build, count_params, encoder_macs_per_sample, param_shapes
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.v1.cafe import CAFE, DenseBlock
from btcnet_jax.models.v1.decoder import upsample
from btcnet_jax.ops.quantizer import quantize
from btcnet_jax.ops.strips import join_strips, split_strips

PUBLISHED = ModelConfig(architecture="v1")


def _tiny(bits=8):
    v1 = V1Config(width=4, growth=2, blocks=2)
    return ModelConfig(architecture="v1", bands=6, latent_channels=3, bits=bits, v1=v1)


def _apply(config, x, method, seed=1):
    params = {"params": init_params(config, seed)}
    return jax.jit(partial(build(config).apply, method=method))(params, x)


@pytest.fixture(scope="module")
def published():
    return param_shapes(PUBLISHED)


@pytest.mark.parametrize(
    ("place", "count"),
    [
        ("encoder.conv_1", 3 * 3 * 172 * 128 + 128),
        ("encoder.conv_2", 3 * 128 * 64 + 64),
        ("encoder.conv_3", 3 * 64 * 27 + 27),
        ("decoder.conv_first", 9 * 27 * 64 + 64),
        ("decoder.cafe_1.dense_1.conv_1", 9 * 64 * 32 + 32),
        ("decoder.cafe_1.dense_1.conv_2", 9 * 96 * 32 + 32),
        ("decoder.cafe_1.dense_1.conv_3", 9 * 128 * 32 + 32),
        ("decoder.cafe_1.dense_1.conv_4", 9 * 160 * 32 + 32),
        ("decoder.cafe_1.dense_1.conv_5", 9 * 192 * 64 + 64),
        ("decoder.cafe_1.dense_1", 239_808),
        ("decoder.cafe_1.attention", (64 * 4 + 4) + (4 * 64 + 64)),
        ("decoder.cafe_16", 3 * 239_808 + 580),
        ("decoder.conv_trunk", 9 * 64 * 64 + 64),
        ("decoder.up_1_first", 9 * 64 * 96 + 96),
        ("decoder.up_1_last", 9 * 96 * 128 + 128),
        ("decoder.up_2_first", 9 * 128 * 160 + 160),
        ("decoder.up_2_last", 9 * 160 * 172 + 172),
        ("encoder", 228_123),
        ("decoder", 12_171_052),
    ],
)
def test_parameters_are_those_counted_by_hand(published, place, count):
    part = published
    for name in place.split("."):
        part = part[name]
    assert count_params(part) == count


def test_the_published_widths_give_sixteen_blocks_and_no_more(published):
    assert sum(name.startswith("cafe_") for name in published["decoder"]) == 16
    assert count_params(published) == 12_399_175


def test_encoder_cost_is_that_of_a_strip_counted_by_hand():
    # 64 x 4 pixels: 32 positions, 32 positions, 16 positions.
    strip = 32 * 9 * 172 * 128 + 32 * 3 * 128 * 64 + 16 * 3 * 64 * 27
    assert encoder_macs_per_sample(PUBLISHED) == pytest.approx(strip / (64 * 4 * 172))
    assert encoder_macs_per_sample(PUBLISHED) == pytest.approx(163.74, abs=0.01)


@pytest.mark.parametrize(("rows", "cols"), [(4, 4), (12, 4), (128, 4), (20, 16)])
def test_a_strip_of_four_cols_gives_one_and_comes_back_whole(rows, cols):
    config = _tiny()
    x = jnp.zeros((2, rows, cols, 6))
    model, params = build(config), {"params": param_shapes(config)}
    latent = jax.eval_shape(partial(model.apply, method="encode"), params, x)
    assert latent.shape == (2, rows // 4, cols // 4, 3)
    assert jax.eval_shape(partial(model.apply, method="decode"), params, latent).shape == x.shape


@pytest.mark.parametrize("bits", [6, 32])
def test_the_encoder_is_the_published_three_convolutions_on_a_strip(bits):
    params = init_params(_tiny(bits), 1)["encoder"]
    y = strips = jax.random.uniform(jax.random.key(0), (5, 16, 4, 6))
    for name, stride in (("conv_1", (2, 2)), ("conv_2", (1, 1)), ("conv_3", (2, 1))):
        y = jax.lax.conv_general_dilated(
            quantize(y, bits),
            quantize(params[name]["kernel"], bits),
            stride,
            ((1, 1), (0, 0)),
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        ) + quantize(params[name]["bias"], bits)
    np.testing.assert_allclose(_apply(_tiny(bits), strips, "analyze"), y, atol=1e-5)
    encoded = _apply(_tiny(bits), strips, "encode")
    np.testing.assert_allclose(encoded, quantize(y, bits), atol=1e-5)


@pytest.mark.parametrize("bits", [8, 32])
def test_a_scene_is_encoded_as_its_strips_are(bits):
    scene = jax.random.uniform(jax.random.key(0), (16, 20, 6))
    whole = _apply(_tiny(bits), scene[None], "analyze")[0]
    strips = _apply(_tiny(bits), split_strips(scene, 4), "analyze")
    np.testing.assert_allclose(whole, join_strips(strips), atol=1e-6)


def test_a_strip_of_a_scene_does_not_see_its_neighbors():
    scene = jax.random.uniform(jax.random.key(0), (1, 16, 12, 6))
    other = scene.at[:, :, 4:8].set(0.5)
    latent, changed = (_apply(_tiny(32), x, "analyze") for x in (scene, other))
    differs = jnp.any(latent != changed, axis=(0, 1, 3))
    assert differs.tolist() == [False, True, False]


def test_the_fourth_column_of_a_strip_is_not_read():
    scene = jax.random.uniform(jax.random.key(0), (1, 16, 8, 6))
    read = []
    for column in range(4):
        changed = _apply(_tiny(32), scene.at[:, :, column].add(1), "analyze")
        read.append(bool(jnp.any(changed != _apply(_tiny(32), scene, "analyze"))))
    assert read == [True, True, True, False]


def test_gradients_reach_every_parameter_through_the_quantizers():
    config = _tiny(bits=6)
    x = jax.random.uniform(jax.random.key(0), (4, 16, 4, 6))

    def loss(params):
        return jnp.sum(jnp.square(build(config).apply({"params": params}, x) - x))

    grads = jax.jit(jax.grad(loss))(init_params(config, 0))
    flat = jax.tree_util.tree_leaves_with_path(grads)
    assert not [jax.tree_util.keystr(path) for path, leaf in flat if not jnp.any(leaf != 0)]


def _zeros(module, x):
    shapes = jax.eval_shape(module.init, jax.random.key(0), x)
    return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)["params"]


def test_blocks_scale_their_residuals_by_a_fifth():
    x = jax.random.normal(jax.random.key(0), (2, 4, 3, 4))
    params = _zeros(DenseBlock(2), x)
    params["conv_5"]["bias"] += 1
    np.testing.assert_allclose(DenseBlock(2).apply({"params": params}, x), x + 0.2, rtol=1e-6)
    # Dense blocks of zeros pass x on, and a gate of sigmoid(0) halves it.
    cafe = CAFE(2).apply({"params": _zeros(CAFE(2), x)}, x)
    np.testing.assert_allclose(cafe, x + 0.2 * 0.5 * x, rtol=1e-6)


def test_attention_gates_each_channel_by_the_means_of_all():
    x = jax.random.uniform(jax.random.key(0), (2, 4, 3, 4))
    params = _zeros(CAFE(2), x)
    params["attention"]["squeeze"]["kernel"] += 1
    params["attention"]["excite"]["kernel"] += jnp.arange(4.0)
    gate = jax.nn.sigmoid(x.mean((1, 2)).sum(-1)[:, None] * jnp.arange(4))
    expected = x * (1 + 0.2 * gate[:, None, None])
    np.testing.assert_allclose(CAFE(2).apply({"params": params}, x), expected, rtol=1e-6)


def test_upsampling_repeats_each_pixel():
    x = jnp.arange(4.0).reshape(1, 2, 2, 1)
    expected = [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
    assert upsample(x)[0, :, :, 0].tolist() == expected


def test_strips_are_decoded_each_on_its_own():
    config = _tiny()
    # Strips of very different means, or attention over all of them at once would go unnoticed.
    latent = (
        jax.random.normal(jax.random.key(0), (3, 4, 1, 3))
        + jnp.array([-9.0, 0, 9])[:, None, None, None]
    )
    together = _apply(config, latent, "decode")
    alone = [_apply(config, strip[None], "decode")[0] for strip in latent]
    np.testing.assert_allclose(together, jnp.stack(alone), atol=1e-5)
