"""Samples that are no data, and metadata, through every kind of codec and back."""

import numpy as np
import pytest

from btcnet_jax.codec import Rate, load, network_codec
from btcnet_jax.config import ModelConfig
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import DataError
from btcnet_jax.models.initialization import init_params
from btcnet_jax.scene import Scene
from btcnet_jax.scene.missing_samples import without_bad_bands

BANDS = 12
ENOUGH = Rate(3.0)


@pytest.fixture(scope="module", params=["universal", "network", "learned"])
def codec(request, plain):
    if request.param == "universal":
        return plain
    options = {"quantizer": "learned"} if request.param == "learned" else {}
    config = ModelConfig(bands=BANDS, latent_channels=8, features=2, gamma=1, **options)
    return network_codec(config, init_params(config, 0))


def _framed(make_cube, dtype, value):
    """A scene within a slanted border of one value."""
    values = make_cube(44, 40, BANDS).astype(dtype)
    row, col = np.mgrid[:44, :40]
    border = (row + 0.3 * col < 12) | (row - 0.2 * col > 34) | (col < 5)
    values[border] = value
    return values, border


@pytest.mark.parametrize(
    ("dtype", "value", "nodata"),
    [("i2", -9999, -9999), ("f4", -9999, -9999.0), ("f4", np.nan, None), (">f8", np.inf, None)],
)
def test_a_border_comes_back_as_it_went_in(codec, make_cube, dtype, value, nodata):
    values, border = _framed(make_cube, dtype, value)
    restored = codec.decompress(codec.compress(Scene(values=values, nodata=nodata), ENOUGH))
    np.testing.assert_array_equal(restored.values[border], values[border])
    assert restored.values.dtype == values.dtype
    assert restored.nodata == nodata
    data = values[~border]
    assert data.min() <= restored.values[~border].min()
    assert restored.values[~border].max() <= data.max()
    np.testing.assert_array_equal(
        restored.valid(), np.broadcast_to(~border[..., None], values.shape)
    )


@pytest.mark.parametrize(("dtype", "value"), [("i2", -9999), ("f4", -9999), ("f4", -3.4e38)])
def test_data_are_as_good_as_without_a_border(shipped, make_cube, dtype, value):
    values, border = _framed(make_cube, dtype, value)
    whole = make_cube(44, 40, BANDS).astype(dtype)

    def error(scene):
        restored = shipped.decompress(shipped.compress(scene, Rate(0.8))).values
        return np.sqrt(np.square(restored.astype(float) - whole)[~border].mean())

    # A -3.4e38 is stored as float32's nearest.
    nodata = float(np.dtype(dtype).type(value))
    # A path of dependent quantization goes through the blocks without data too.
    assert error(Scene(values=values, nodata=nodata)) < 1.05 * error(Scene(values=whole))


def test_missing_samples_of_some_bands_and_stray_ones_come_back(codec, make_cube):
    values = make_cube(21, 19, BANDS).astype(np.float32)
    values[..., 3] = np.nan
    values[4, :, 5] = -np.inf
    values[7, 3, 8] = np.nan
    restored = codec.decompress(codec.compress(values, ENOUGH)).values
    finite = np.isfinite(values)
    np.testing.assert_array_equal(restored[~finite], values[~finite])
    assert np.isfinite(restored[finite]).all()
    data = values[finite]
    assert data.min() <= restored[finite].min() <= restored[finite].max() <= data.max()


def test_nan_payloads_and_negative_zero_keep_their_bits(plain, make_cube):
    values = make_cube(9, 9, 4).astype(np.float32)
    values.view(np.uint32)[0, :3, 0] = [0x7FC00001, 0xFFC00002, 0x7F800001]
    restored = plain.decompress(plain.compress(values, Rate(20.0))).values
    np.testing.assert_array_equal(
        restored.view(np.uint32)[0, :3, 0], values.view(np.uint32)[0, :3, 0]
    )


def test_values_under_a_mask_that_are_too_many_come_back_as_nodata(plain, make_cube):
    values = make_cube(40, 36, BANDS)
    mask = np.ones((40, 36), dtype=bool)
    mask[:20] = False
    values[:20] += np.arange(36, dtype=np.uint16)[:, None] * 13
    scene = Scene(values=values, mask=mask, nodata=0)
    restored = plain.decompress(plain.compress(scene, Rate(1.0)))
    assert (restored.values[:20] == 0).all()
    np.testing.assert_array_equal(restored.valid()[..., 0], mask)


def test_no_sample_of_data_and_one(plain):
    values = np.full((5, 6, 4), np.nan)
    restored = plain.decompress(plain.compress(values, Rate(40.0)))
    np.testing.assert_array_equal(restored.values, values)
    values[2, 3] = [1.0, 2.0, 3.0, 4.0]
    np.testing.assert_array_equal(
        plain.decompress(plain.compress(values, Rate(40.0))).values, values
    )
    values[2, 3] = 7.0
    np.testing.assert_array_equal(
        plain.decompress(plain.compress(values, Rate(40.0))).values, values
    )


def test_a_masked_array_is_a_scene_with_a_mask(plain, make_cube):
    values = make_cube(16, 16, 6)
    masked = np.ma.masked_array(values, mask=np.zeros(values.shape, bool))
    masked[3:5, 2] = np.ma.masked
    restored = plain.decompress(plain.compress(masked, Rate(4.0))).values
    np.testing.assert_array_equal(restored[3:5, 2], values[3:5, 2])


def test_bad_bands_weigh_least_or_come_back_as_nodata(make_cube):
    # Of full effort the weights tell noise by themselves.
    light = load(effort="light")
    values = make_cube(60, 60, 20)
    noise = np.random.default_rng(0).integers(0, 4000, (60, 60))
    values[..., 4] = noise
    good = np.arange(20) != 4
    scene = Scene(values=values, band_mask=good, nodata=0)

    def error(given):
        restored = light.decompress(light.compress(given, Rate(0.3)))
        np.testing.assert_array_equal(restored.band_mask, given.band_mask)
        return restored, np.abs(restored.values.astype(float) - values)[..., good].mean()

    _, taken_for_good = error(Scene(values=values, band_mask=np.ones(20, bool), nodata=0))
    _, kept = error(scene)
    restored, dropped = error(without_bad_bands(scene))
    assert kept < 0.9 * taken_for_good
    assert dropped < 0.9 * taken_for_good
    assert (restored.values[..., 4] == 0).all()
    np.testing.assert_array_equal(restored.valid()[..., 4], np.zeros((60, 60), bool))
    with pytest.raises(DataError, match="no nodata value: name one"):
        without_bad_bands(Scene(values=values, band_mask=good))
    with pytest.raises(DataError, match="all bands are bad"):
        without_bad_bands(Scene(values=values, band_mask=np.zeros(20, bool), nodata=0))


def test_metadata_come_back_field_by_field_and_cost_little(codec, make_cube):
    values = make_cube(16, 16, BANDS)
    known = {
        "name": "scène",
        "variable": "cube",
        "wavelengths": np.round(np.linspace(365.93, 2496.24, BANDS), 2),
        "fwhm": np.full(BANDS, 9.87),
        "band_names": tuple(f"Band {index}" for index in range(BANDS)),
        "band_mask": np.arange(BANDS) % 5 != 2,
        "nodata": 0,
        "crs": 'LOCAL_CS["somewhere"]',
        "transform": (30.0, 0.1, 399960.0, 0.2, -30.0, 4300020.5),
        "gcps": ((0.0, 0.0, 12.5, 52.25, 0.0), (15.0, 15.0, 12.75, 52.0, 31.0)),
        "glt": np.arange(24, dtype=np.int32).reshape(4, 3, 2),
        "tags": {"acquisition time": "2022-07-04T10:00:00Z", "sensor": "EnMAP"},
    }
    plain, told = (
        codec.compress(values, ENOUGH),
        codec.compress(Scene(values=values, **known), ENOUGH),
    )
    restored = codec.decompress(told).info()
    assert not any(value for name, value in restored.items() if name not in known)
    for name, value in known.items():
        np.testing.assert_array_equal(restored[name], value, err_msg=name)
    assert SectionKind.METADATA not in read_compressed(plain).sections
    assert len(told) - len(plain) < 450
