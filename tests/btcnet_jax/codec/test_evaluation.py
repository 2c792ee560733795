"""Evaluation: figures from real bytes, the published patches, means."""

import numpy as np
import pytest

from btcnet_jax.codec import network_codec
from btcnet_jax.codec.evaluation import evaluate_cube, evaluate_published, published_patches
from btcnet_jax.config import ModelConfig
from btcnet_jax.metrics import measure_quality
from btcnet_jax.models.initialization import init_params


@pytest.fixture(scope="module")
def codec():
    config = ModelConfig(bands=4, latent_channels=2, features=2, gamma=1)
    return network_codec(config, init_params(config, 0))


def _cube(rows, cols):
    return np.random.default_rng(1).integers(1, 900, (rows, cols, 4)).astype(np.int16)


def test_rate_is_the_files_bytes_and_quality_that_of_the_restored_cube(codec):
    cube = _cube(20, 24)
    evaluation = evaluate_cube(codec, cube)
    data = codec.compress(cube)
    assert evaluation.file_bytes == len(data)
    assert evaluation.bpppb == pytest.approx(8 * len(data) / cube.size)
    expected = measure_quality(cube, codec.decompress(data).values)
    assert evaluation.quality.psnr_db == expected.psnr_db


def test_published_patches_tile_the_scene():
    scene = np.arange(600 * 530).reshape(600, 530, 1)
    patches = list(published_patches(scene))
    assert [patch.values.shape for patch in patches] == [(256, 256, 1)] * 4
    np.testing.assert_array_equal(patches[3].values, scene[256:512, 256:512])
    small = list(published_patches(scene[:100, :300]))
    assert [patch.values.shape for patch in small] == [(100, 256, 1)]


def test_published_figures_are_means_over_patches(codec):
    cube = _cube(8, 516)
    cube[:, :, 3] = 5
    result = evaluate_published(codec, cube)
    first, second = (evaluate_cube(codec, cube[:, s : s + 256]) for s in (0, 256))
    assert result["files"] == 2
    assert result["pixels_outside_patches"] == 8 * 4
    assert result["file_bytes"] == first.file_bytes + second.file_bytes
    assert result["psnr_db"] == pytest.approx((first.quality.psnr_db + second.quality.psnr_db) / 2)
    assert result["bands_left_out"] == 2
    assert len(result["patches"]) == 2
