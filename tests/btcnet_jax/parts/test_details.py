"""The detail network on whole scenes: tiles, components, views."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.coding.context import POSITIONS
from btcnet_jax.errors import ConfigError
from btcnet_jax.models.detail_net import DetailNet, init_detail_params
from btcnet_jax.models.detail_networks import (
    network_of,
    reach_of,
    require_network,
    residuals,
)
from btcnet_jax.models.detail_params import multiply_adds
from btcnet_jax.models.pixel_net import PixelNet, init_pixel_params
from btcnet_jax.parts import detail_tiles as detail
from btcnet_jax.parts.block_transform import BLOCK_MATRIX, split_blocks, to_coefficients
from btcnet_jax.parts.detail_tiles import restore_details
from btcnet_jax.parts.quantization import dead_zone
from btcnet_jax.weights.weight_file import load_weights

BLOCK_NET = DetailNet(components=3, width=8, blocks=2)
PIXEL_NET = PixelNet(components=3, front_width=6, front_blocks=1, width=8, blocks=1)
PIXELS_ALONE = PixelNet(components=3, front_width=0, front_blocks=0, width=8, blocks=2)


def _untrained(net):
    return (init_pixel_params if isinstance(net, PixelNet) else init_detail_params)(net, 1)


@pytest.fixture(scope="module", params=[BLOCK_NET, PIXEL_NET], ids=["blocks", "pixels"])
def net(request):
    return request.param


@pytest.fixture(scope="module")
def params(net):
    return _trained(net)


def _trained(net):
    start = _untrained(net)
    rng = np.random.default_rng(0)
    noise = jax.tree.map(lambda leaf: 0.05 * rng.normal(size=leaf.shape), start)
    return jax.tree.map(lambda a, b: np.asarray(a + b, np.float32), start, noise)


def _symbols(components=3, rows=9, cols=7, seed=0):
    scale = 20.0 / (1 + np.arange(16))[:, None, None]
    drawn = np.random.default_rng(seed).laplace(size=(components, 16, rows, cols))
    return np.rint(scale * drawn).astype(np.int64)


def _flip_rows(planes):
    signs = np.array([(-1) ** u for u, _ in POSITIONS])[:, None, None]
    return planes[:, :, ::-1] * signs


def _transpose(planes):
    order = [POSITIONS.index((v, u)) for u, v in POSITIONS]
    return planes[:, order].swapaxes(2, 3)


def _grid(symbols):
    return jnp.array(symbols.transpose(2, 3, 1, 0), jnp.float32)[None]


def test_tiles_give_what_the_whole_scene_gives(net, params, monkeypatch):
    symbols = _symbols(rows=29, cols=18)
    whole = residuals(net, params, _grid(symbols), jnp.array(BLOCK_MATRIX, jnp.float32))
    expected = np.asarray(whole)[0].transpose(3, 2, 0, 1)
    np.testing.assert_allclose(restore_details(params, symbols), expected, atol=1e-5)
    monkeypatch.setattr(detail, "_TILE", 6)
    reports = []
    tiled = restore_details(params, symbols, progress=lambda *report: reports.append(report))
    np.testing.assert_allclose(tiled, expected, atol=1e-5)
    count = len(reports)
    assert count > 6
    assert reports == [(i, count) for i in range(1, count + 1)]


@pytest.mark.parametrize(
    "net", [BLOCK_NET, PIXEL_NET, PIXELS_ALONE], ids=["blocks", "both", "pixels"]
)
def test_reach_is_as_far_as_a_symbol_is_seen(net):
    params, reach = _trained(net), reach_of(net)
    symbols = _symbols(rows=1, cols=reach + 3)
    changed = symbols.copy()
    changed[:, :, 0, 0] += 5
    before, after = (restore_details(params, values) for values in (symbols, changed))
    difference = np.abs(after - before).max(axis=(0, 1, 2))
    assert difference[reach] > 1e-7
    assert difference[reach + 1 :].max() < 1e-9


def test_tiles_compile_once(params, monkeypatch):
    monkeypatch.setattr(detail, "_TILE", 11)
    before = detail._apply._cache_size()
    restore_details(params, _symbols(rows=47, cols=40))
    assert detail._apply._cache_size() == before + 1


def test_components_it_does_not_know_stay_as_they_are(params):
    symbols = _symbols(components=5)
    residual = restore_details(params, symbols)
    assert not residual[3:].any()
    np.testing.assert_array_equal(residual[:3], restore_details(params, symbols[:3]))


def test_missing_components_count_as_zero(params):
    symbols = _symbols()
    symbols[2] = 0
    fewer = restore_details(params, symbols[:2])
    assert fewer.shape == (2, 16, 9, 7)
    np.testing.assert_array_equal(fewer, restore_details(params, symbols)[:2])


def test_weights_on_pixels_count_for_each_pixel_of_a_block(net, params):
    sizes = {
        name: sum(leaf.size for leaf in jax.tree.leaves(layer)) for name, layer in params.items()
    }
    whole = sum(sizes.values())
    on_pixels = whole - sizes["front"] if net is PIXEL_NET else 0
    assert multiply_adds(params) == whole + 15 * on_pixels


def test_untrained_network_restores_nothing(net):
    residual = restore_details(_untrained(net), _symbols())
    assert residual.dtype == np.float32
    assert not residual.any()


@pytest.mark.parametrize("ensemble", [4, 8])
def test_turned_scene_turns_the_result(params, ensemble):
    symbols = _symbols()
    turns = [_flip_rows] if ensemble == 4 else [_flip_rows, _transpose]
    for turn in turns:
        turned = restore_details(params, turn(symbols), ensemble=ensemble)
        straight = turn(restore_details(params, symbols, ensemble=ensemble))
        np.testing.assert_allclose(turned, straight, atol=1e-5)
        # The network alone does not do so, or the test would show nothing.
        assert (
            np.abs(
                restore_details(params, turn(symbols)) - turn(restore_details(params, symbols))
            ).max()
            > 0.1
        )


def test_ensemble_of_two_is_the_mean_over_half_a_turn(params):
    symbols = _symbols()

    def half(planes):
        return _transpose(_flip_rows(_transpose(_flip_rows(planes))))

    mean = (restore_details(params, symbols) + half(restore_details(params, half(symbols)))) / 2
    np.testing.assert_allclose(restore_details(params, symbols, ensemble=2), mean, atol=1e-5)


def test_unknown_ensemble_is_refused(params):
    with pytest.raises(ConfigError, match="1, 2, 4 or 8"):
        restore_details(params, _symbols(), ensemble=3)


def test_network_is_known_by_its_parameters(net, params):
    assert network_of(params) == net
    wrong = params | {"output": {"kernel": np.zeros((1, 1, 8, 47), np.float32)}}
    with pytest.raises(ValueError, match="do not fit"):
        require_network(wrong)
    with pytest.raises(KeyError):
        network_of({name: layer for name, layer in params.items() if name != "input"})


def test_restorer_over_the_whole_scene_is_no_network_of_the_decoder():
    with pytest.raises(ValueError, match="not run in tiles"):
        network_of({"detail_restorer": {}})


def test_shipped_network_takes_off_rounding_errors():
    row, col = np.mgrid[:48, :48] / 48
    planes = 9 * np.sin(5 * row[..., None] + np.arange(4)) * np.cos(4 * col[..., None])
    smooth = to_coefficients(split_blocks(planes)).reshape(4, 16, 12, 12)
    symbols = dead_zone(smooth)
    residual = restore_details(load_weights().detail, symbols)
    before = np.square(smooth - symbols).sum()
    assert np.square(smooth - symbols - residual).sum() < 0.8 * before
