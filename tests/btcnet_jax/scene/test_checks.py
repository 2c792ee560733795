"""What the checks find, and how they tell it."""

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from btcnet_jax.scene import Scene, checks, valid
from btcnet_jax.scene.checks import require_finite, require_valid_data
from data_pipeline.readers import read_scene


@pytest.fixture
def cube(monkeypatch):
    # Blocks of one row, so that what spans blocks is tested too.
    for module in (checks, valid):
        monkeypatch.setattr(module, "_BLOCK_SAMPLES", 1)
    return np.random.default_rng(0).random((4, 5, 12), np.float32)


def test_ordinary_cubes_pass(cube):
    for values in (cube, (cube * 9).astype(np.int16)):
        require_finite(values, "a")
        require_valid_data(Scene(values=values), "a")


def test_bands_without_data_are_told_as_ranges(cube):
    cube[:, :, [0, 1, 2, 7, 10, 11]] = np.nan
    message = r"a\.mat: 120 of 240 .* 6 bands are all NaN: 1-3, 8, 11-12 \(counting from 1\)"
    with pytest.raises(DataError, match=message):
        require_finite(cube, "a.mat")


def test_single_samples_are_told_by_band_and_kind(cube):
    cube[3, 4, 11] = np.inf
    cube[0, 0, 4:6] = np.nan
    cube[2, 1, 4] = -np.inf
    message = "4 of 240 .* 2 bands are partly NaN: 5-6; 2 bands are partly infinite: 5, 12 "
    with pytest.raises(DataError, match=message):
        require_finite(cube, "a")


def test_constant_cube(cube):
    cube[:] = 7
    with pytest.raises(DataError, match=r"a: all 240 samples that are data are 7\.0"):
        require_valid_data(Scene(values=cube), "a")
    cube[3, 4, 11] = 8
    require_valid_data(Scene(values=cube), "a")
    # The only other value is no data.
    with pytest.raises(DataError, match="all 239 samples that are data"):
        require_valid_data(Scene(values=cube, nodata=8), "a")


def test_a_scene_without_any_data(cube):
    cube[:2] = np.nan
    with pytest.raises(DataError, match="none of 240 samples is data") as caught:
        require_valid_data(Scene(values=cube, mask=np.arange(4)[:, None] * np.ones(5) < 2), "a")
    assert "\n" not in str(caught.value)


def test_real_scene_with_empty_bands(real_data):
    with pytest.raises(DataError, match="20 bands are all NaN"):
        require_finite(read_scene(real_data / "salton_sea.npz").values, "salton_sea")
