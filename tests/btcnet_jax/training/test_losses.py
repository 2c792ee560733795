"""Losses against the metrics that files are judged by, and their gradients where nothing is left to restore."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.metrics import measure_quality
from btcnet_jax.training.losses import (
    DISTORTIONS,
    band_mse,
    band_psnr,
    mse,
    psnr,
    spectral_angle,
)

LOW, HIGH = -40.0, 1960.0
OFFSET = jnp.float32([LOW / (HIGH - LOW)])


@pytest.fixture(scope="module")
def pair():
    """Crops of one image, normalized, and the same in the scene's own unit as one cube."""
    random = np.random.default_rng(0)
    original = random.uniform(0.1, 1, (3, 8, 4, 5)) * [0.2, 0.5, 1, 0.8, 0.4]
    restored = original + random.normal(0, 0.02, original.shape) * [1, 2, 1, 3, 1]
    cubes = [(x * (HIGH - LOW) + LOW).reshape(24, 4, 5) for x in (original, restored)]
    return jnp.float32(original), jnp.float32(restored), *cubes


def test_band_psnr_is_the_published_figure_of_the_crops(pair):
    original, restored, cube, restored_cube = pair
    published = measure_quality(cube, restored_cube).psnr_db
    assert band_psnr(restored, original, OFFSET) == pytest.approx(published, abs=1e-3)
    assert DISTORTIONS["psnr"](restored, original, OFFSET) == pytest.approx(-published, abs=1e-3)


def test_band_psnr_of_two_images_is_the_mean_of_each(pair):
    original, restored, *_ = pair
    worse = original + 3 * (restored - original)
    both = band_psnr(
        jnp.concatenate([restored, worse]),
        jnp.concatenate([original, original]),
        jnp.tile(OFFSET, 2),
    )
    each = [float(band_psnr(x, original, OFFSET)) for x in (restored, worse)]
    assert both == pytest.approx(sum(each) / 2, abs=1e-4)
    assert each[0] - each[1] == pytest.approx(20 * np.log10(3), abs=1e-3)


def test_spectral_angle_is_the_metric_in_degrees(pair):
    original, restored, cube, restored_cube = pair
    published = measure_quality(cube, restored_cube).sam_deg
    assert spectral_angle(restored, original, OFFSET) == pytest.approx(published, rel=1e-4)


def test_band_mse_weighs_bands_by_their_peak(pair):
    original, restored, cube, restored_cube = pair
    errors = np.square(restored_cube - cube).mean(axis=(0, 1)) / cube.max(axis=(0, 1)) ** 2
    assert band_mse(restored, original, OFFSET) == pytest.approx(errors.mean(), rel=1e-4)


def test_plain_losses_are_means_over_all_samples(pair):
    original, restored, *_ = pair
    error = np.asarray(restored) - np.asarray(original)
    assert DISTORTIONS["l1"](restored, original, OFFSET) == pytest.approx(np.abs(error).mean())
    assert DISTORTIONS["mse"](restored, original, OFFSET) == pytest.approx(np.square(error).mean())
    assert psnr(mse(restored, original)) == pytest.approx(-10 * np.log10(np.square(error).mean()))


@pytest.mark.parametrize("name", [*DISTORTIONS, "sam"])
def test_gradients_are_finite_where_everything_is_restored_exactly(pair, name):
    distortion = spectral_angle if name == "sam" else DISTORTIONS[name]
    original = pair[0].at[:, :, :, 0].set(0)  # a band of zeros besides
    gradient = jax.grad(lambda x: distortion(x, original, OFFSET))(original)
    assert bool(jnp.isfinite(gradient).all())
