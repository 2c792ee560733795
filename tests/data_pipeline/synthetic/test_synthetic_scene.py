from dataclasses import replace

import numpy as np
import pytest

from data_pipeline.synthetic import SyntheticSettings, generator, synthetic_scene

BASE = SyntheticSettings(rows=48, cols=40, bands=60, seed=5)


def test_the_same_seed_gives_the_same_bytes_and_another_another_scene():
    first, again, other = map(synthetic_scene, (BASE, BASE, replace(BASE, seed=6)))
    assert first.values.tobytes() == again.values.tobytes()
    correlation = np.corrcoef(first.values[:, :, 20].ravel(), other.values[:, :, 20].ravel())[0, 1]
    assert abs(correlation) < 0.8


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("bits", [*range(8, 17)])
def test_integers_use_their_range_without_clipping(bits, signed):
    values = synthetic_scene(replace(BASE, seed=bits, bit_depth=bits, signed=signed)).values
    top = 2 ** (bits - signed) - 1
    assert values.max() <= top
    assert values.max() > 0.3 * top
    assert (values == top).mean() < 0.003
    assert (values == (-top - 1 if signed else 0)).mean() < 0.02


def test_float_output_is_radiance_of_the_right_magnitude():
    scene = synthetic_scene(replace(BASE, bit_depth=32))
    assert scene.values.dtype == np.float32
    assert np.isfinite(scene.values).all()
    assert 30 < scene.values.max() < 700


@pytest.mark.parametrize(
    "shape", [(1, 1, 1), (1, 33, 5), (7, 1, 4), (9, 11, 1), (13, 17, 31), (2, 3, 224)]
)
def test_any_shape(shape):
    rows, cols, bands = shape
    scene = synthetic_scene(SyntheticSettings(rows=rows, cols=cols, bands=bands, seed=1))
    assert scene.values.shape == shape
    assert scene.wavelengths.shape == scene.band_mask.shape == (bands,)


@pytest.mark.parametrize("span", [(400.0, 1000.0), (1000.0, 2500.0), (350.0, 2600.0)])
def test_any_part_of_the_spectrum(span):
    scene = synthetic_scene(replace(BASE, wavelength_min=span[0], wavelength_max=span[1]))
    assert (scene.wavelengths[0], scene.wavelengths[-1]) == span


def test_noise_grows_at_both_ends_of_the_spectrum_and_with_its_level():
    clean, noisy, noisier = (
        synthetic_scene(replace(BASE, bit_depth=32, noise=n)).values for n in (0.0, 1.0, 3.0)
    )
    deviation = (noisy - clean).std((0, 1))
    ratio = clean.mean((0, 1)) / deviation
    assert ratio[10:30].max() > 2 * max(ratio[0], ratio[-1])
    np.testing.assert_allclose((noisier - clean).std((0, 1)) / deviation, 3, rtol=0.05)


def test_bright_pixels_have_more_noise_than_dark_ones():
    clean, noisy = (synthetic_scene(replace(BASE, bit_depth=32, noise=n)).values for n in (0.0, 1))
    noise = np.abs(noisy - clean)[:, :, 15:25]
    bright = clean[:, :, 15:25] > np.quantile(clean[:, :, 15:25], 0.8)
    dark = clean[:, :, 15:25] < np.quantile(clean[:, :, 15:25], 0.2)
    assert noise[bright].mean() > 1.7 * noise[dark].mean()


def test_dead_bands_are_constant_and_marked_and_belong_to_the_sensor():
    sensor = replace(BASE, dead_bands=7, sensor_seed=3, water_vapor=False)
    one, other = (synthetic_scene(replace(sensor, seed=seed)) for seed in (1, 2))
    constant = np.ptp(one.values, axis=(0, 1)) == 0
    assert constant.sum() == 7
    np.testing.assert_array_equal(one.band_mask, ~constant)
    np.testing.assert_array_equal(other.values[0, 0, constant], one.values[0, 0, constant])
    np.testing.assert_array_equal(other.band_mask, one.band_mask)


def test_water_vapor_bands_are_weak_noisy_and_marked():
    wet = synthetic_scene(replace(BASE, bit_depth=32))
    dry = synthetic_scene(replace(BASE, bit_depth=32, water_vapor=False))
    black = ~wet.band_mask
    assert black[np.abs(wet.wavelengths - 1380) < 20].all()
    assert black[np.abs(wet.wavelengths - 1875) < 20].all()
    assert black.mean() < 0.25
    assert dry.band_mask.all()
    assert (np.abs(wet.values[:, :, black]).mean((0, 1)) < 0.01 * wet.values.max()).all()
    assert (wet.values[:, :, black].std((0, 1)) > 0).all()
    dark = np.abs(wet.wavelengths - 1380) < 20
    assert wet.values[:, :, dark].mean() < 0.1 * dry.values[:, :, dark].mean()


def test_blur_lowers_high_frequencies():
    fine = []
    for blur in (0.0, 0.7, 2.0):
        band = synthetic_scene(replace(BASE, bit_depth=32, noise=0.0, blur=blur)).values[:, :, 15]
        window = np.hanning(48)[:, None] * np.hanning(40)
        fine.append(np.abs(np.fft.fft2(window * band))[15:25, 12:20].mean())
    assert fine[0] > 3 * fine[1] > 6 * fine[2]


def test_blocks_of_rows_leave_no_seam(monkeypatch):
    whole = synthetic_scene(replace(BASE, bit_depth=32, blur=1.5)).values
    monkeypatch.setattr(generator, "_BLOCK_VALUES", 5 * BASE.cols * BASE.bands)
    blocks = synthetic_scene(replace(BASE, bit_depth=32, blur=1.5)).values
    np.testing.assert_allclose(blocks, whole, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_spectra_are_as_compressible_as_those_of_real_scenes(seed):
    scene = synthetic_scene(replace(BASE, rows=80, cols=80, bands=120, seed=seed))
    values = scene.values[:, :, scene.band_mask].reshape(6400, -1).astype(float)
    variance = np.linalg.eigvalsh(np.cov(values.T))[::-1]
    left = 1 - np.cumsum(variance) / variance.sum()
    # Wider than airborne scenes show, narrow enough to notice a lost part of the model.
    assert 0.01 < left[0] < 0.6
    assert 1e-4 < left[4] < 0.02
    assert 1e-5 < left[9] < 0.004
