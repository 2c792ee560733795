"""Products of three missions, made in their layouts, through a compressed file and out again as NetCDF."""

import h5py
import numpy as np
import pytest
import rasterio
import xarray
from test_read_emit_pace import emit
from test_read_prisma import prisma
from test_read_sidecars import enmap

from btcnet_jax.codec import Rate, load
from data_pipeline.readers import read_scene
from data_pipeline.writers import write_cube


def _emit(folder):
    path = emit(folder / "a.nc")
    with h5py.File(path, "r+") as file:
        file["reflectance"][1:3, 2] = -9999
    return path


def _prisma(folder):
    path = prisma(folder / "a.he5", cubes=("VNIR",))
    with h5py.File(path, "r+") as file:
        file["HDFEOS/SWATHS/PRS_L2D_HCO/Data Fields/VNIR_Cube"][1, :, 2:4] = 0
    return path


def _enmap(folder):
    path = enmap(folder, crs="EPSG:32618", transform=rasterio.Affine(30, 0, 4e5, 0, -30, 4e6))
    with rasterio.open(path, "r+") as raster:
        samples = raster.read()
        samples[:, 2:, :2] = -32768
        raster.write(samples)
    return path


@pytest.fixture(scope="module")
def codec():
    return load()


@pytest.mark.parametrize("product", [_emit, _prisma, _enmap])
def test_a_product_comes_back_with_what_is_known_of_it(codec, tmp_path, product):
    original = read_scene(product(tmp_path))
    missing = ~original.valid()
    assert 0 < missing.sum() < missing.size
    restored = codec.decompress(codec.compress(original, Rate(64.0)))
    write_cube(tmp_path / "restored.nc", restored)
    again = read_scene(tmp_path / "restored.nc")
    for scene in (restored, again):
        assert scene.values.dtype == original.values.dtype
        np.testing.assert_array_equal(scene.valid(), original.valid())
        np.testing.assert_array_equal(scene.values[missing], original.values[missing])
        for name in ("wavelengths", "fwhm", "band_mask", "nodata", "transform", "gcps", "glt"):
            np.testing.assert_array_equal(getattr(scene, name), getattr(original, name), name)
        assert _crs(scene) == _crs(original)
    assert restored.tags == original.tags
    with xarray.open_dataset(tmp_path / "restored.nc", engine="h5netcdf") as data:
        np.testing.assert_array_equal(data["wavelength"], original.wavelengths)


def _crs(scene):
    return scene.crs and rasterio.crs.CRS.from_wkt(scene.crs)
